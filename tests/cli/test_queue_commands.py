"""Putting work into the queue and steering it there, with a clear sentence for every mistake."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Line, Said, git

Say = Callable[..., Said]


def test_an_added_task_is_listed_and_shown(conductor: Line) -> None:
    said = conductor("add", "--hold", "--priority", "2", "--title", "Exports", "Write CSV as well")
    assert (said.code, said.err) == (0, "")
    assert "t1 is held" in said.out
    (task,) = conductor("list", "--json").json
    assert task["title"] == "Exports"
    assert task["state"] == "held"
    assert task["priority"] == 2
    assert task["repo"] == str(conductor.repo)
    assert task["session"] is None
    assert "Exports" in conductor("list").out
    assert "Write CSV as well" in conductor("show", "t1").out
    assert conductor("show", "t1", "--json").json["text"] == "Write CSV as well"


def test_the_keys_of_a_task_are_those_promised(conductor: Line) -> None:
    conductor("add", "--hold", "x")
    (task,) = conductor("list", "--json").json
    assert list(task) == [
        "id", "title", "state", "repo", "priority", "after", "template", "tag", "harness",
        "subscription", "verify", "forks", "created_at", "session", "why",
        "offered", "approved", "landing", "landed", "landed_parts",
    ]  # fmt: skip


def test_a_text_comes_from_standard_input_whole(conductor: Line) -> None:
    text = "First line\n\n" + "é $(x) `y` \x1b[31m\n" * 40_000
    assert conductor("add", "--hold", "-", given=text).code == 0
    assert conductor("show", "t1", "--json").json["text"] == text
    shown = conductor("show", "t1").out
    assert "\x1b" not in shown
    assert conductor("list", "--json").json[0]["title"] == "First line"


def test_a_hostile_title_reaches_nobodys_terminal(conductor: Line) -> None:
    conductor("add", "--hold", "--title", "\x1b]52;c;AA\x07\u202eevil", "\x1b[2Jx")
    for words in (["list"], ["list", "--json"], ["show", "t1"], ["log"], ["log", "--json"]):
        out = conductor(*words).out
        assert not set(out) & set("\x1b\x07\u202e"), words


def test_a_task_is_steered(at_hand: Say) -> None:
    at_hand("add", "--hold", "one")
    at_hand("add", "--hold", "--after", "t1", "two")
    assert at_hand("edit", "t2", "--priority", "3", "--text", "other").code == 0
    assert at_hand("show", "t2", "--json").json["text"] == "other"
    assert at_hand("cancel", "t1", "--why", "not now").out == "t1 is cancelled.\n"
    assert at_hand("hold", "t1").code == 1
    (first,) = (one for one in at_hand("list", "--json").json if one["id"] == "t1")
    assert (first["state"], first["why"]) == ("cancelled", "not now")


def test_a_template_is_filled_in_and_ones_own_wins(conductor: Line, at_hand: Say) -> None:
    assert at_hand("add", "--hold", "--template", "fix", "Umlauts break login").code == 0
    task = at_hand("show", "t1", "--json").json
    assert (task["title"], task["template"]) == ("Umlauts break login", "fix")
    assert task["text"].startswith("Fix this: Umlauts break login\n")
    own = conductor.home / "templates" / "tasks"
    own.mkdir(parents=True)
    (own / "fix.md").write_text("Mine: {task}\n")
    at_hand("add", "--hold", "--template", "fix", "x")
    assert at_hand("show", "t2", "--json").json["text"] == "Mine: x\n"
    said = at_hand("add", "--hold", "--template", "../x", "x")
    assert said.code == 1
    assert "there are feature, fix, opinion, refactor, research, review" in said.err


def _empty(folder: Path) -> None:
    git(folder, "init", "-q")


def _bare(folder: Path) -> None:
    git(folder, "init", "-q", "--bare")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: None, "not inside a git repository"),
        (_empty, "no commits yet"),
        (_bare, "bare repository"),
    ],
)
def test_a_folder_that_cannot_be_worked_in_is_refused(
    at_hand: Say, tmp_path: Path, make: Callable[[Path], None], words: str
) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    make(folder)
    said = at_hand("add", "--hold", "--repo", str(folder), "x")
    assert (said.code, said.out) == (1, "")
    assert words in said.err
    assert at_hand("list", "--json").json == []


def test_a_detached_head_needs_a_target(conductor: Line, at_hand: Say) -> None:
    git(conductor.repo, "checkout", "-q", "--detach")
    said = at_hand("add", "--hold", "x")
    assert said.code == 1
    assert "detached" in said.err
    (conductor.repo / "conductor.toml").write_text('target = "main"\n')
    assert at_hand("add", "--hold", "x").code == 0
    (conductor.repo / "conductor.toml").write_text('target = "gone"\n')
    said = at_hand("add", "--hold", "x")
    assert said.code == 1
    assert "no branch gone" in said.err


def test_wrong_settings_are_told_with_file_and_line(conductor: Line, at_hand: Say) -> None:
    (conductor.repo / "conductor.toml").write_text("\nverfiy = 'x'\n")
    said = at_hand("add", "--hold", "x")
    assert said.code == 1
    assert f"{conductor.repo}/conductor.toml:2: verfiy" in said.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--harness", "nope", "x"], "There is no harness 'nope'; there are builtin"),
        (["--subscription", "nope", "x"], "There is no subscription 'nope'"),
        (["--after", "t9", "x"], "It cannot wait for t9"),
        (["--repo", "/nowhere", "x"], "is not a folder"),
        (["  "], "needs words"),
        (["-"], "needs words"),
    ],
)
def test_what_cannot_work_is_refused_at_once(at_hand: Say, words: list[str], sentence: str) -> None:
    said = at_hand("add", "--hold", *words)
    assert (said.code, said.out) == (1, "")
    assert sentence in said.err
    assert said.err.startswith("conductor: ")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [["nope"], ["--nope"], ["list", "--nope"], ["add"], ["edit"], ["log", "--since", "soon"],
     ["stop"], ["usage", "extra"], ["diff", "t1", "--stat", "--raw"], []],
)  # fmt: skip
def test_misuse_is_two_and_one_sentence(at_hand: Say, words: list[str]) -> None:
    said = at_hand(*words)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("conductor: ")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [["show", "t9"], ["say", "t9", "x"], ["answer", "s9", "x"], ["stop", "s9"], ["diff", "t9"],
     ["approve", "t9"], ["reject", "t9", "x"], ["send-back", "t9", "x"], ["undo"], ["undo", "t9"],
     ["attach", "s9"], ["shell", "s9"], ["retry", "t9"], ["release", "t9"], ["log", "t9"],
     ["edit", "t9", "--title", "x"]],
)  # fmt: skip
def test_what_is_not_there_is_one_and_one_sentence(at_hand: Say, words: list[str]) -> None:
    said = at_hand(*words)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("conductor: ")
    assert said.err.count("\n") == 1


def test_a_wrong_option_of_the_person_is_told_by_init_and_doctor(
    conductor: Line, at_hand: Say
) -> None:
    (conductor.home / "config.toml").write_text("[fleet]\nfailover = 3\n")
    said = at_hand("usage")
    assert said.code == 1
    assert "config.toml:2: fleet.failover" in said.err
    assert at_hand("doctor").code == 1


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ('[[subscription]]\nname = "a"\nharness = "gone"\n', "a is for the harness 'gone'"),
        (
            '[harness.own]\ncommand = "words"\n',
            "config.toml:1: harness.own: command: expected a list",
        ),
    ],
)
def test_a_harness_that_cannot_be_is_told_before_a_task_fails_by_it(
    conductor: Line, at_hand: Say, settings: str, said: str
) -> None:
    (conductor.home / "config.toml").write_text(settings)
    done = at_hand("add", "--hold", "x")
    assert done.code == 1
    assert said in done.err


def test_root_by_sudo_is_refused_in_the_callers_home(
    conductor: Line, at_hand: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid = os.getuid() or 4711
    if uid == 4711:
        os.chown(conductor.home, uid, -1)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("SUDO_UID", str(uid))
    said = at_hand("list")
    assert said.code == 1
    assert "Run it without sudo" in said.err
    monkeypatch.setenv("SUDO_UID", "0")
    assert at_hand("list").code == 0
