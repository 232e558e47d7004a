"""Moves as the runner makes them: by hand, cut off anywhere, and with what is carried along."""

from __future__ import annotations

from pathlib import Path

import pytest

from conductor import acts
from conductor import events as e
from conductor.config import load
from conductor.runner import handover
from conductor.runner.carrying import carry
from conductor.runner.reach import Reach
from conductor.state import SessionState, TaskState
from conductor.tui.scopes import turn_before
from tests.conductor.facts import COMMIT, OTHER, added, claimed
from tests.runner.house import House, soon, waiting

MORE = """
[[subscription]]
name = "other"
harness = "builtin"
slots = 2
"""


def move(house: House, task: str, to: str) -> None:
    house.until(lambda _: house.of(task).state is SessionState.BUSY)
    acts.move(house.journal, load(house.places.config_file).subscriptions, task, to)


@pytest.mark.parametrize("cut", [False, True], ids=["", "the runner is killed in the middle"])
def test_another_agent_takes_over_in_the_same_worktree(house: House, cut: bool) -> None:
    house.configure(more=MORE)
    house.start()
    task = house.task(
        "Write both halves",
        ["$ echo one > first.txt", f"$ touch begun; {waiting(house.gate())}", "never said"],
        by_word={"You take over": ["$ echo two > second.txt", "Both halves are there."]},
    )
    first = house.until(
        lambda s: s.tasks[task].session and house.of(task).worktree and house.of(task)
    )
    soon((Path(first.worktree) / "begun").exists)
    move(house, task, "other")
    if cut:
        house.until(lambda s: house.facts(e.SessionEnded) or house.facts(e.SessionMoved))
        house.runners[-1].kill()
        house.runners[-1].wait()
        house.start()
    house.until_task(task, TaskState.REVIEW)
    now = house.of(task)
    assert (now.id, now.subscription, now.worktree) == (first.id, "other", first.worktree)
    assert {"first.txt", "second.txt"} <= set(now.files)
    assert now.lives[0].startswith("demo builtin ")
    assert len(house.facts(e.SessionMoved)) == 1
    (handed,) = [f for f in house.facts(e.MessageQueued) if f.kind == "handover"]
    assert "Write both halves" in handed.text
    assert "+one" in handed.text
    assert "cut off" in handed.text, house.story()
    assert not house.state.troubles


async def test_what_was_said_to_a_long_session_is_handed_over_too(house: House) -> None:
    house.journal.append(
        added(repo=str(house.repo)), claimed(), e.SessionStarted("s1", 1),
        e.SnapshotTaken("s1", COMMIT, "x"), e.MessageQueued("s1", "m1", "Use tabs", "say"),
        *[e.SessionBusy("s1", "hook"), e.SessionIdle("s1", "hook", "more")] * 600,
        e.SnapshotTaken("s1", OTHER, "x"),
    )  # fmt: skip
    reach = Reach(house.places, house.journal)
    assert "- Use tabs" in await handover.write(reach, house.of("t1"))
    assert turn_before(house.journal, house.of("t1"), OTHER) == COMMIT


def test_a_move_that_cannot_be_made_says_why_and_the_work_stays(house: House) -> None:
    house.configure(more=MORE)
    house.start()
    task = house.task("Wait", [f"$ {waiting(house.gate())}", "done"])
    house.until(lambda s: s.tasks[task].session and house.of(task).state is SessionState.BUSY)
    house.journal.append(e.MoveAsked(house.of(task).id, "gone"))
    (failed,) = house.until(lambda s: house.facts(e.MoveFailed))
    assert "no subscription 'gone'" in failed.why
    assert house.of(task).live, "its agent was not touched"
    house.gate().touch()
    house.until_task(task, TaskState.REVIEW)


def test_only_the_conversation_is_carried_and_nothing_there_is_lost(tmp_path: Path) -> None:
    old, new = tmp_path / "a", tmp_path / "b"
    record = old / "projects" / "x" / "c1.jsonl"
    (record.with_suffix("") / "parts").mkdir(parents=True)
    (record.with_suffix("") / "parts" / "1").write_text("kept beside")
    record.write_text("one\ntwo\n")
    (old / ".credentials.json").write_text("secret")
    outside = tmp_path / "elsewhere.jsonl"
    outside.write_text("not of this home")
    new.mkdir()

    def once() -> list[str]:
        copies = carry((str(record), str(outside)), old, new)
        assert copies == (str(new / "projects/x/c1.jsonl"),)
        return sorted(one.name for one in new.rglob("*") if one.is_file())

    assert once() == ["1", "c1.jsonl"], "and no credentials"
    copy = new / "projects/x/c1.jsonl"
    record.write_text("one\ntwo\nthree\n")
    assert once() == ["1", "c1.jsonl"], "what it continues is replaced"
    assert copy.read_text() == "one\ntwo\nthree\n"
    copy.write_text("another conversation\n")
    assert once() == ["1", "c1.jsonl", "c1.jsonl.kept-1"]
    assert (new / "projects/x/c1.jsonl.kept-1").read_text() == "another conversation\n"
    assert copy.stat().st_mode & 0o777 == 0o600


def test_a_link_does_not_lead_a_conversation_out_of_a_home(tmp_path: Path) -> None:
    old, new = tmp_path / "a", tmp_path / "b"
    (old / "projects").mkdir(parents=True)
    (old / "projects" / "c.jsonl").write_text("one\n")
    new.mkdir()
    (tmp_path / "trap").mkdir()
    (new / "projects").symlink_to(tmp_path / "trap")
    with pytest.raises(OSError, match="leads out of"):
        carry((str(old / "projects" / "c.jsonl"),), old, new)
    assert not list((tmp_path / "trap").iterdir())


NOBODY = """
[[subscription]]
name = "max"
harness = "claude"
home = "{home}"
env = {{ PATH = "{home}/bin:/usr/bin:/bin" }}
"""


def test_an_agent_that_does_not_start_there_sends_its_session_back(house: House) -> None:
    home = house.folder / "max"
    program = home / "bin" / "claude"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho 'Invalid API key · Please run /login'\nexit 1\n")
    program.chmod(0o755)
    house.configure(more=NOBODY.format(home=home))
    acts.trust(house.journal, str(house.repo))
    house.start()
    task = house.task(
        "Write it", ["$ echo one > first.txt", f"$ touch begun; {waiting(house.gate())}", "Done."]
    )
    first = house.until(
        lambda s: s.tasks[task].session and house.of(task).worktree and house.of(task)
    )
    soon((Path(first.worktree) / "begun").exists)
    move(house, task, "max")
    house.until_task(task, TaskState.REVIEW)
    now = house.of(task)
    assert (now.id, now.subscription) == (first.id, "demo")
    assert set(now.files) == {"begun", "first.txt"}
    assert now.turns > first.turns, "it went on in its own conversation"
    moved = [fact.subscription for fact in house.facts(e.SessionMoved)]
    assert moved == ["max", "demo"]
    (failed,) = house.facts(e.MoveFailed)
    assert "did not start on max, so it is back on demo: Invalid API key" in failed.why
    assert "Invalid API key" in house.state.troubles["moves to max"].why
