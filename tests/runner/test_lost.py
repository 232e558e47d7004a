"""The machine goes down under agents: each is offered back on its own conversation."""

from __future__ import annotations

from conductor import events as e
from conductor.inbox import Need, inbox
from conductor.state import SessionState, TaskState
from tests.runner.house import House, waiting


def _goes_down(house: House) -> None:
    """Take the runner and all terminals away at once, as a reboot does; then the next runner."""
    house.runners[-1].kill()
    house.runners[-1].wait()
    house.tmux.stop_server()
    house.start()


def test_what_was_cut_off_goes_on_with_its_own_conversation(house: House) -> None:
    begun = f"$ echo one > one; {waiting(house.gate())}"
    cut = house.task("Wait here", (begun, "$ echo two > two", "Done."))
    idle = house.task("Be quick", ("$ echo x > x", "Quick."))
    house.start()
    house.until_task(idle, TaskState.REVIEW)
    house.until(lambda s: house.of(cut).state is SessionState.BUSY if s.tasks[cut].session else 0)
    named = {house.of(one).id: house.of(one).vendor_session for one in (cut, idle)}
    _goes_down(house)

    house.until(lambda s: all(s.sessions[one].lost for one in named))
    lost = [item for item in inbox(house.state) if item.need is Need.CUT_OFF]
    assert len(lost) == 1
    assert "One agent was cut off" in lost[0].title
    assert "1 more had nothing to do" in lost[0].text
    assert house.state.tasks[cut].state is TaskState.RUNNING, "cut off is not failed"
    assert house.state.tasks[idle].state is TaskState.REVIEW

    assert set(house.act("resume_all")) == set(named)
    assert house.act("resume_all") == [], "asked once, done once"
    house.until_task(cut, TaskState.REVIEW)
    house.until(lambda _: house.of(idle).state is SessionState.IDLE)
    for session, name in named.items():
        now = house.state.sessions[session]
        assert (now.vendor_session, now.launches, now.lost) == (name, 2, False)
    assert "two" in house.of(cut).files
    assert not [x for x in inbox(house.state) if x.need is Need.CUT_OFF]
    assert not house.facts(e.TaskFailed, e.MessageFailed, e.TroubleSeen)


def test_one_that_ended_by_itself_is_not_offered_back(house: House) -> None:
    task = house.task("Wait", (f"$ {waiting(house.gate())}", "Done."))
    house.start()
    session = house.until(
        lambda s: (
            s.tasks[task].session
            and s.sessions[s.tasks[task].session].state is SessionState.BUSY
            and s.tasks[task].session
        )
    )
    house.tmux.start("keeper", ("sleep", "600"), cwd=house.folder, env={})
    house.tmux.kill(session)
    house.until_task(task, TaskState.FAILED)
    assert not house.of(task).lost


def test_a_task_that_had_not_begun_to_work_begins(house: House) -> None:
    task = house.task("Quick", ("Done.",))
    house.start(before=())
    house.until(lambda s: house.facts(e.SessionStarted))
    _goes_down(house)
    house.until_task(task, TaskState.REVIEW)
    assert house.prompts(house.of(task).id) == ["Quick"]
