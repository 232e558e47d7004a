"""Landing where it is hard: conflicts, moved targets, dirty checkouts, changes after approval."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from conductor import acts
from conductor import events as e
from conductor.state import TaskState
from tests.runner.house import House, soon, waiting
from tests.runner.offered import offered

MERGE = [
    "$ git commit -qam mine; git merge -q main; printf 'one\\nboth\\nthree\\n' > README",
    "$ git commit -qam merged",
    "Merged.",
]


def edits(word: str, *more: list[str]) -> list[list[str]]:
    return [[f"$ sed -i 's/two/{word}/' README", "Done."], *more]


@pytest.mark.parametrize(
    ("how", "commits"),
    [
        ("squash", ["Second", "First"]),
        pytest.param("merge", ["Second", "First"], marks=pytest.mark.long),
        ("rebase", None),
    ],
)
def test_the_second_of_two_on_the_same_lines_goes_back_and_lands(
    house: House, how: str, commits: list[str] | None
) -> None:
    house.wishes(landing=how)
    house.task("First", *edits("ours"))
    house.task("Second", *edits("theirs", MERGE))
    house.settle()
    house.act("approve", "t1")
    house.act("approve", "t2")
    state = house.settle()
    assert state.tasks["t1"].state is TaskState.LANDED
    failed = house.facts(e.LandingFailed)
    assert [(one.task, one.kind, one.files) for one in failed] == [("t2", "conflict", ("README",))]
    told = house.prompts("s2")[1]
    assert "<<<<<<<" in told
    assert "ours" in told
    assert "theirs" in told
    assert state.tasks["t2"].state is TaskState.REVIEW
    house.act("approve", "t2")
    task = house.settle().tasks["t2"]
    if how == "rebase":  # its own commits conflict one by one: said clearly, nothing changed
        assert task.state is TaskState.REVIEW
        assert 'landing = "squash"' in (task.why or "")
        return
    assert task.state is TaskState.LANDED
    assert house.log()[:2] == commits
    assert house.shown("README") == "one\nboth\nthree"
    assert house.git("status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("how", "subjects", "parents"),
    [
        ("squash", ["Write a and b", "Say how to work here"], 1),
        ("merge", ["Write a and b", "Say how to work here"], 2),
        ("rebase", ["Write a and b", "b", "a", "Say how to work here"], 1),
    ],
)
def test_commits_of_the_agent_land_as_the_repository_asks(
    house: House, how: str, subjects: list[str], parents: int
) -> None:
    house.wishes(landing=how)
    commits = "$ " + "; ".join(f"echo {x} > {x}; git add {x}; git commit -qm {x}" for x in "ab")
    house.task("Write a and b", [commits, "$ echo c > c", "Done."])
    house.settle()
    house.act("approve", "t1")
    assert house.settle().tasks["t1"].state is TaskState.LANDED
    assert house.log()[: len(subjects)] == subjects
    assert len(house.git("rev-list", "--parents", "-1", "main").split()) == parents + 1
    assert house.git("ls-tree", "--name-only", "main").split() == [
        "README",
        "a",
        "b",
        "c",
        "conductor.toml",
    ]


def test_a_change_after_the_approval_makes_it_void(house: House) -> None:
    house.task("Write a", ["$ echo a > a", "Done."])
    house.settle()
    (house.repo / house.of("t1").worktree / "a").write_text("sneaked in\n")
    house.act("approve", "t1")
    task = house.settle().tasks["t1"]
    assert task.state is TaskState.REVIEW
    assert task.why == "Its worktree changed after you approved it: read it again, then approve."
    assert house.log() == ["Begin"]


def test_a_landing_waits_for_a_dirty_checkout_and_lands_when_it_is_clean(house: House) -> None:
    house.task("Edit", *edits("ours"))
    house.settle()
    (house.repo / "README").write_text("mine\n")
    house.act("approve", "t1")
    with house.running():
        parked = house.until(lambda s: s.tasks["t1"].why and s.tasks["t1"])
        assert parked.state is TaskState.LANDING
        assert "changes that are not committed: README" in parked.why
        seen = len(house.journal)
        house.git("checkout", "-q", "README")
        house.until_task("t1", TaskState.LANDED)
    assert len(house.facts(e.LandingParked)) == 1
    assert len(house.journal) - seen < 8
    assert house.shown("README") == "one\nours\nthree"


def test_a_parked_landing_can_still_be_taken_back(house: House) -> None:
    house.task("Edit", *edits("ours"))
    house.settle()
    (house.repo / "README").write_text("mine\n")
    house.act("approve", "t1")
    assert house.settle().tasks["t1"].state is TaskState.LANDING
    house.act("reject", "t1", "No.")
    assert house.settle().tasks["t1"].state is TaskState.REJECTED
    assert (house.repo / "README").read_text() == "mine\n"


def test_an_untracked_file_in_the_way_is_never_overwritten(house: House) -> None:
    house.task("Write a", ["$ echo theirs > a", "Done."])
    house.settle()
    (house.repo / "a").write_text("precious\n")
    house.act("approve", "t1")
    task = house.settle().tasks["t1"]
    assert task.state is TaskState.LANDING
    assert "a" in (task.why or "")
    assert (house.repo / "a").read_text() == "precious\n"
    assert house.log() == ["Begin"]


def test_a_target_that_nobody_has_checked_out_moves_alone(house: House) -> None:
    house.wishes(target="stable")
    house.git("branch", "stable")
    house.task("Write a", ["$ echo a > a", "Done."])
    house.settle()
    house.act("approve", "t1")
    assert house.settle().tasks["t1"].state is TaskState.LANDED
    assert house.log("stable") == ["Write a", "Say how to work here", "Begin"]
    assert not (house.repo / "a").exists()


def test_a_person_who_commits_meanwhile_loses_nothing(house: House) -> None:
    go, checking = house.gate("go"), house.gate("checking")
    house.wishes(verify=f"touch {checking}; {waiting(go)}")
    go.touch()
    house.task("Write a", ["$ echo a > a", "Done."])
    house.settle()
    house.commit("Mine first", x="x\n")  # so that the merged tree is a new one and is checked
    go.unlink()
    checking.unlink(missing_ok=True)
    house.act("approve", "t1")
    with house.running():
        soon(checking.exists)
        house.commit("Mine meanwhile", y="y\n")
        go.touch()
        house.until_task("t1", TaskState.LANDED)
    assert house.log()[:3] == ["Write a", "Mine meanwhile", "Mine first"]
    assert house.git("status", "--porcelain") == ""


def test_a_check_that_fails_only_after_the_merge_goes_back(house: House) -> None:
    house.wishes(verify="test ! -e a || test ! -e x")
    house.task("Write a", ["$ echo a > a", "Done."], ["$ git rm -q x; rm -f a; echo b > b", "Now."])
    house.settle()
    house.commit("Mine", x="x\n")
    house.act("approve", "t1")
    house.settle()
    assert [one.kind for one in house.facts(e.LandingFailed)] == ["verify"]
    assert "merged onto the newest target" in house.prompts("s1")[1]
    assert "git merge main" in house.prompts("s1")[1]
    assert house.log()[0] == "Mine"


def test_what_the_target_holds_already_lands_as_nothing(house: House) -> None:
    house.task("Write a", ["$ echo a > a", "Done."])
    house.settle()
    house.commit("The same by hand", a="a\n")
    house.act("approve", "t1")
    task = house.settle().tasks["t1"]
    assert (task.state, task.why) == (TaskState.LANDED, "main holds all of it already.")
    assert house.log() == ["The same by hand", "Begin"]


def _landed(house: House, title: str, **files: str) -> str:
    task = offered(house, title, dict(files))
    house.act("approve", task)
    assert house.settle().tasks[task].state is TaskState.LANDED
    return task


@pytest.mark.parametrize("how", ["squash", "merge", "rebase"])
def test_an_undo_after_others_came_is_a_commit_that_reverts_and_can_land_again(
    house: House, how: str
) -> None:
    house.wishes(landing=how, verify="test -e README")
    task = _landed(house, "Write a", a="a\n", README="one\n2\nthree\n")
    house.commit("Mine", x="x\n")
    house.act("undo", task)
    undone = house.settle().tasks[task]
    assert (undone.state, undone.why) == (
        TaskState.REVIEW, "Its landing on main was undone.",
    )  # fmt: skip
    assert house.log()[:2] == ['Revert "Write a"', "Mine"]
    assert house.git("ls-tree", "--name-only", "main").split() == ["README", "conductor.toml", "x"]
    assert house.shown("README") == "one\ntwo\nthree"
    assert house.git("status", "--porcelain") == ""
    house.act("approve", task)
    assert house.settle().tasks[task].state is TaskState.LANDED
    assert house.shown("a") == "a"
    assert house.shown("README") == "one\n2\nthree"
    house.act("undo", task)
    house.settle()
    assert house.log()[0] == 'Revert "Write a"'  # exactly: as if it had not been approved again


def test_landing_again_after_an_undo_takes_nothing_of_others_along(house: House) -> None:
    one, two = [offered(house, f"Add {x}", {x: "x\n"}) for x in "ab"]
    for task in (one, two):  # the second was begun before the first had landed
        house.act("approve", task)
        house.settle()
    house.commit("Mine", mine="x\n")
    house.act("undo", two)
    house.settle()
    house.act("approve", two)
    house.settle()
    assert house.log()[:2] == ["Add b", 'Revert "Add b"']
    assert house.git("ls-tree", "--name-only", "main").split() == ["README", "a", "b", "mine"]


def test_an_undo_that_conflicts_becomes_a_task_which_takes_it_back(house: House) -> None:
    task = _landed(house, "Write a", README="one\n2\nthree\n")
    house.commit("Mine", README="one\nzwei\nthree\n")
    house.act("undo", task)
    with house.running():
        house.until(lambda s: not s.undos)
    state = house.state
    assert state.tasks[task].state is TaskState.LANDED
    assert "t2 was added to the queue" in (state.tasks[task].why or "")
    made = state.tasks["t2"]
    assert (made.title, made.undoes) == ("Take back Write a", task)
    assert "<<<<<<<" in house.journal.text(made.told)
    assert house.log()[0] == "Mine"
    house.act("undo", task)
    with house.running():
        house.until(lambda s: not s.undos)
    assert (house.state.tasks[task].why or "").endswith("t2 takes it back.")
    assert "t3" not in house.state.tasks


def test_a_landing_that_was_pushed_is_reverted_and_never_forced_away(house: House) -> None:
    task = _landed(house, "Write a", a="a\n")
    landed = house.git("rev-parse", "main")
    house.git("update-ref", "refs/remotes/origin/main", landed)
    house.act("undo", task)
    assert house.settle().tasks[task].state is TaskState.REVIEW
    assert house.log() == ['Revert "Write a"', "Write a", "Begin"]


def test_an_undo_whose_check_fails_becomes_a_task_too(house: House) -> None:
    house.wishes(verify="test -e a || test ! -e x")
    task = _landed(house, "Write a", a="a\n")
    house.commit("Needs a", x="x\n")
    house.act("undo", task)
    with house.running():
        house.until(lambda s: not s.undos)
    assert "t2 was added to the queue" in (house.state.tasks[task].why or "")
    assert house.log()[0] == "Needs a"


def test_an_undo_is_refused_on_a_dirty_checkout(house: House) -> None:
    house.task("Write a", ["$ echo a > a", "Done."])
    house.settle()
    house.act("approve", "t1")
    house.settle()
    (house.repo / "README").write_text("mine\n")
    house.act("undo")
    task = house.settle().tasks["t1"]
    assert task.state is TaskState.LANDED
    assert "not committed: README" in (task.why or "")
    assert "then land again" not in (task.why or "")
    assert house.log() == ["Write a", "Begin"]
    assert (house.repo / "README").read_text() == "mine\n"


def test_in_the_moment_of_landing_nothing_can_be_taken_back(house: House) -> None:
    house.task("Write a", ["$ echo a > a", "Done."])
    house.settle()
    house.act("approve", "t1")
    main = house.git("rev-parse", "main")
    house.journal.append(e.LandingStarted("t1", "main", main, house.of("t1").commit))
    for act in (("cancel", "t1"), ("reject", "t1", "No."), ("send_back", "t1", "More.")):
        with pytest.raises(acts.Refused, match="landing at this very moment"):
            house.act(*act)
    assert house.settle().tasks["t1"].state is TaskState.LANDED


def test_a_worktree_that_its_agent_broke_keeps_no_other_change_from_landing(house: House) -> None:
    house.task("Break", ["$ echo a > a", "Done."])
    house.task("Third", ["$ echo c > c", "Done."])
    house.task("Lost", ["$ echo b > b; rm .git", "Done."])
    with house.running():
        house.until_task("t1", TaskState.REVIEW)
        house.until_task("t2", TaskState.REVIEW)
        house.until(lambda state: "s3 turn" in state.troubles)
        os.unlink(Path(house.of("t1").worktree or "", ".git"))
        house.act("approve", "t1")
        house.act("approve", "t2")
        house.until_task("t2", TaskState.LANDED)
        task = house.until_task("t1", TaskState.REVIEW)
        assert "worktree repair" in (task.why or "")
        assert house.shown("c") == "c"


def test_what_was_built_on_an_undone_landing_does_not_bring_it_back(house: House) -> None:
    first = _landed(house, "Write a", a="a\n")
    second = offered(house, "Write b", {"b": "b\n"})
    house.act("undo", first)
    house.settle()
    assert house.log() == ["Begin"]
    house.act("approve", second)
    task = house.settle().tasks[second]
    assert task.state is TaskState.REVIEW
    assert f"It was built on {first}, whose landing was undone" in (task.why or "")
    house.act("approve", first)
    house.settle()
    house.act("approve", second)
    assert house.settle().tasks[second].state is TaskState.LANDED
    assert house.log() == ["Write b", "Write a", "Begin"]


def test_a_landing_may_leave_a_dirty_checkout_behind_as_it_is(house: House) -> None:
    task = offered(house, "Edit", {"README": "theirs\n"})
    (house.repo / "README").write_text("mine\n")
    house.act("approve", task)
    why = house.settle().tasks[task].why or ""
    assert f"name the target in conductor.toml, then conductor land {task} --leave-c" in why
    house.act("leave_checkout", task)
    assert 'target = "main"' in (house.settle().tasks[task].why or "")
    assert house.git("symbolic-ref", "HEAD") == "refs/heads/main"
    house.act("reject", task, "Once more, with a target.")
    house.git("checkout", "-q", "README")
    house.wishes(target="main")
    task = offered(house, "Edit", {"README": "theirs\n"})
    (house.repo / "README").write_text("mine\n")
    (house.repo / "staged").write_text("staged\n")
    house.git("add", "staged")
    before = house.git("rev-parse", "main")
    house.act("approve", task)
    why = house.settle().tasks[task].why or ""
    assert f"conductor land {task} --leave-checkout" in why
    seen = house.git("status", "--porcelain")
    house.act("leave_checkout", task)
    landed = house.settle().tasks[task]
    assert landed.state is TaskState.LANDED
    assert "on the branch main-kept-1" in (landed.why or "")
    assert house.shown("README") == "theirs"
    assert house.git("symbolic-ref", "HEAD") == "refs/heads/main-kept-1"
    assert house.git("rev-parse", "main-kept-1") == before
    assert house.git("status", "--porcelain") == seen
    assert (house.repo / "README").read_text() == "mine\n"
    house.git("stash", "-q")
    house.git("switch", "-q", "main")
    house.git("stash", "pop", "-q", ok=False)
    assert "<<<<<<<" in (house.repo / "README").read_text()  # both, for the person to settle


def test_a_checkout_with_a_merge_under_way_is_not_left_behind(house: House) -> None:
    house.wishes(target="main")
    task = offered(house, "Edit", {"README": "theirs\n"})
    (house.repo / "README").write_text("mine\n")
    house.act("approve", task)
    house.settle()
    (house.repo / ".git" / "MERGE_HEAD").write_text(house.git("rev-parse", "main") + "\n")
    house.act("leave_checkout", task)
    parked = house.settle().tasks[task]
    assert parked.state is TaskState.LANDING
    assert "A merge is under way" in (parked.why or "")
