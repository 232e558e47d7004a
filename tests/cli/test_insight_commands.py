"""What the reading commands say of the world."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from conductor import events as e
from conductor.cli.telling import tell
from conductor.config import load
from conductor.samples import Sample, keep
from tests.cli.conftest import Line, Said
from tests.conductor.facts import added, claimed

CONFIG = """\
[[subscription]]
name = "max"
harness = "builtin"
model = "openai:x@http://127.0.0.1:1/v1"
slots = 2
"""


def test_usage_counts_tokens_slots_and_what_has_no_price(conductor: Line) -> None:
    (conductor.home / "config.toml").write_text(CONFIG)
    now = time.time()
    with conductor.journal() as journal:
        journal.append(added(), claimed(), e.SessionStarted("s1", 1), e.SessionBusy("s1", "h"))
        with journal.decide() as decision:
            keep(decision.db, [
                Sample("a", "s1", "max", "m", now - 5, 100, 50, 10, 0.25),
                Sample("b", "s1", "max", "n", now - 5, 1, 2, 3),
                Sample("c", "s1", "max", "m", now - 9 * 86400, 7000, 0, 0, 9.0),
            ])  # fmt: skip
    content = conductor("usage", "--json").json
    assert content["subscriptions"] == [
        {
            "name": "max", "harness": "builtin", "slots": {"used": 1, "total": 2},
            "tokens_per_minute": 166, "requests": 2,
            "tokens": {"input": 101, "cached": 52, "output": 13, "written": 0},
            "cost_usd": 0.25, "unpriced": ["n"], "windows": [], "state": "busy",
        }
    ]  # fmt: skip
    assert content["total"]["tokens"] == {
        "input": 101, "cached": 52, "output": 13, "written": 0,
    }  # fmt: skip
    assert conductor("usage", "--since", "30d", "--json").json["total"]["cost_usd"] == 9.25
    table = conductor("usage").out
    assert "$0.25 + unpriced: n" in table
    assert "1/2" in table


def test_a_limit_is_told_with_the_time_of_its_end(conductor: Line) -> None:
    (conductor.home / "config.toml").write_text(CONFIG)
    with conductor.journal() as journal:
        limited = e.SessionLimited("s1", "hook", time.time() + 3700, "used up")
        journal.append(added(), claimed(), e.SessionStarted("s1", 1), limited)
    assert "limited" in conductor("usage").out
    assert "used up, returns" in conductor("usage").out


def test_the_log_tells_everything_also_what_it_does_not_understand(conductor: Line) -> None:
    with conductor.journal() as journal:
        journal.append(added(), claimed())
        journal.db.execute(
            "INSERT INTO facts (at, kind, subject, body) VALUES (?, 'Yodelled', 't1', ?)",
            (time.time(), '{"x": 1}'),
        )
    assert "Yodelled (another version's, or torn)" in conductor("log").out
    facts = [json.loads(line) for line in conductor("log", "--json").out.splitlines()]
    assert [fact["kind"] for fact in facts] == ["TaskAdded", "SessionClaimed", "Yodelled"]
    assert [fact["seq"] for fact in facts] == [1, 2, 3]
    assert facts[2]["x"] == 1
    assert facts[0]["text"] == "do t1"
    assert facts[1]["session"] == "s1"


def test_the_log_is_followed_as_it_happens(conductor: Line) -> None:
    with (
        conductor.journal() as journal,
        subprocess.Popen(
            [sys.executable, "-m", "conductor", "log", "--follow", "--json"],
            cwd=conductor.repo, env=conductor.env, stdout=subprocess.PIPE, text=True,
        ) as follower,
    ):  # fmt: skip
        journal.append(added("t1"))
        assert follower.stdout is not None
        assert json.loads(follower.stdout.readline())["task"] == "t1"
        journal.append(added("t2"))
        assert json.loads(follower.stdout.readline())["task"] == "t2"
        follower.terminate()


def test_the_latest_are_read_from_the_end(conductor: Line, at_hand: Callable[..., Said]) -> None:
    with conductor.journal() as journal:
        journal.append(*[added(f"t{n}") for n in range(1, 9)])
    told = at_hand("log", "--last", "2", "--json").out.splitlines()
    assert [json.loads(line)["subject"] for line in told] == ["t7", "t8"]
    told = at_hand("log", "--last", "2", "t3").out.splitlines()
    assert [line.split()[2] for line in told] == ["t3"]
    assert at_hand("log", "--last", "0").code == 2


@pytest.mark.parametrize("kind", e.KINDS.values(), ids=lambda kind: kind.__name__)
def test_every_fact_can_be_told_in_words(kind: type[e.Fact]) -> None:
    filled = {
        field: {"str": "x", "int": 1, "float": 1.0, "bool": True, "tuple[str, ...]": ()}[
            what.removesuffix(" | None")
        ]
        for field, what in zip(kind._fields, kind._kinds, strict=True)
    }
    words = tell(kind(**filled))
    assert words
    assert words != kind.__name__


def test_doctor_finds_what_is_here_and_what_a_subscription_lacks(conductor: Line) -> None:
    (conductor.home / "config.toml").write_text(
        CONFIG
        + "[harness.mine]\ncommand = ['no-such-program']\nready = '>'\n"
        + "[[subscription]]\nname = 'own'\nharness = 'mine'\n"
        + "[[subscription]]\nname = 'odd'\nharness = 'gone'\n"
        + "[[subscription]]\nname = 'away'\nharness = 'mine'\nhome = '/nowhere/at/all'\n"
        + f"[[subscription]]\nname = 'new'\nharness = 'claude'\nhome = '{conductor.home}'\n"
        + f"env = {{ PATH = '{conductor.home}' }}\n"
        + f"[[subscription]]\nname = 'idle'\nharness = 'builtin'\nhome = '{conductor.home}'\n"
        + "model = 'openai:x@http://127.0.0.1:1/v1'\n"
        + "[[subscription]]\nname = 'usual'\nharness = 'claude'\nhome = '~/.claude'\n"
        + f"env = {{ PATH = '{conductor.home}', ANTHROPIC_API_KEY = 'k' }}\n"
        + "[[subscription]]\nname = 'old'\nharness = 'codex'\n"
        + f"env = {{ PATH = '{conductor.home}:/usr/bin:/bin' }}\n"
    )
    (conductor.home / "claude").touch(mode=0o755)
    (conductor.home / ".claude").mkdir()
    (conductor.home / "codex").write_text("#!/bin/sh\necho codex 0.9.1\n")
    (conductor.home / "codex").chmod(0o755)
    subprocess.run(["git", "config", "user.name", ""], cwd=conductor.repo, check=True)
    said = conductor("doctor", "--json")
    assert said.code == 0, said.out
    found = {one["about"]: one for one in said.json["findings"]}
    assert {found[name]["verdict"] for name in ("python", "tmux", "git", "journal")} == {"good"}
    assert found["max"]["verdict"] == "good"
    assert "no-such-program is not on PATH" in found["own"]["text"]
    assert "no harness 'gone'" in found["odd"]["text"]
    assert "/nowhere/at/all is not there" in found["away"]["text"]
    assert "builtin takes an account by `env` instead" in found["idle"]["text"]
    assert found["usual"]["verdict"] == "good", found["usual"]["text"]
    assert "codex is 0.9.1, older than 0.163" in found["old"]["text"]
    if sys.platform == "linux":
        run = f"run `CLAUDE_CONFIG_DIR={conductor.home} claude` once"
        assert found["new"]["text"] == f"nobody seems to be signed in: {run}"
    assert "no runner runs" in found["journal"]["text"]
    assert f"in {conductor.repo}, so nothing can land" in found["identity"]["text"]
    assert "target" not in found


def test_doctor_says_what_is_wrong_in_a_repositorys_own_settings(conductor: Line) -> None:
    wishes = conductor.repo / "conductor.toml"
    wishes.write_text('target = "gone"\n')
    found = {one["about"]: one for one in conductor("doctor", "--json").json["findings"]}
    assert f"There is no branch gone in {conductor.repo}" in found["target"]["text"]
    wishes.write_text("target = 5\n")
    said = conductor("doctor", "--json")
    assert f"{wishes}:1: target: a text in quotes was expected, not 5." in said.out
    assert said.code == 1


def test_doctor_names_what_others_on_the_machine_could_read_or_change(conductor: Line) -> None:
    config = conductor.home / "config.toml"
    config.write_text(CONFIG)
    config.chmod(0o600)
    conductor.home.chmod(0o700)

    def told() -> list[str]:
        found = conductor("doctor", "--json").json["findings"]
        return [one["text"] for one in found if one["about"] == "privacy"]

    assert not told()
    config.chmod(0o644)
    assert not told(), "nobody comes as far as the file"
    conductor.home.chmod(0o755)
    assert f"chmod 600 {config}" in told()[0]
    conductor.home.chmod(0o777)
    assert f"chmod go-w {conductor.home}" in told()[0]


def test_a_folder_that_is_gone_is_told(
    at_hand: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert at_hand("doctor").code == 0
    said = at_hand("push")
    assert (said.code, "the folder you stand in is gone" in said.err) == (1, True)


def test_doctor_ends_with_one_when_tmux_is_missing(conductor: Line) -> None:
    tools = conductor.home / "bin"
    tools.mkdir()
    for name in ("git", "sh"):
        found = subprocess.run(["which", name], capture_output=True, text=True, check=True).stdout
        (tools / name).symlink_to(found.strip())
    done = subprocess.run(
        [sys.executable, "-m", "conductor", "doctor"],
        cwd=conductor.repo, env=conductor.env | {"PATH": str(tools)}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "tmux is not installed; install it with" in done.stdout


def test_init_writes_comments_once_and_offers_a_subscription(conductor: Line) -> None:
    (conductor.repo / "Makefile").write_text("test:\n\ttrue\n")
    said = conductor("init")
    assert said.code == 0
    assert "Its check is probably `make test`" in said.out
    assert "[[subscription]]" in said.out
    text = (conductor.repo / "conductor.toml").read_text()
    assert '#verify = "make test"' in text
    assert all(line.startswith("#") or not line for line in text.splitlines())
    assert conductor("add", "--hold", "x").code == 0
    (conductor.repo / "conductor.toml").write_text('verify = "mine"\n')
    assert "stays as it is" in conductor("init").out
    assert (conductor.repo / "conductor.toml").read_text() == 'verify = "mine"\n'


def test_init_adds_what_it_offers_and_keeps_what_is_there(
    conductor: Line, at_hand: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = conductor.home / "programs"
    programs.mkdir()
    for name in ("claude", "codex"):
        (programs / name).write_text("#!/bin/sh\necho 9.8.7\n")
        (programs / name).chmod(0o755)
    (programs / "git").symlink_to(shutil.which("git") or "git")
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("HOME", str(conductor.home))
    config = Path(conductor.places.config_file)
    config.unlink(missing_ok=True)
    assert "conductor init --add all" in at_hand("init").out

    wrong = at_hand("init", "--add", "claude,cursor")
    assert (wrong.code, config.exists()) == (1, False)
    assert "cursor is not found here" in wrong.err
    assert "claude, codex" in wrong.err

    (conductor.home / "nowhere").mkdir()
    monkeypatch.chdir(conductor.home / "nowhere")
    told = at_hand("init", "--add", "codex", "--json").json  # the person's, wherever they stand
    assert (told["added"], told["file"]) == (["codex"], None)
    assert at_hand("init").code == 1
    monkeypatch.chdir(conductor.repo)
    assert config.stat().st_mode & 0o777 == 0o600
    config.write_text("# mine\n" + config.read_text().removesuffix("\n"))
    before = config.read_text()
    said = at_hand("init", "--add", "all").out
    assert "Subscriptions in" in said
    assert "claude: nobody seems to be signed in: run `claude` once." in said
    assert "signed in" not in config.read_text(), "which will not stay true"
    assert config.read_text().startswith(before)
    assert [one.name for one in load(str(config)).subscriptions] == ["codex", "claude"]
    after = config.read_text()
    assert at_hand("init", "--add", "all").code == 0
    assert config.read_text() == after


def test_a_reader_who_has_seen_enough_is_no_error(conductor: Line) -> None:
    with conductor.journal() as journal:
        journal.append(*[added(f"t{n}", title="x" * 90) for n in range(1, 3000)])
    done = subprocess.run(
        f"{sys.executable} -m conductor list | head -1",
        shell=True, cwd=conductor.repo, env=conductor.env, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert (done.stdout.split()[0], done.stderr) == ("ID", "")


WITHOUT_ANSWER = {"attach", "shell", "run", "demo", "shot", "completion"}
"""They hand the terminal over, or only write a file."""


def test_help_is_one_page_and_every_command_has_examples(at_hand: Callable[..., Said]) -> None:
    from conductor.cli.main import COMMANDS

    overview = at_hand("--help").out
    for command in COMMANDS:
        assert f" {command}" in overview, command
        said = at_hand(command, "--help")
        assert said.code == 0
        assert f"conductor {command}" in said.out
        assert "examples:" in said.out
        assert ("--json" in said.out) is (command not in WITHOUT_ANSWER), command
    assert max(map(len, overview.splitlines())) <= 100


def test_a_bug_is_a_sentence_and_a_traceback_in_the_log(conductor: Line) -> None:
    code = (
        "import sys; from conductor.cli import main, listing;"
        "listing.COMMANDS['list'] = lambda words: 1 // 0;"
        "sys.exit(main.main(['list']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=conductor.repo, env=conductor.env, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("conductor: this is a bug in Conductor (ZeroDivisionError")
    assert done.stderr.count("\n") == 1
    log = conductor.home / "logs" / "conductor.log"
    assert "ZeroDivisionError" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0


def test_what_keeps_the_runner_from_going_on_is_told_where_it_is_looked_for(
    conductor: Line,
) -> None:
    said = "s1's `.git` file was changed: run `git worktree repair`"
    with conductor.journal() as journal:
        journal.append(
            added(), claimed(), e.SessionStarted("s1", 1), e.SessionEnded("s1", "h", 0),
            e.TroubleSeen("s1 turn", said), e.TroubleSeen("/x/config.toml", "it is not TOML"),
        )  # fmt: skip
    listed = conductor("list")
    assert said in listed.out
    assert listed.err == "conductor: /x/config.toml: it is not TOML\n"
    assert said in conductor("show", "t1").out
    assert conductor("list", "--json").json[0]["why"] == said


def test_list_says_when_nothing_goes_on_because_no_runner_is_there(conductor: Line) -> None:
    with conductor.journal() as journal:
        journal.append(added(held=True))
    assert conductor("list").err == ""
    with conductor.journal() as journal:
        journal.append(e.TaskReleased("t1"))
    said = conductor("list", "--json")
    assert "no runner is at work" in said.err
    assert said.json[0]["state"] == "queued"


@pytest.mark.parametrize("table", ["meters", "contexts"])
def test_a_damaged_journal_is_told_by_whoever_meets_it(
    conductor: Line, at_hand: Callable[..., Said], table: str
) -> None:
    with conductor.journal() as journal:
        journal.append(added("t1"))
        journal.db.execute(f"DROP TABLE {table}")
    said = at_hand("list", "--json")
    assert (said.code, said.out) == (1, "")
    words = f"The journal {conductor.places.journal}/journal.db cannot be used: no such table"
    assert words in json.loads(said.err)["error"]
