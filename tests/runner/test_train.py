"""Trains: changes checked at once, each on what is ahead of it; one that breaks stops none."""

from __future__ import annotations

from pathlib import Path

from conductor import events as e
from conductor.state import TaskState
from conductor.terminals import processes
from tests.runner.house import House, soon, waiting
from tests.runner.offered import offered

LANDED, REVIEW = TaskState.LANDED, TaskState.REVIEW


def wish(house: House, verify: str, parallel: int = 4, **more: object) -> None:
    """Write the repository's conductor.toml with a [landing] table."""
    lines = [f"verify = {verify!r}", "[landing]", f"parallel = {parallel}"]
    lines += [f"{key} = {str(one).lower() if isinstance(one, bool) else repr(one)}"
              for key, one in more.items()]  # fmt: skip
    (house.repo / "conductor.toml").write_text("\n".join(lines) + "\n")
    house.commit("Say how to work here")


def approve(house: House, *tasks: str) -> None:
    for one in tasks:
        house.act("approve", one)


def states(house: House) -> dict[str, TaskState]:
    return {task.id: task.state for task in house.state.tasks.values()}


def test_four_are_checked_at_once_and_land_in_order(house: House) -> None:
    here = house.gate("here")
    here.mkdir()
    # Each check waits until all four have begun: one after the other, none would ever end.
    together = f"touch {here}/$$; until [ $(ls {here} | wc -l) -ge 4 ]; do sleep 0.02; done"
    wish(house, together)
    approve(house, *[offered(house, f"Add {x}", {x: f"{x}\n"}) for x in "abcd"])
    house.settle()
    assert house.log()[:4] == ["Add d", "Add c", "Add b", "Add a"]
    starts = [one for one in house.facts(e.LandingStarted) if one.commit is None]
    assert starts[-1].ahead == ("t1", "t2", "t3")
    assert [len(house.git("ls-tree", "--name-only", f"main~{n}").split()) for n in range(4)] == [
        6, 5, 4, 3,
    ]  # fmt: skip
    assert house.git("status", "--porcelain") == ""


def test_only_the_culprit_in_the_middle_goes_back(house: House) -> None:
    wish(house, "test ! -e bad || test -e README.md")
    tasks = [offered(house, f"Add {x}", {x: "x\n"}) for x in ("a", "b", "bad", "c", "d")]
    approve(house, *tasks)
    house.settle()
    assert states(house) == dict(zip(tasks, [LANDED, LANDED, REVIEW, LANDED, LANDED], strict=True))
    assert house.log()[:4] == ["Add d", "Add c", "Add b", "Add a"]
    assert [(one.task, one.kind) for one in house.facts(e.LandingFailed)] == [("t3", "verify")]
    assert "bad" not in house.git("ls-tree", "--name-only", "main").split()


def test_two_that_pass_alone_and_fail_together_cost_only_the_second(house: House) -> None:
    wish(house, "test ! -e a || test ! -e b")
    approve(house, *[offered(house, f"Add {x}", {x: "x\n"}) for x in "abc"])
    house.settle()
    assert states(house) == {"t1": LANDED, "t2": REVIEW, "t3": LANDED}


def test_who_conflicts_with_those_ahead_waits_for_them_and_then_goes_back(house: House) -> None:
    go = house.gate("go")
    wish(house, waiting(go))
    one = offered(house, "One", {"README": "one\n1\nthree\n"})
    two = offered(house, "Two", {"README": "one\n2\nthree\n"})
    three = offered(house, "Three", {"c": "c\n"})
    approve(house, one, two, three)
    with house.running():
        held = house.until(lambda s: s.tasks[two].ahead and s.tasks[two])
        assert (held.state, held.ahead, held.merged) == (TaskState.LANDING, (one,), None)
        house.until(lambda s: s.tasks[three].merged)
        go.touch()
        house.until_task(two, REVIEW)
        house.until_task(three, LANDED)
    assert house.log()[:2] == ["One", "Three"]  # approved together: what clashes least goes first
    assert [(f.task, f.kind, f.files) for f in house.facts(e.LandingFailed)] == [
        (two, "conflict", ("README",))
    ]


