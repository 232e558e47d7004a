"""The demo that plays by itself."""

import subprocess
from itertools import islice

import pytest

from conductor import events as e
from conductor.demo import run
from conductor.journal import Journal
from conductor.state import TaskState


@pytest.mark.slow
def test_plays_to_the_end_and_again(demo):
    code, out = demo.play()
    assert code == 0, out
    demo.is_whole()
    assert demo.processes() == [], "nothing is left running"
    facts = demo.facts()
    kinds = {type(fact) for fact in facts}
    assert {e.SessionWaiting, e.SessionLimited, e.ChangeOpened} <= kinds
    failed = [fact.kind for fact in facts if isinstance(fact, e.LandingFailed)]
    assert failed == ["conflict"], "two touch the same lines, once"
    checks = [f.ok for f in facts if isinstance(f, e.VerifyFinished) and f.where == "review"]
    assert checks.count(False) == 1, "one breaks its check, once"
    head = demo.git("rev-parse", "main")

    code, out = demo.play()
    assert code == 0, out
    demo.is_whole()
    assert demo.git("rev-parse", "main") == head
    assert "Ran 32 tests" in out


def test_refuses_a_folder_that_holds_something_else(tmp_path, capsys):
    (tmp_path / "thesis.tex").write_text("years of work")
    assert run(headless=True, into=str(tmp_path)) == 1
    assert "holds something else" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_refuses_what_is_no_folder(tmp_path, capsys):
    file = tmp_path / "file"
    file.write_text("")
    assert run(headless=True, into=str(file)) == 1
    assert "cannot be used" in capsys.readouterr().err


def test_refuses_a_speed_that_is_none(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CONDUCTOR_REHEARSAL_SPEED", "fast")
    assert run(headless=True, into=str(tmp_path / "demo")) == 1
    assert "CONDUCTOR_REHEARSAL_SPEED=fast" in capsys.readouterr().err
    assert not (tmp_path / "demo").exists()


def broken_off(demo, words, times=1):
    """Play until it has said this, interrupt it, and return the tasks that it has put down."""
    with demo.start() as process:
        said = (line for line in process.stdout if words in line)
        assert len(list(islice(said, times))) == times
        process.terminate()
        process.communicate(timeout=60)
    assert process.returncode != 0
    assert demo.processes() == []
    with Journal(demo.stage.places.journal) as journal:
        states = {task.id: task.state for task in journal.state.tasks.values()}
    assert not set(states.values()) & {TaskState.RUNNING, TaskState.WAITING}, "all was put down"
    return {task for task, state in states.items() if state is TaskState.CANCELLED}


def retried(demo):
    """Say which tasks were begun anew, each once."""
    found = [fact.task for fact in demo.facts() if isinstance(fact, e.TaskRetried)]
    assert len(found) == len(set(found))
    return set(found)


@pytest.mark.slow
def test_a_demo_that_was_interrupted_closes_and_goes_on(demo):
    demo.tasks = 3
    left = broken_off(demo, "its agent runs", demo.tasks)
    assert left
    broken_off(demo, "its agent runs", len(left))
    assert retried(demo) == left
    claimed = [fact.task for fact in demo.facts() if isinstance(fact, e.SessionClaimed)]
    assert all(claimed.count(task) == 2 for task in left)


@pytest.mark.long
def test_a_demo_that_was_interrupted_lands_all_of_it_in_the_end(demo):
    left = broken_off(demo, "has landed")
    assert left
    code, out = demo.play()
    assert code == 0, out
    assert retried(demo) == left, "and nothing that has landed"
    assert len(demo.git("rev-list", "main").split()) == 11


def test_nothing_of_it_needs_the_persons_own_git(demo, monkeypatch, tmp_path):
    from conductor.demo.stage import set_stage

    config = tmp_path / "gitconfig"
    config.write_text("[commit]\ngpgSign = true\n[core]\nhooksPath = /nowhere\n[init]\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    stage = set_stage(str(demo.stage.folder), "1")
    said = subprocess.run(
        ["git", "log", "--format=%an <%ae>"],
        cwd=stage.project, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert said.stdout == "Conductor demo <demo@conductor.invalid>\n"
