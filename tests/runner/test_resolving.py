"""Conflicts settled by hand, or by another agent, instead of by the one whose change it is."""

from __future__ import annotations

import os
import shutil

import pytest

from conductor import acts
from conductor import events as e
from conductor.state import State, TaskState
from tests.runner.house import House


def _conflict(house: House, leave: str = "") -> tuple[str, str]:
    """Bring a change to review whose target has moved on; return both sides' commits."""
    commit = "; git commit -qam mine" if leave != "uncommitted" else ""
    house.task("Edit", [f"$ sed -i 's/two/zwei/' README; echo n > new{commit}", "Done."], ["Hm."])
    house.settle()
    onto = house.commit("Mine", README="one\ndeux\nthree\n")
    return onto, house.state.tasks["t1"].offered or ""


def _written(house: House, text: str) -> dict[str, str]:
    file = house.folder / "settled"
    file.write_text(text)
    return {"README": str(file)}


@pytest.mark.parametrize("leave", ["committed", "uncommitted"])
def test_what_the_person_wrote_is_merged_checked_and_offered_anew(house: House, leave: str) -> None:
    house.wishes(verify="test -e new")
    onto, change = _conflict(house, leave)
    acts.resolve(house.journal, "t1", onto, change, _written(house, "one\nzwei, deux\nthree\n"))
    with pytest.raises(acts.Refused, match="being merged just now"):
        house.act("approve", "t1")
    task = house.settle().tasks["t1"]
    assert task.state is TaskState.REVIEW
    assert task.offered != change
    assert task.checked is not None
    assert task.checked.commit == task.offered
    tree = house.of("t1").worktree or ""
    assert (house.repo / tree / "README").read_text() == "one\nzwei, deux\nthree\n"
    assert house.git("status", "--porcelain", at=house.repo / tree) == ""
    assert house.git("rev-parse", "HEAD^2", at=house.repo / tree) == onto
    house.act("approve", "t1")
    assert house.settle().tasks["t1"].state is TaskState.LANDED
    assert house.shown("README") == "one\nzwei, deux\nthree"
    assert house.shown("new") == "n"


def test_a_file_whose_name_is_no_text_is_settled(house: House) -> None:
    odd = os.fsdecode(b"odd\xff")
    house.commit("Odd", **{odd: "two\n"})
    house.task("Edit", ["$ echo zwei > odd*", "Done."])
    house.settle()
    onto, change = house.commit("Mine", **{odd: "deux\n"}), house.state.tasks["t1"].offered or ""
    acts.resolve(house.journal, "t1", onto, change, {odd: _written(house, "both\n")["README"]})
    house.settle()
    tree = house.repo / (house.of("t1").worktree or "")
    assert (tree / odd).read_text() == "both\n", house.story()


def test_a_worktree_that_changed_meanwhile_is_left_alone(house: House) -> None:
    onto, change = _conflict(house)
    tree = house.repo / (house.of("t1").worktree or "")
    (tree / "new").write_text("more\n")
    settled = _written(house, "one\nboth\nthree\n")
    acts.resolve(house.journal, "t1", onto, change, settled)
    task = house.settle().tasks["t1"]
    assert "has changed since you began" in (task.why or "")
    assert settled["README"] in (task.why or "")
    assert (tree / "new").read_text() == "more\n"
    assert "zwei" in (tree / "README").read_text()


def test_cut_off_after_the_worktree_moved_it_is_only_said(house: House) -> None:
    onto, change = _conflict(house)
    acts.resolve(house.journal, "t1", onto, change, _written(house, "one\nboth\nthree\n"))
    asked = house.journal.fact(house.state.tasks["t1"].resolved)
    house.settle()
    first = house.facts(e.ConflictResolved)[0].commit
    house.journal.append(e.ReviewReady("t1", "s1", change), asked)  # as if it had never been said
    house.settle()
    assert [one.commit for one in house.facts(e.ConflictResolved)] == [first, first]


def test_another_agent_merges_it_and_the_first_task_is_over(house: House) -> None:
    onto, change = _conflict(house)
    made = acts.resolve_by_agent(house.journal, "t1", "main", change)
    with pytest.raises(acts.Refused, match="a task already"):
        acts.resolve_by_agent(house.journal, "t1", "main", change)
    merge = (
        f"$ git merge -q {change}; printf 'one\\nboth\\nthree\\n' > README; git commit -qam both"
    )
    script = house.script([merge, "Merged."])
    shutil.copy(script.partition(":")[2], house.folder / "none.toml")

    def offered(state: State) -> bool:
        return state.tasks[made].state is TaskState.REVIEW

    with house.running():
        house.until(offered)
        house.act("approve", made)
        house.until_task(made, TaskState.LANDED)
    task = house.state.tasks["t1"]
    assert (task.state, task.why) == (TaskState.CANCELLED, f"It landed as part of {made}.")
    assert house.shown("README") == "one\nboth\nthree"
    assert house.shown("new") == "n"
    assert house.git("rev-parse", "main^") == onto
