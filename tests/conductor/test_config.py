"""Wrong settings are told with file, line and what was expected."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from conductor.config import ConfigError, Repo, load, load_repo, load_whole
from harnesses.registry import registry

GOOD = """\
[[subscription]]
name = "claude-max"
harness = "claude"
home = "~/.claude"
slots = 4
env = { A = "b" }

[[subscription]]
name = "local"
harness = "mine"

[harness.mine]
command = ["mine"]

[fleet]
failover = "auto"
"""


def test_good_settings_are_read(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(GOOD)
    settings = load(str(path))
    assert [(s.name, s.harness, s.slots) for s in settings.subscriptions] == [
        ("claude-max", "claude", 4),
        ("local", "mine", 1),
    ]
    assert settings.subscriptions[0].home == str(Path("~/.claude").expanduser())
    assert settings.subscriptions[0].env == {"A": "b"}
    assert settings.harnesses == {"mine": {"command": ["mine"]}}
    assert settings.failover == "auto"


def test_nothing_set_is_fine(tmp_path: Path) -> None:
    assert load(str(tmp_path / "none.toml")).subscriptions == ()
    assert load_repo(str(tmp_path)) == Repo()


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[[subscription]]\nharness = 'x'\n", 1, "name: it is needed"),
        ("[[subscription]]\nname = 'a'\n", 1, "harness: it is needed"),
        ("[[subscription]]\nname = 'a'\nharness = 'x'\nslots = 0\n", 4, "1 up was expected, not 0"),
        ("[[subscription]]\nname = 'a'\nharness = 'x'\nslots = true\n", 4, "a whole number was"),
        ("[[subscription]]\nname = 'a'\nharness = 'x'\nslot = 1\n", 4, "slot: it is not known"),
        ("[[subscription]]\nname = '../x'\nharness = 'x'\n", 2, "letters, digits"),
        ("[[subscription]]\nname = 'a'\nharness = 'x'\n[[subscription]]\nname = 'b'\nslots = ''\n",
         4, "harness: it is needed"),
        ("[[subscription]]\nname = 'a'\nharness = 'x'\n" * 2, 5, "two of them are called 'a'"),
        ("subscription = 3\n", 1, "a list of tables"),
        ("[fleet]\nfailover = 'maybe'\n", 2, "one of off, ask, auto was expected, not 'maybe'"),
        ("# a\n\nspeed = 9\n", 3, "speed: it is not known here; known are subscription"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_told_with_its_line(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    said = wrong(path)
    assert said.startswith(f"{path}:{line}: ")
    assert words in said


def test_what_is_wrong_is_left_out_alone(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        "[[subscription]]\nname = 'a'\nharness = 'x'\nslots = 'two'\n"
        "[[subscription]]\nname = 'b'\nharness = 'good'\n"
        "[harness]\nbad = 3\n[harness.good]\ncommand = ['cat']\nprompt = 'stdin'\n"
        "[harness.odd]\ncomand = ['cat']\n"
    )
    settings = load_whole(str(path))
    assert [one.name for one in settings.subscriptions] == ["b"]
    assert sorted(registry(settings.harnesses).keys() - registry({})) == ["good"]
    slots, bad, odd = settings.wrong
    assert slots.startswith(f"{path}:4: subscription[0].slots: a whole number was expected")
    assert bad.startswith(f"{path}:9: harness.bad: a table was expected, not 3")
    assert odd.startswith(f"{path}:13: harness.odd: ")
    assert "comand: unknown key" in odd
    path.write_text(path.read_text() + "[[policy]]\npermissions = 'non'\n")
    with pytest.raises(ConfigError, match="one of ask, edits, all was expected"):
        load(str(path))  # without it, agents could do more than was wished


def wrong(path: Path) -> str:
    try:
        return "\n".join(load(str(path)).wrong)
    except ConfigError as error:
        return str(error)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"target = \n", "not valid TOML: Invalid value (at line 1"),
        (b"target = '\xff'\n", "not UTF-8"),
        (b"landing = 'fly'\n", "landing: one of squash, merge, rebase was expected"),
        (b"review_limit = -1\n", "conductor.toml:1: review_limit"),
        (b"verify = ['x']\n", "verify: a text in quotes was expected"),
        (b"verify = 0x" + b"f" * 5000, "verify: a text in quotes was expected"),
        (b"verify = " + b"9" * 5000, "not valid TOML: "),
        (b"verify = " + b"[" * 50_000, "not valid TOML: "),
    ],
)
def test_a_wrong_repository_file_is_told(tmp_path: Path, text: bytes, words: str) -> None:
    (tmp_path / "conductor.toml").write_bytes(text)
    with pytest.raises(ConfigError) as caught:
        load_repo(str(tmp_path))
    assert words in str(caught.value)


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "conductor.toml").mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        load_repo(str(tmp_path))


@pytest.mark.parametrize("planted", ["/dev/zero", "pipe"])
def test_what_would_be_read_for_ever_is_no_settings_file(tmp_path: Path, planted: str) -> None:
    file = tmp_path / "conductor.toml"
    if planted == "pipe":
        os.mkfifo(file)
    else:
        file.symlink_to(planted)
    with pytest.raises(ConfigError, match="is not a file of at most"):
        load_repo(str(tmp_path))


def test_tools_are_a_command_or_a_table(tmp_path: Path) -> None:
    path = tmp_path / "conductor.toml"
    path.write_text(
        '[tools]\nlogs = "tail -f log"\n'
        '[tools.server]\ncommand = "serve"\nkey = "S"\npinned = true\n'
    )
    assert [tuple(tool) for tool in load_repo(str(tmp_path)).tools] == [  # type: ignore[call-overload]
        ("logs", "tail -f log", None, False),
        ("server", "serve", "S", True),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[tools]\n"a b" = "x"', ":2: tools.a b: letters, digits"),
        ("[tools.a]\nkey = 'x'", "tools.a.command: it is needed"),
        ("[tools.a]\ncommand = 'x'\nkeys = 'x'", ":3: tools.a.keys: it is not known"),
        ("[tools.a]\ncommand = 'x'\npinned = 3", ":3: tools.a.pinned: true or false"),
        (
            "[tools.a]\ncommand = 'x'\nkey = 'k'\n[tools.b]\ncommand = 'x'\nkey = 'k'",
            ":6: tools.b.key: another tool has the key",
        ),
    ],
)
def test_wrong_tools_are_told_with_their_place(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "conductor.toml").write_text(text)
    with pytest.raises(ConfigError, match=re.escape(said)):
        load_repo(str(tmp_path))


def test_a_policy_is_for_a_repository_or_a_kind_of_task(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        f'[[policy]]\nrepo = "{tmp_path}"\ntemplate = "fix"\ncommands = ["make test"]\n'
        '[[policy]]\ntemplate = "fix"\npermissions = "edits"\n'
    )
    settings = load(str(file))
    here = str(tmp_path.resolve())
    assert settings.policy(here, "fix").commands == ("make test",)
    assert settings.policy("/elsewhere", "fix").permissions == "edits"
    assert settings.policy(here, None).permissions is None
    file.write_text('[[policy]]\npermissions = "some"\n')
    with pytest.raises(ConfigError, match="ask, edits, all"):
        load(str(file))


def test_landing_is_a_word_or_a_table(tmp_path: Path) -> None:
    path = tmp_path / "conductor.toml"
    path.write_text('landing = "merge"\n')
    assert load_repo(str(tmp_path)).landing.how == "merge"
    path.write_text(
        '[landing]\nhow = "rebase"\nmessage = "{task}: {title}"\nco_author = true\nparallel = 8\n'
    )
    landing = load_repo(str(tmp_path)).landing
    assert (landing.how, landing.message, landing.at_once) == ("rebase", "{task}: {title}", 8)
    assert landing.co_author == "{agent} <{agent}@agents.invalid>"
    assert Repo().landing.at_once >= 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('landing = "fast"', ":1: landing: one of squash, merge, rebase"),
        ('[landing]\nhow = "fast"', ":2: landing.how: one of squash, merge, rebase"),
        ('[landing]\nmessage = "{titel}"', ":2: landing.message: it knows no {titel}"),
        ('[landing]\nmessage = " "', ":2: landing.message: a commit needs words"),
        ("[landing]\nco_author = 'me'", ':2: landing.co_author: true, false or a text like "Name'),
        ("[landing]\nparallel = 0", ":2: landing.parallel: a number from 1 up"),
        ("[landing]\nway = 'x'", ":2: landing.way: it is not known here"),
    ],
)
def test_wrong_landings_are_told_with_their_place(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "conductor.toml").write_text(text)
    with pytest.raises(ConfigError, match=re.escape(said)):
        load_repo(str(tmp_path))