def test_a_check_that_passes_when_run_again_is_flaky_and_lands(house: House) -> None:
    once = house.gate("once")
    wish(house, f"test -e {once} || {{ touch {once}; exit 3; }}")
    approve(house, offered(house, "Add a", {"a": "a\n"}))
    task = house.settle().tasks["t1"]
    assert task.state is LANDED
    assert task.checked is not None
    assert task.checked.flaky
    assert [(one.ok, one.code, one.flaky) for one in house.facts(e.VerifyFinished)] == [
        (False, 3, False), (True, 0, True),
    ]  # fmt: skip


def test_a_target_forced_elsewhere_meanwhile_is_taken_as_it_is(house: House) -> None:
    go, checking = house.gate("go"), house.gate("checking")
    wish(house, f"touch {checking}; {waiting(go)}")
    house.commit("Will be gone", x="x\n")
    tasks = [offered(house, f"Add {x}", {x: "x\n"}, base="main~1") for x in "ab"]
    approve(house, *tasks)
    with house.running():
        soon(checking.exists)
        house.git("reset", "-q", "--hard", "main~1")
        house.commit("Another", y="y\n")
        go.touch()
        for one in tasks:
            house.until_task(one, LANDED)
    assert house.log()[:3] == ["Add b", "Add a", "Another"]
    assert "x" not in house.git("ls-tree", "--name-only", "main").split()
    assert house.git("status", "--porcelain") == ""


def test_one_taken_back_while_it_is_checked_keeps_nobody(house: House) -> None:
    go, checking = house.gate("go"), house.gate("checking")
    wish(house, f"touch {checking}; test -e a || exit 0; {waiting(go)}")
    one, two = [offered(house, f"Add {x}", {x: "x\n"}) for x in "ab"]
    approve(house, one, two)
    with house.running():
        soon(checking.exists)
        house.act("reject", one, "No.")
        house.until_task(two, LANDED)  # its first check, on top of the other, is given up
    assert house.log()[0] == "Add b"
    assert states(house)[one] is TaskState.REJECTED


def test_what_comes_after_another_waits_for_it_even_if_that_was_taken_back(house: House) -> None:
    one = offered(house, "One", {"a": "a\n"})
    two = offered(house, "Two", {"b": "b\n"}, after=(one,))
    house.journal.append(e.TaskReleased(two))
    approve(house, two)
    task = house.settle().tasks[two]
    assert (task.state, task.why) == (
        TaskState.LANDING, "It comes after t1, which has not landed yet.",
    )  # fmt: skip
    approve(house, one)
    house.settle()
    assert house.log()[:2] == ["Two", "One"]


def test_words_and_co_author_as_the_repository_asks(house: House) -> None:
    words = "{task}: {title} [{agent}]"
    wish(house, "true", message=words, co_author=True)
    approve(house, offered(house, "Add a {session}", {"a": "a\n"}))
    house.settle()
    assert house.git("log", "-1", "--format=%B", "main") == (
        "t1: Add a {session} [builtin]\n\nCo-authored-by: builtin <builtin@agents.invalid>"
    )
    assert house.git("log", "-1", "--format=%an <%ae> %cn", "main") == "Ada <ada@example.org> Ada"


def test_a_runner_asked_to_leave_ends_its_checks_and_the_next_one_begins_them_anew(
    house: House,
) -> None:
    go, checking = house.gate("go"), house.gate("checking")
    wish(house, f"touch {checking}; {waiting(go)}")
    approve(house, *[offered(house, f"Add {x}", {x: "x\n"}) for x in "ab"])
    with house.running():
        soon(checking.exists)
    folders = list(Path(house.places.worktrees).glob("*/check-*"))
    assert folders
    assert not [one for one in folders if processes.marked(f"CONDUCTOR_CHECK={one}")]
    go.touch()
    house.settle()
    assert house.log()[:2] == ["Add b", "Add a"]
