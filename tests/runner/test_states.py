"""A person's acts on a session in every state: say, stop, cancel, retry."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from conductor import acts
from conductor import events as e
from conductor.runner.checks import Checks
from conductor.runner.forking import Forking
from conductor.runner.launching import Launching
from conductor.runner.lending import Lending
from conductor.runner.pooling import Pooling
from conductor.runner.reach import Reach
from conductor.runner.sightings import Sightings
from conductor.runner.turns import Turns
from conductor.state import State, TaskState
from conductor.terminals.beside import open_alone
from tests.runner.house import House, soon, waiting


def _setting_up(house: House) -> None:
    house.wishes(setup=f"touch {house.gate('setting-up')}; sleep 60")
    house.task("Work", ["Done."])


def _busy(house: House) -> None:
    house.task("Work", ["$ echo half > half", f"$ {waiting(house.gate())}", "Done."], ["More."])


def _waiting(house: House) -> None:
    house.task("Work", ["$ echo half > half", "? Which?", "Done."], ["More."])


def _limited(house: House) -> None:
    house.task("Work", ["$ echo half > half", {"limit": 1e6}, "Done."], ["More."])


def _review(house: House) -> None:
    house.task("Work", ["$ echo half > half", "Done."], ["More."])


def _there(house: House, name: str) -> Callable[[State], bool]:
    def come(state: State) -> bool:
        if name == "setting-up":
            return house.gate("setting-up").exists()
        if name == "review":
            return state.tasks["t1"].state is TaskState.REVIEW
        half = any(entry["type"] == "result" for entry in house.said("s1")) if _began(state) else 0
        return bool(half) and state.live["s1"].state.value == name

    return come


def _began(state: State) -> bool:
    return "s1" in state.live and state.live["s1"].ready


STATES = {
    "setting-up": _setting_up,
    "busy": _busy,
    "waiting": _waiting,
    "limited": _limited,
    "review": _review,
}


@pytest.mark.parametrize("name", STATES)
def test_a_task_is_cancelled_whatever_its_agent_does(house: House, name: str) -> None:
    STATES[name](house)
    with house.running():
        house.until(_there(house, name))
        house.act("cancel", "t1")
        house.until(lambda s: not s.live)
        house.until(lambda s: not house.left())
    task = house.state.tasks["t1"]
    assert task.state is TaskState.CANCELLED
    assert not house.state.troubles
    if name != "setting-up":  # what it had done is kept
        assert house.shown("half", "refs/conductor/sessions/s1") == "half"


@pytest.mark.parametrize("name", STATES)
def test_an_agent_is_stopped_whatever_it_does_and_can_go_on(house: House, name: str) -> None:
    STATES[name](house)
    with house.running():
        house.until(_there(house, name))
        house.act("stop", "t1")
        house.until(lambda s: not s.live)
        assert not house.left()
        if name == "setting-up":
            task = house.until_task("t1", TaskState.FAILED)
            assert task.why == "You stopped it before it had begun."
            with pytest.raises(acts.Refused, match="never got going"):
                house.act("say", "t1", "Go on.")
            return
        task = house.until_task("t1", TaskState.REVIEW)
        if name != "review":
            assert task.why == "You stopped its agent; this is what it had done."
        assert house.of("t1").files == ("half",)
        house.gate().touch()
        house.act("send_back", "t1", "Go on.")
        if name == "limited":  # it holds for whoever goes on, and its time has not come
            house.until(_there(house, name))
            return
        house.until(lambda s: s.tasks["t1"].state is TaskState.REVIEW and s.sessions["s1"].live)
    assert house.prompts("s1") == ["Work", "Go on."]
    assert house.of("t1").launches == 2


def test_words_said_before_a_stop_do_not_start_the_agent_again(house: House) -> None:
    _busy(house)
    with house.running():
        house.until(_there(house, "busy"))
        house.act("say", "t1", "And then more.")
        house.act("stop", "t1")
        house.until_task("t1", TaskState.REVIEW)
        house.until(lambda s: not s.live)
    assert house.of("t1").launches == 1


def test_words_said_while_an_agent_works_come_after_its_turn(house: House) -> None:
    _busy(house)
    with house.running():
        house.until(_there(house, "busy"))
        house.act("say", "t1", "And then more.")
        house.act("say", "t1", "And then even more.")
        house.gate().touch()
        house.until_task("t1", TaskState.REVIEW)
    assert house.prompts("s1") == ["Work", "And then more.", "And then even more."]


def test_the_persons_own_shell_outlives_the_agent_beside_it(house: House) -> None:
    _review(house)
    with house.running():
        house.until(_there(house, "review"))
        worktree = Path(house.of("t1").worktree or "")
        pid = worktree / "pid"
        house.tmux.shell_window("s1", worktree, ("sh", "-c", "echo $$ > pid; exec sleep 100"))
        soon(lambda: pid.exists() and pid.read_text().strip())
        shell = int(pid.read_text())
        pid.unlink()
        for name, pinned in (("ends", False), ("stays", True)):
            open_alone(house.tmux, "s1", worktree, name, ["sleep", "100"], pinned=pinned)
        house.act("approve", "t1")
        house.until(lambda s: s.tasks["t1"].state is TaskState.LANDED and not s.live)
        assert [one.pid for one in house.left()] == [shell]
        soon(lambda: {one.session for one in house.tmux.list()} >= {"s1-stays"})
        soon(lambda: "s1-ends" not in {one.session for one in house.tmux.list()})
        assert "s1-stays" in {one.session for one in house.tmux.list()}


def test_a_task_is_tried_again_in_a_worktree_of_its_own(house: House) -> None:
    house.task("Work", ["$ echo half > half", "Done."])
    house.settle()
    house.act("reject", "t1", "Not like this.")
    house.act("retry", "t1")
    house.settle()
    first, second = house.state.sessions.values()
    assert (first.branch, second.branch) == ("conductor/t1-work", "conductor/t1-work-2")
    assert first.worktree != second.worktree
    assert house.prompts("s2") == ["Work"]
    house.act("approve", "t1")
    house.settle()
    assert house.log() == ["Work", "Begin"]


def test_a_failed_task_keeps_its_followers_until_it_is_tried_again(house: House) -> None:
    house.task("First", [{"error": "no credit"}, "x"])
    house.task("Second", ["Done."], after=("t1",))
    state = house.settle()
    assert state.tasks["t2"].why == "It waits for t1, which failed: retry t1, or cancel this."
    house.act("retry", "t1")
    assert house.settle().tasks["t2"].state is TaskState.BLOCKED
    assert len(house.facts(e.SessionClaimed)) == 2


async def test_what_was_claimed_for_a_task_that_began_anew_is_not_started(house: House) -> None:
    task = house.task("Be quick", ("Done.",))
    house.journal.append(
        e.SessionClaimed("s1", task, "builtin", "demo"),
        e.TaskCancelled(task),
        e.TaskRetried(task),
        e.SessionClaimed("s2", task, "builtin", "demo"),
        e.SessionStarted("s2", 7),
    )
    reach = Reach(house.places, house.journal)
    pooling = Pooling(reach)
    turns = Turns(reach, Checks(reach, Lending(pooling)))
    launching = Launching(reach, Sightings(reach), pooling, Forking(reach, turns))
    launching.look(house.state)
    begun = reach.work.doing("s1 start")  # for which its end would wait, again and again
    await reach.work.stop()
    assert not begun
