"""Real programs on subscriptions whose windows fill: limits, moves, returns."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from conductor import acts
from conductor import events as e
from conductor.config import load
from conductor.inbox import Need, inbox
from conductor.runner.reading import SOON
from conductor.state import Session, SessionState
from conductor.windows import MARGIN
from tests.conformance.fleet import PATIENCE, Fleet, room, soon_full
from tests.model_server.plans import Plan
from tests.model_server.serve import ModelServer
from tests.runner.house import House, soon

pytestmark = pytest.mark.long

IDLE, LIMITED = SessionState.IDLE, SessionState.LIMITED
BOTH = pytest.mark.parametrize("vendor", ["claude", "codex"])


@pytest.fixture
def fleet(_no_outside: None) -> Iterator[Fleet]:
    house = House()
    with ModelServer() as server:
        try:
            yield Fleet(house, server)
            if house.runners:
                house.runners[-1].terminate()
                assert house.runners[-1].wait(10) == 0, house.story()
        finally:
            house.close()


FILES = ("one.txt", "two.txt", "three.txt", "four.txt")
WORK = "Remember the word heron " + " ".join(f"[[file={name}]]" for name in FILES)


def done(session: Session) -> bool:
    """Say whether a session has worked since it was started last, and is done."""
    return session.state is IDLE and session.turns > 0


def limits(fleet: Fleet) -> list[e.SessionLimited]:
    return fleet.house.facts(e.SessionLimited)


@BOTH
def test_a_limited_session_moves_by_itself_with_its_conversation(fleet: Fleet, vendor: str) -> None:
    fleet.subscribe("first", vendor, soon_full())
    second = fleet.subscribe("second", vendor, room())
    fleet.begin("auto")
    task = fleet.house.task(WORK)
    limited = fleet.until(task, lambda s: s.state is LIMITED or s.lives)
    worktree, name = limited.worktree, limited.vendor_session
    moved = fleet.until(task, lambda s: s.subscription == "second" and done(s))
    assert (moved.worktree, moved.vendor_session) == (worktree, name)
    assert moved.lives == (f"first {vendor} {name}",)
    assert fleet.file(moved, "one.txt").exists()
    assert len(limits(fleet)) == 1, "what was carried along is not read again"
    assert len(fleet.house.facts(e.SessionMoved)) == 1
    (moving,) = fleet.house.facts(e.MoveAsked)
    assert (moving.subscription, moving.author) == ("second", "runner")
    after = [s for s in fleet.server.seen if s.headers.get("authorization") == fleet.keys["second"]]
    assert any("heron" in str(seen.body) for seen in after), "the conversation came along"
    assert second.answers
    assert {one.name for one in fleet.told("second")} == {"5h", "week"}
    assert not fleet.house.state.troubles


@BOTH
def test_a_fork_that_is_limited_moves_with_what_was_said_before_it(
    fleet: Fleet, vendor: str
) -> None:
    fleet.subscribe("first", vendor, soon_full())
    fleet.subscribe("second", vendor, room())
    fleet.begin("auto")
    task = fleet.house.task("Remember the word heron")
    source = fleet.until(task, done)
    words = "Go on " + " ".join(f"[[file={name}]]" for name in FILES)
    fork = acts.fork(fleet.house.journal, {}, task, words)
    moved = fleet.until(fork, lambda s: s.subscription == "second" and done(s))
    acts.say(fleet.house.journal, fork, "And [[file=after.txt]]")
    soon(lambda: fleet.file(moved, "after.txt").exists(), PATIENCE)
    assert moved.vendor_session not in (None, source.vendor_session)
    after = [s for s in fleet.server.seen if s.headers.get("authorization") == fleet.keys["second"]]
    assert any("heron" in str(seen.body) for seen in after), "with what both have in common"
    assert fleet.house.of(task).subscription == "first"
    assert not fleet.house.state.troubles


@BOTH
def test_without_a_move_the_reset_is_waited_out_and_the_work_goes_on(
    fleet: Fleet, vendor: str
) -> None:
    plan = Plan(short=0.94, step=0.02, closed=15)
    fleet.subscribe("first", vendor, plan)
    fleet.subscribe("second", vendor, room())
    fleet.begin("off")
    task = fleet.house.task(WORK)
    limited = fleet.until(task, lambda s: s.state is LIMITED)
    assert limited.until == pytest.approx(plan.resets + MARGIN, abs=2)
    waiting = fleet.house.task("Another [[file=other.txt]]", subscription="first")
    told = fleet.house.until(lambda s: s.waits.get("first  "))
    assert "first has room again" in told.why
    again = fleet.until(task, lambda s: s.state is IDLE and s.turns == 1)
    assert again.subscription == "first"
    (message,) = [f for f in fleet.house.facts(e.MessageQueued) if f.kind == "continue"]
    delivered = [f.message for f in fleet.house.facts(e.MessageDelivered)]
    assert delivered.count(message.message) == 1, "confirmed by the agent's own record, once"
    fleet.until(waiting, lambda s: s.state is IDLE)
    assert not fleet.house.state.waits
    assert not fleet.house.facts(e.MoveAsked, e.MoveOffered)


@BOTH
def test_a_reset_that_comes_later_than_told_is_tried_again_until_it_works(
    fleet: Fleet, vendor: str
) -> None:
    plan = Plan(short=0.94, step=0.02, closed=10, late=MARGIN + 8)
    fleet.subscribe("first", vendor, plan)
    fleet.begin("off")
    task = fleet.house.task(WORK)
    fleet.until(task, lambda s: s.state is LIMITED)
    refused = fleet.until(task, lambda s: s.refused)
    assert refused.until == pytest.approx(refused.since + SOON, abs=1)
    again = fleet.until(task, done)
    assert (again.turns, again.refused) == (1, 0)
    assert [f.refused for f in limits(fleet)] == [0, 1]


def test_where_the_person_is_asked_one_line_offers_the_choice(fleet: Fleet) -> None:
    fleet.subscribe("first", "codex", soon_full())
    fleet.begin("ask")
    tasks = [fleet.house.task(f"{WORK} {n}") for n in (1, 2)]
    for task in tasks:
        fleet.until(task, lambda s: s.state is LIMITED)
    fleet.subscribe("second", "codex", room())
    fleet.configure("ask")
    for task in tasks:
        fleet.until(task, lambda s: s.offers == ("second",))
    choices = [one for one in inbox(fleet.house.state) if one.need is Need.CHOICE]
    assert len(choices) == 1, "one line, however many sessions"
    assert "second" in choices[0].text
    acts.answer(fleet.house.journal, tasks[0], "wait")
    acts.answer(fleet.house.journal, tasks[1], "move")
    fleet.until(tasks[1], lambda s: s.subscription == "second" and done(s))
    stays = fleet.house.of(tasks[0])
    assert (stays.subscription, stays.state, stays.offers) == ("first", LIMITED, ())
    assert not [one for one in inbox(fleet.house.state) if one.need is Need.CHOICE]


def test_another_vendors_agent_takes_over_in_writing_and_gives_back(fleet: Fleet) -> None:
    plan = fleet.subscribe("max", "claude", soon_full())
    fleet.subscribe("plus", "codex", room())
    fleet.begin("auto")
    task = fleet.house.task(WORK)
    began = fleet.until(task, lambda s: s.state is LIMITED or s.lives)
    moved = fleet.until(task, lambda s: s.subscription == "plus" and done(s))
    assert (moved.harness, moved.worktree) == ("codex", began.worktree)
    (handed,) = handovers(fleet)
    assert "heron" in handed
    assert "made by the model server" in handed, "it shows what is done"

    known = load(fleet.house.places.config_file).subscriptions
    with pytest.raises(acts.Refused, match="nothing to hand over"):
        acts.move(fleet.house.journal, known, task, "max")
    acts.say(fleet.house.journal, task, "One more [[file=five.txt]] [[delay=20]] [[file=six.txt]]")
    soon(lambda: fleet.file(moved, "five.txt").exists())
    plan.short = 0.1
    acts.move(fleet.house.journal, known, task, "max")
    back = fleet.until(task, lambda s: s.subscription == "max" and done(s) and s.launches == 3)
    assert back.vendor_session == began.vendor_session, "on its own conversation again"
    assert "five.txt" in handovers(fleet)[1]
    assert "One more" in handovers(fleet)[1]


def test_a_conversation_that_cannot_be_taken_up_there_is_handed_over_in_writing(
    fleet: Fleet,
) -> None:
    fleet.subscribe("first", "codex", soon_full())
    fleet.subscribe("second", "codex", room())
    program = fleet.house.folder / "second" / "bin" / "codex"
    program.parent.mkdir()
    real = fleet.program("codex")
    says = 'case " $* " in *" resume "*) echo "no rollout found for thread"; exit 1;; esac'
    program.write_text(f'#!/bin/sh\n{says}\nexec {real} "$@"\n')
    program.chmod(0o755)
    fleet.instead("second", program)
    fleet.begin("auto")
    task = fleet.house.task(WORK)
    moved = fleet.until(task, lambda s: s.subscription == "second" and done(s))
    assert [one.split(" ")[0] for one in moved.lives] == ["first"]
    (failed,) = fleet.house.facts(e.MoveFailed)
    assert "could not be taken up on second" in failed.why
    assert "no rollout found" in failed.why
    (handed,) = handovers(fleet)
    assert "heron" in handed
    assert "made by the model server" in handed, "it shows what is done"
    assert fleet.file(moved, "one.txt").exists()
    assert not fleet.house.state.troubles


def handovers(fleet: Fleet) -> list[str]:
    return [f.text for f in fleet.house.facts(e.MessageQueued) if f.kind == "handover"]


def test_many_move_one_after_the_other(fleet: Fleet) -> None:
    fleet.subscribe("first", "codex", soon_full())
    fleet.begin("auto")
    tasks = [fleet.house.task(f"{WORK} {n}") for n in range(4)]
    for task in tasks:
        fleet.until(task, lambda s: s.state is LIMITED)
    fleet.subscribe("second", "codex", room())
    fleet.configure("auto")
    for task in tasks:
        fleet.until(task, lambda s: s.subscription == "second" and done(s))
    arrivals = [
        type(f).__name__
        for f in fleet.house.facts(e.MoveAsked, e.MessageDelivered)
        if isinstance(f, e.MoveAsked) or fleet.continues(f.message)
    ]
    assert arrivals == ["MoveAsked", "MessageDelivered"] * 4, "the next when the last has arrived"


def test_a_filler_starts_on_what_would_lapse_once_the_vendor_was_asked(fleet: Fleet) -> None:
    plan = room()
    plan.week, plan.week_resets = 0.3, time.time() + 20 * 3600
    fleet.subscribe("plus", "codex", plan)
    fleet.begin("off")
    hours = 3600.0
    for name, length in (("5h", 5 * hours), ("week", 168 * hours)):
        old = e.WindowSeen(
            "plus", name, 0.2, time.time() + hours, length, how="s0", seen=time.time() - 2 * hours
        )
        fleet.house.journal.append(old)
    task = fleet.house.task("Tidy up [[file=tidy.txt]]", filler=True)
    session = fleet.until(task, done)
    assert fleet.file(session, "tidy.txt").exists()
    assert "asked" in {f.how for f in fleet.house.facts(e.WindowSeen)}
