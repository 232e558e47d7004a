"""What settings, repositories and command lines do to the runner: each a clear sentence."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from conductor import events as e
from conductor.cli.leftovers import leftovers
from conductor.runner import ending
from conductor.runner.remains import strays
from conductor.state import TaskState
from conductor.terminals import processes
from conductor.terminals.beside import open_alone
from conductor.terminals.live import VIEWER
from tests.runner.house import House, kill, soon

SHELL = """
[[subscription]]
name = "cli"
harness = "cli"
slots = 2
[harness.cli]
command = {command}
prompt = "argument"
"""


def shell(house: House, script: str) -> None:
    command = json.dumps(["/bin/sh", "-c", script, "cli", "{prompt}"])
    house.configure(more=SHELL.format(command=command))


def test_a_command_line_is_an_agent_and_its_end_the_end_of_its_turn(house: House) -> None:
    shell(house, 'printf %s "$1" >> said')
    house.task("Say $(this) 'é'", harness="cli")
    assert house.settle().tasks["t1"].state is TaskState.REVIEW
    assert Path(house.of("t1").worktree or "", "said").read_text() == "Say $(this) 'é'"
    house.act("send_back", "t1", "; and that")
    assert house.settle().tasks["t1"].state is TaskState.REVIEW
    house.act("approve", "t1")
    house.settle()
    assert house.shown("said") == "Say $(this) 'é'; and that"


def test_a_command_line_that_fails_keeps_its_work_and_says_so(house: House) -> None:
    shell(house, "echo half > half; exit 7")
    house.task("Try", harness="cli")
    task = house.settle().tasks["t1"]
    assert task.state is TaskState.FAILED
    assert "ended with code 7 in the middle of its turn" in (task.why or "")
    assert house.shown("half", "refs/conductor/sessions/s1") == "half"


def test_doctor_names_what_an_agent_has_left_running(house: House) -> None:
    shell(house, "setsid sleep 600 >/dev/null 2>&1 & echo one > one")
    house.task("Try", harness="cli")
    house.settle()
    shells = Path(house.of("t1").worktree or "")
    house.tmux.shell_window("s1", shells, ["sleep", "600"])  # that one is the person's
    soon(lambda: [one.command for one, _ in strays(house.tmux, house.state)] == ["sleep"])
    ((left, session),) = strays(house.tmux, house.state)
    assert session == "s1"
    (told,) = (o.text for o in leftovers(house.places, house.state) if o.about == "processes")
    named = f"sleep {left.pid} of s1; `kill {left.pid}` ends it"
    assert told == f"still running, though its agent has ended: {named}"
    kill(left.pid)
    house.tmux.run("new-session", "-d", "-s", f"{VIEWER}1-0", "sleep 600")  # as screens make one
    open_alone(house.tmux, "s1", shells, "server", ["sleep", "600"], pinned=True)
    house.git("branch", "conductor/another")
    found = list(leftovers(house.places, house.state))
    assert not [one for one in found if "explain" in one.text]
    (kept,) = (one.text for one in found if one.about == "repository")
    assert "agents' branches: 2, refs that keep snapshots: 1; branches of no task here: 1" in kept
    shutil.rmtree(shells)
    gone = f"{shells} of t1 is gone"
    assert gone in [one.text for one in leftovers(house.places, house.state)]


def test_what_a_killed_agent_has_left_running_is_ended(house: House) -> None:
    left = "setsid sh -c 'echo $$ > own; mv own pid; exec sleep 600' >/dev/null 2>&1 &"
    shell(house, f"{left} until [ -f pid ]; do sleep 0.1; done; kill -9 $$")
    house.task("Try", harness="cli")
    with house.running():
        house.until_task("t1", TaskState.FAILED)
        pid = int((Path(house.of("t1").worktree or "") / "pid").read_text())
        soon(lambda: not processes.tree(pid))


def test_an_agent_that_dies_at_once_fails(house: House) -> None:
    house.configure(more=SHELL.format(command='["sh", "-c", "exec /no/such/agent", "{prompt}"]'))
    house.task("Try", harness="cli")
    task = house.settle().tasks["t1"]
    assert task.state is TaskState.FAILED
    assert "code 127 (`conductor doctor` says whether its program is found)" in (task.why or "")


def test_a_program_in_the_repository_is_not_taken_for_the_agent(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.configure(more=SHELL.format(command='["planted-agent", "{prompt}"]'))
    planted = house.repo / "planted-agent"
    planted.write_text("#!/bin/sh\necho x > it-ran\n")
    planted.chmod(0o755)
    house.commit("Plant")
    monkeypatch.setenv("PATH", f":.:{os.environ['PATH']}:")
    house.task("Try", harness="cli")
    task = house.settle().tasks["t1"]
    assert (task.state, task.session) == (TaskState.QUEUED, None)
    assert (task.why or "").startswith("planted-agent: not found on the PATH that agents get.")
    monkeypatch.setenv("PATH", f"{house.repo}:{os.environ['PATH']}")  # of a runner started anew
    assert house.settle().tasks["t1"].state is not TaskState.QUEUED


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        ({"harness": "nosuch"}, "No subscription is for the harness 'nosuch'; there are demo."),
        ({"subscription": "nosuch"}, "There is no subscription 'nosuch'; there are demo."),
    ],
)
def test_what_nothing_fits_waits_with_a_sentence(
    house: House, ask: dict[str, str], words: str
) -> None:
    house.task("Work", ["Done."], **ask)
    task = house.settle().tasks["t1"]
    assert (task.state, task.why) == (TaskState.QUEUED, words)


@pytest.mark.parametrize(
    ("model", "words"),
    [("nosuch", "the built-in agent"), ("rehearsal:/no/such/script", "/no/such/script")],
)
def test_an_unknown_model_fails_once_with_the_reason(house: House, model: str, words: str) -> None:
    house.task("Work", model=model)
    house.task("Other", ["Done."])
    state = house.settle()
    assert state.tasks["t1"].state is TaskState.FAILED
    assert "nosuch" in (state.tasks["t1"].why or "") or words in (state.tasks["t1"].why or "")
    assert len(house.facts(e.SessionStarted)) <= 2
    assert state.tasks["t2"].state is TaskState.REVIEW


def test_a_setup_that_fails_tells_its_last_words(house: House) -> None:
    house.wishes(setup="echo no network; exit 4")
    house.task("Work", ["Done."])
    task = house.settle().tasks["t1"]
    assert task.state is TaskState.FAILED
    assert "setup `echo no network; exit 4` ended with 4: no network" in (task.why or "")


def _no_commits(house: House, root: Path) -> None:
    root.mkdir()
    house.git("init", "-q", at=root)


def _bare(house: House, root: Path) -> None:
    house.git("clone", "-q", "--bare", str(house.repo), str(root))


def _detached(house: House, root: Path) -> None:
    house.git("clone", "-q", str(house.repo), str(root))
    house.git("checkout", "-q", "--detach", at=root)


def _no_target(house: House, root: Path) -> None:
    house.git("clone", "-q", str(house.repo), str(root))
    (root / "conductor.toml").write_text('target = "nosuch"\n')


def _none(house: House, root: Path) -> None:
    root.mkdir()


def _file(house: House, root: Path) -> None:
    root.write_text("not a folder")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_none, "repository"),
        (_file, "odd"),
        (_no_commits, "has no commits yet"),
        (_bare, "is a bare repository"),
        (_detached, "detached HEAD"),
        (_no_target, "There is no branch nosuch"),
    ],
)
def test_an_odd_repository_fails_its_task_and_no_other(house: House, make, words: str) -> None:
    root = house.folder / "odd"
    make(house, root)
    house.task("There", ["Done."], repo=str(root))
    house.task("Here", ["$ echo a > a", "Done."])
    state = house.settle()
    assert state.tasks["t1"].state is TaskState.FAILED
    assert words in (state.tasks["t1"].why or "")
    assert state.tasks["t2"].state is TaskState.REVIEW


def test_without_an_identity_nothing_lands_and_the_sentence_says_what_to_do(house: House) -> None:
    house.task("Work", ["$ echo a > a", "Done."])
    house.settle()
    for key in ("user.name", "user.email"):
        house.git("config", "--unset", key)
    house.act("approve", "t1")
    task = house.settle().tasks["t1"]
    assert task.state is TaskState.LANDING
    assert "git config --global user.name" in (task.why or "")
    house.git("config", "user.name", "Ada")
    house.git("config", "user.email", "ada@example.org")
    assert house.settle().tasks["t1"].state is TaskState.LANDED


def test_settings_that_break_are_told_and_the_last_good_ones_hold(house: House) -> None:
    house.wishes(verify="true")
    house.task("One", ["$ echo 1 > one", "Done."])
    good = (house.repo / "conductor.toml").read_text()
    with house.running():
        house.until_task("t1", TaskState.REVIEW)
        (house.repo / "conductor.toml").write_text("verify = 3\n")
        house.task("Two", ["$ echo 2 > two", "Done."])
        trouble = house.until(lambda s: list(s.troubles.values()))[0]
        assert trouble.subject == str(house.repo / "conductor.toml")
        assert "conductor.toml:1: verify: a text in quotes was expected, not 3" in trouble.why
        house.until_task("t2", TaskState.REVIEW)
        assert house.state.tasks["t2"].checked is not None
        (house.repo / "conductor.toml").write_text(good)
        house.task("Three", ["Done."])
        house.until(lambda s: not s.troubles)


def test_a_megabyte_of_words_arrives_byte_for_byte(house: House) -> None:
    words = "Long\n" + "ünd 'so' \"weiter\" $(x) `y`\n" * 40_000
    assert len(words.encode()) > 1 << 20
    house.task(words, ["Done."])
    assert house.settle().tasks["t1"].state is TaskState.REVIEW
    assert house.prompts("s1") == [words]


def test_a_title_of_escape_sequences_harms_nothing(house: House) -> None:
    house.task(
        "\x1b]52;c;aGk=\x07\x1b[2J--upload-pack=x ../../x\u202e;$(x)\x00", ["$ echo a > a", "Done."]
    )
    house.settle()
    house.act("approve", "t1")
    assert house.settle().tasks["t1"].state is TaskState.LANDED
    session = house.of("t1")
    assert "\x1b" not in house.state.tasks["t1"].title + str(session)
    assert Path(session.worktree or "").resolve().is_relative_to(house.places.worktrees)
    assert "\x1b" not in house.log()[0]


def test_a_worktree_removed_by_hand_fails_its_task_and_keeps_its_snapshot(house: House) -> None:
    house.task("Work", ["$ echo a > a", "Done."], ["$ true", "Done."])
    house.settle()
    shutil.rmtree(house.of("t1").worktree or "")
    house.act("send_back", "t1", "More.")
    task = house.settle().tasks["t1"]
    assert task.state is TaskState.FAILED
    assert "worktree was removed by hand" in (task.why or "")
    assert house.shown("a", "refs/conductor/sessions/s1") == "a"
    house.act("retry", "t1")
    assert house.settle().tasks["t1"].state is TaskState.REVIEW


def test_a_target_deleted_by_an_agent_takes_nobodys_work_with_it(house: House) -> None:
    was = house.git("rev-parse", "main")
    house.task("Delete", ["$ echo a > a; git update-ref -d refs/heads/main", "Done."])
    state = house.settle()
    assert state.tasks["t1"].state is TaskState.REVIEW, house.story()
    assert house.of("t1").base == was
    house.act("approve", "t1")
    why = house.settle().tasks["t1"].why or ""
    assert f"`git -C {house.repo} branch main {was}`" in why
    house.git("branch", "main", was)
    with house.running():
        house.until_task("t1", TaskState.LANDED)
    assert house.log() == ["Delete", "Begin"]


def test_a_repository_that_an_agent_calls_bare_keeps_its_checkout(house: House) -> None:
    house.task("Break", ["$ echo a > a; git config core.bare true", "Done."])
    house.settle()
    house.act("approve", "t1")
    assert house.settle().tasks["t1"].state is TaskState.LANDED, house.story()
    assert (house.repo / "a").read_text() == "a\n"
    house.git("config", "--unset", "core.bare")
    assert house.git("status", "--porcelain") == ""


def test_an_approved_change_lands_though_its_worktree_is_gone(house: House) -> None:
    house.task("Work", ["$ echo a > a", "Done."])
    house.settle()
    shutil.rmtree(house.of("t1").worktree or "")
    house.act("approve", "t1")
    assert house.settle().tasks["t1"].state is TaskState.LANDED
    assert house.shown("a") == "a"


def test_only_the_newest_finished_worktrees_stay(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "KEPT", 1)
    tasks = [house.task(f"Work {n}", [f"$ echo {n} > f{n}", "Done."]) for n in range(3)]
    house.settle()
    for task in tasks:
        house.act("approve", task)
    state = house.settle()
    assert {one.state for one in state.tasks.values()} == {TaskState.LANDED}
    assert sum(session.gone for session in state.sessions.values()) == 2
    root = Path(house.of(tasks[0]).worktree or "").parent
    assert len([one for one in root.iterdir() if one.name.startswith("s")]) == 1
    assert not state.troubles
    assert len(house.git("branch", "--list", "conductor/*").splitlines()) == 3
