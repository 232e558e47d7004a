"""Processes killed from outside, disks that are full, runners that meet: the rest goes on."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from functools import partial
from pathlib import Path

import pytest

from conductor import events as e
from conductor.inbox import Need, inbox
from conductor.runner.main import run
from conductor.state import SessionState, State, TaskState
from conductor.terminals import processes
from tests.runner.house import DEADLINE, House, kill, soon, waiting


def _half_way(house: House, *numbers: int) -> None:
    """Queue tasks whose agents change something and then wait at the gate."""
    for number in numbers or (1,):
        house.task(
            f"Work {number}",
            ["$ echo half > half", f"$ {waiting(house.gate())}", "Done."],
            ["$ echo whole > half", "Done."],
        )


def _at_the_gate(house: House, *sessions: str) -> None:
    def come(state: State) -> bool:
        return all(
            one in state.live
            and state.live[one].state is SessionState.BUSY
            and house.said(one, "result")
            for one in sessions
        )

    house.until(come)


def _python(house: House, session: str) -> int:
    """The agent's own process, below its launch script."""
    tree = processes.tree(house.state.sessions[session].pid or 0)
    found = [one.pid for one in tree if "harnesses.builtin" in _words(one.pid)]
    return found[0]


def _words(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def _script(house: House, session: str) -> int:
    """The launch script in the terminal."""
    return next(one.pid for one in house.tmux.list() if one.session == session)


def test_a_task_starts_once_the_person_has_seen_to_the_settings(house: House) -> None:
    config = Path(house.places.config_file)
    written = config.read_text()
    config.unlink()
    house.task("Work", ["$ echo done > done", "Done."])
    with house.running():
        house.until(lambda state: "No subscription" in (state.tasks["t1"].why or ""))
        config.write_text(written)
        house.until_task("t1", TaskState.REVIEW)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds processes by /proc")
@pytest.mark.parametrize("which", [_python, _script])
def test_an_agent_killed_in_its_turn_keeps_its_work_and_goes_on_with_words(
    house: House, which
) -> None:
    _half_way(house, 1, 2)
    with house.running():
        _at_the_gate(house, "s1", "s2")
        kill(which(house, "s1"))
        task = house.until_task("t1", TaskState.FAILED)
        assert "in the middle of its turn" in (task.why or "")
        assert house.shown("half", "refs/conductor/sessions/s1") == "half"
        assert house.state.tasks["t2"].state is TaskState.RUNNING
        house.gate().touch()
        house.act("say", "t1", "Go on.")
        house.until_task("t1", TaskState.REVIEW)
        house.until_task("t2", TaskState.REVIEW)
    assert house.prompts("s1") == ["Work 1", "Go on."]


def test_an_agent_that_leaves_in_its_turn_is_no_success(house: House) -> None:
    _half_way(house)
    with house.running():
        _at_the_gate(house, "s1")
        house.tmux.run("kill-session", "-t", "=s1")
        task = house.until_task("t1", TaskState.FAILED)
    assert "in the middle of its turn" in (task.why or "")
    soon(lambda: not house.left())


@pytest.mark.slow
def test_a_tmux_server_that_dies_takes_no_work_with_it(house: House) -> None:
    _half_way(house, 1, 2)
    house.task("Ask", ["? Which?", "Done."])
    with house.running():
        _at_the_gate(house, "s1", "s2")
        house.until_task("t3", TaskState.WAITING)
        house.tmux.stop_server()
        house.until(lambda s: all(one.lost for one in s.sessions.values()))
        assert {t.state for t in house.state.tasks.values()} == {TaskState.RUNNING}
        soon(lambda: not house.left())
        house.gate().touch()
        for task in ("t1", "t2"):
            house.act("say", task, "Go on.")
        house.until(lambda s: all(s.tasks[t].state is TaskState.REVIEW for t in ("t1", "t2")))
    assert house.prompts("s2") == ["Work 2", "Go on."]


def test_a_worktree_deleted_under_an_agent_fails_its_task_alone(house: House) -> None:
    _half_way(house, 1, 2)
    with house.running():
        _at_the_gate(house, "s1", "s2")
        tree = Path(house.of("t2").worktree or "")
        away = tree.rename(tree.with_name("away"))
        shutil.rmtree(house.of("t1").worktree or "")
        house.act("tag", "t1", "seen")  # any fact makes the runner look
        house.until(lambda s: s.sessions["s1"].gone and s.sessions["s2"].gone)
        assert "nothing that it does now is kept" in inbox(house.state)[0].text
        away.rename(tree)
        house.act("tag", "t2", "seen")
        house.until(lambda s: not s.sessions["s2"].gone)
        house.gate().touch()
        task = house.until_task("t1", TaskState.FAILED)
        assert "removed by hand" in (task.why or "")
        house.until_task("t2", TaskState.REVIEW)
        house.until(lambda s: list(s.live) == ["s2"])


def test_a_worktree_that_git_cannot_read_is_told_and_can_be_given_up(house: House) -> None:
    index = "$(git rev-parse --git-dir)/index"
    task = house.task("Work", [f"$ echo x > new; echo none > {index}", "Done."])
    with house.running():
        trouble = house.until(lambda s: s.troubles.get("s1 turn"))
        assert "`conductor cancel t1` gives it up" in trouble.why
        house.act("cancel", task)
        house.until(lambda s: not s.live and not s.troubles)
    assert (Path(house.of(task).worktree or "") / "new").read_text() == "x\n"


def test_two_runners_are_one_too_many(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    with house.running() as first:
        house.until(lambda s: s.runner == first.pid)
        assert run(house.places) == 1
    said = capsys.readouterr().err
    assert f"a runner is at work already (process {first.pid})" in said


def test_a_runner_takes_the_open_files_that_the_system_allows(house: House) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    house.start(preexec_fn=partial(resource.setrlimit, resource.RLIMIT_NOFILE, (24, hard)))
    tasks = [house.task("Work", ["$ echo x > new", "Done."]) for _ in range(2)]
    for task in tasks:
        house.until_task(task, TaskState.REVIEW)
    assert not house.state.troubles


def _refused(house: House, **how: object) -> str:
    made = house.start(stderr=subprocess.PIPE, **how)
    _, said = made.communicate(timeout=DEADLINE)
    assert made.returncode == 1
    assert b"Traceback" not in said
    return said.decode()


def test_a_state_folder_that_cannot_be_written_is_a_sentence(house: House) -> None:
    # Root writes anywhere; without this capability it is like anybody else.
    before = ("setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override")
    if os.geteuid() == 0 and not shutil.which("setpriv"):
        pytest.skip("root, and no setpriv to give its rights away")
    house.journal.close()
    folder = Path(house.places.journal)
    files = [file for file in folder.iterdir() if file.is_file()]
    for file in files:
        file.chmod(0o400)
    folder.chmod(0o500)
    said = _refused(house, before=before if os.geteuid() == 0 else ())
    assert "Make its folder writable" in said
    folder.chmod(0o700)
    for file in files:
        file.chmod(0o600)
    house.reopen()


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="needs prlimit")
def test_a_journal_that_cannot_grow_stops_nothing_and_loses_nothing(house: House) -> None:
    _half_way(house)
    with house.running() as runner:
        _at_the_gate(house, "s1")
        pid = _python(house, "s1")
        # As on a full disk: no file of the runner's grows any more.
        _, hard = resource.prlimit(
            runner.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY)
        )
        house.gate().touch()
        soon(lambda: house.said("s1", "end"))
        log = Path(house.places.logs, "runner.log")
        soon(lambda: "cannot be used" in log.read_text())
        house.act("say", "t1", "Are you there?")
        assert runner.poll() is None
        resource.prlimit(runner.pid, resource.RLIMIT_FSIZE, (hard, hard))
        house.until_task("t1", TaskState.REVIEW)
        assert _words(pid)
    assert house.prompts("s1") == ["Work 1", "Are you there?"]
    assert not house.state.troubles


