"""A session's snapshots as a time line, and its files put back from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conductor import events as e
from conductor.acts import Refused
from conductor.state import SessionState, TaskState
from tests.runner.conftest import Say
from tests.runner.house import House, waiting


def points(command: Say) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(command("history", "t1", "--json"))["points"]
    return found


def test_what_each_turn_did_and_back_to_before_it(house: House, command: Say) -> None:
    house.task(
        "Work",
        ["$ printf 'one\\n' > file; echo first > new; git add file", "Done."],
        ["$ printf 'two\\n' > file; rm new; git commit -qam 'Second'", "Done."],
    )
    house.settle()
    assert "+one\n" in command("history", "t1", "--turn"), "the first is told from where it began"
    house.act("say", "t1", "Go on.")
    house.settle()
    first, second = points(command)
    assert first["files"] == second["files"] == ["file", "new"]
    assert (first["why"], second["why"]) == ("After turn 1", "After turn 2")
    assert (second["added"], second["removed"]) == (1, 2)
    assert "-one\n+two\n" in command("history", "t1", "--turn")
    assert command("history", "t1", "--show", "1", "new") == "first\n"
    assert "After turn 2" in command("history", "t1")
    tree = Path(house.of("t1").worktree or "")
    index = (house.repo / ".git/worktrees" / tree.name / "index").read_bytes()
    offered = house.state.tasks["t1"].offered
    house.act("put_back", "t1", first["commit"])
    house.settle()
    assert (tree / "file").read_text() == "one\n"
    assert (tree / "new").read_text() == "first\n"
    assert (house.repo / ".git/worktrees" / tree.name / "index").read_bytes() == index
    task = house.state.tasks["t1"]
    assert task.state is TaskState.REVIEW
    assert task.offered != offered
    assert house.state.sessions["s1"].restoring is None
    assert points(command)[-1]["why"].startswith("Put back as at")
    house.act("put_back", "t1", points(command)[1]["commit"])
    house.settle()
    assert (tree / "file").read_text() == "two\n"
    assert not (tree / "new").exists()
    assert len(house.facts(e.Restored)) == 2


def test_a_busy_one_is_not_touched(house: House) -> None:
    house.task("Work", ["$ echo x > file", "Done."], [f"$ {waiting(house.gate())}", "Done."])
    house.settle()
    commit = house.of("t1").commit or ""
    with house.running():
        house.act("say", "t1", "Go on.")
        house.until(lambda s: s.live["s1"].state is SessionState.BUSY)
        with pytest.raises(Refused, match="its files are its agent's now"):
            house.act("put_back", "t1", commit)
        house.gate().touch()
        house.until_task("t1", TaskState.REVIEW)


def test_a_change_in_between_is_not_overwritten(house: House) -> None:
    """What cannot be put back says so, and changes nothing."""
    house.task("Work", ["$ echo x > file", "Done."])
    house.settle()
    house.act("put_back", "t1", "0" * 40)
    house.settle()
    (refused,) = house.facts(e.RestoreRefused)
    assert "not a commit" in refused.why
    assert (Path(house.of("t1").worktree or "") / "file").read_text() == "x\n"
