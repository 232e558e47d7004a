"""Agents that get into each other's way are told of while they work."""

from __future__ import annotations

import json
from pathlib import Path

from conductor import events as e
from conductor.state import SessionState, State, TaskState
from tests.runner.conftest import Say
from tests.runner.house import House, soon, waiting


def at_the_gate(house: House, *sessions: str) -> None:
    def come(state: State) -> bool:
        return all(
            one in state.live
            and state.live[one].state is SessionState.BUSY
            and house.said(one, "result")
            for one in sessions
        )

    house.until(come)


def test_two_that_change_the_same_file_are_told_and_told_again_when_it_is_over(
    house: House, command: Say
) -> None:
    for number in (1, 2, 3):
        gate = waiting(house.gate())
        house.task(f"Work {number}", [f"$ echo {number} > own{number}", f"$ {gate}", "Done."])
    with house.running():
        at_the_gate(house, "s1", "s2", "s3")
        trees = [Path(house.of(f"t{number}").worktree or "") for number in (1, 2, 3)]
        (trees[0] / "README").write_text("ONE\ntwo\nthree\n")
        (trees[1] / "README").write_text("one\ntwo\nTHREE\n")
        seen = house.until(lambda s: s.overlaps.get("s1 s2"))
        assert (seen.files, seen.conflicts, seen.count) == (("README",), (), 1)
        (trees[1] / "README").write_text("1\ntwo\nTHREE\n")
        house.until(lambda s: s.overlaps["s1 s2"].conflicts == ("README",))
        assert "t1 and t2 would conflict in README" in command("overlaps")
        lines = command("overlaps", "t1", "t2").splitlines()
        assert lines[:6] == [
            "=== README ===", "<<<<<<< t1", "ONE", "=======", "1", ">>>>>>> t2",
        ]  # fmt: skip
        (found,) = json.loads(command("overlaps", "--json"))["overlaps"]
        assert (found["tasks"], found["conflicts"]) == (["t1", "t2"], ["README"])
        (trees[1] / "deep" / "er").mkdir(parents=True)
        (trees[1] / "deep" / "er" / "file").write_text("x")
        (trees[2] / "deep" / "er").mkdir(parents=True)
        (trees[2] / "deep" / "er" / "file").write_text("x")
        house.until(lambda s: s.overlaps.get("s2 s3"))
        (trees[0] / "README").write_text("one\ntwo\nthree\n")
        house.until(lambda s: "s1 s2" not in s.overlaps)
        count = len(house.facts(e.OverlapSeen))
        house.gate().touch()
        for number in (1, 2, 3):
            house.until_task(f"t{number}", TaskState.REVIEW)
        assert house.state.overlaps.keys() == {"s2 s3"}
        house.act("reject", "t2", "No.")
        house.until(lambda s: not s.overlaps)
        assert len(house.facts(e.OverlapSeen)) == count


def test_what_changed_while_git_could_not_look_is_seen_afterwards(house: House) -> None:
    for number in (1, 2):
        gate = waiting(house.gate())
        house.task(f"Work {number}", [f"$ echo {number} > own{number}", f"$ {gate}", "Done."])
    log = Path(house.places.logs) / "runner.log"
    with house.running():
        at_the_gate(house, "s1", "s2")
        one, two = (Path(house.of(task).worktree or "") for task in ("t1", "t2"))
        (two / "README").write_text("one\ntwo\nTHREE\n")
        index = Path(house.git("rev-parse", "--absolute-git-dir", at=one)) / "index"
        good = index.read_bytes()
        index.write_bytes(b"no index")
        # Not of the same size: the index comes back later than git itself would have written it.
        (one / "README").write_text("FIRST\ntwo\nthree\n")
        soon(lambda: "s1 was not looked at" in log.read_text())
        index.write_bytes(good)
        (one / "another").write_text("x")
        house.until(lambda s: s.overlaps.get("s1 s2"))