def test_a_repository_that_goes_away_troubles_nobody_else(house: House) -> None:
    other = house.repository("other")
    house.task("There", [f"$ {waiting(house.gate())}", "Done."], repo=str(other))
    house.task("Here", ["$ echo a > a", "Done."])
    with house.running():
        house.until(lambda s: "s1" in s.live and s.live["s1"].state is SessionState.BUSY)
        other.rename(house.folder / "elsewhere")
        house.gate().touch()
        house.until_task("t2", TaskState.REVIEW)
        trouble = house.until(lambda s: list(s.troubles.values()))[0]
        assert trouble.subject == "s1 turn"
        (house.folder / "elsewhere").rename(other)
        house.until_task("t1", TaskState.REVIEW)
        house.until(lambda s: not s.troubles)
    assert len(house.facts(e.TroubleSeen)) == 1


def test_an_agent_that_cannot_start_again_is_told_and_can_be_tried_once_more(house: House) -> None:
    task = house.task("Begin", ["Done."], ["$ echo more > more", "Done."])
    house.start()
    house.until(lambda state: state.tasks[task].state is TaskState.REVIEW)
    house.act("stop", house.of(task).id)
    house.until(lambda _: not house.of(task).live)
    script = Path(str(house.of(task).model).partition(":")[2])
    script.rename(script.with_suffix(".away"))
    house.act("say", house.of(task).id, "Go on")
    told = house.until(lambda state: [one for one in inbox(state) if one.need is Need.UNDELIVERED])
    assert "did not start again" in told[0].text
    assert script.name in house.tmux.capture(house.of(task).id, ansi=False), "it tells why there"
    script.with_suffix(".away").rename(script)
    house.act("say", house.of(task).id, "Go on")
    house.until(lambda state: house.of(task).files == ("more",) and not state.messages)


def test_an_agent_whose_program_is_gone_waits_for_it(house: House) -> None:
    program = house.folder / "mine"
    program.write_text('#!/bin/sh\necho "$1" >> said\n')
    program.chmod(0o755)
    table = f'[harness.mine]\ncommand = ["{program}", "{{prompt}}"]\nprompt = "argument"\n'
    house.configure(more=table + '[[subscription]]\nname = "own"\nharness = "mine"\n')
    task = house.task("Begin", harness="mine")
    with house.running():
        house.until_task(task, TaskState.REVIEW)
        program.rename(program.with_suffix(".away"))
        house.act("say", house.of(task).id, "Go on")
        told = house.until(lambda state: list(state.troubles.values()))[0]
        assert (told.subject, f"{program}: not found" in told.why) == (f"starts of {program}", True)
        program.with_suffix(".away").rename(program)
        house.until(lambda state: not state.troubles and len(house.facts(e.ReviewReady)) == 2)
    assert not house.facts(e.TaskFailed)
    assert house.shown("said", f"refs/conductor/sessions/{house.of(task).id}") == "Begin\nGo on"
