"""Limits: until when they are believed, and what becomes of those that come back."""

from __future__ import annotations

import pytest

from conductor import events as e
from conductor import windows
from conductor.fold import fold
from conductor.runner.reading import SELDOM, SOON, Told, facts_of
from conductor.state import EMPTY, Record, SessionState, State
from harnesses import Limited, Sighting, Window
from tests.conductor.facts import added, claimed

NOW = 1_000_001.5
HOUR = 3600.0
WEEK = 168 * HOUR


class World:
    """Sessions of one subscription, told what their agents' records say."""

    def __init__(self, *sessions: str) -> None:
        self.state, self.now = EMPTY, NOW
        self.told = {one: Told() for one in sessions}
        for number, one in enumerate(sessions, 1):
            task = f"t{number}"
            self.write(added(task), claimed(one, task), e.SessionStarted(one, 7))
            self.write(e.SessionBusy(one, "hook"))

    def write(self, *facts: e.Fact) -> None:
        first = self.state.seq + 1
        self.state = fold(
            self.state, [Record(n, self.now, fact) for n, fact in enumerate(facts, first)]
        )

    def see(self, session: str, *sightings: Sighting) -> list[e.Fact]:
        facts: list[e.Fact] = []
        for sighting in sightings:
            known = self.told[session].complete(sighting, self.now)
            of = self.state.sessions[session]
            facts += facts_of(self.state, of, known, lambda message: message.id, self.now)
        self.write(*facts)
        return facts

    def refused(self, session: str) -> tuple[int, float]:
        """Have a session go on and be refused again; return how often now, and the pause."""
        self.write(e.SessionBusy(session, "its own record shows the prompt"))
        (fact,) = self.see(session, Limited(None, "no"))
        assert isinstance(fact, e.SessionLimited)
        return fact.refused, fact.until - self.now


def short(used: float, resets: float) -> Window:
    return Window("5h", used, resets, 5 * HOUR)


def week(used: float, resets: float = NOW + 96 * HOUR) -> Window:
    return Window("week", used, resets, WEEK)


def test_a_reset_is_counted_on_some_seconds_later() -> None:
    world = World("s1")
    world.see("s1", short(1.0, NOW + 60), week(0.61), Limited(None, "no"))
    session = world.state.sessions["s1"]
    assert session.until == NOW + 60 + windows.MARGIN == world.state.limits["max"]
    assert windows.back(600.0) == 600.0 + windows.MARGIN_OF_MINUTES, "it may be rounded"


def test_a_limit_that_comes_back_at_its_reset_is_tried_again_soon_and_then_more_seldom() -> None:
    """The vendor's clock lags: its window is still full, and its reset is now, by ours."""
    world = World("s1")
    world.see("s1", short(1.0, NOW + 60), week(0.61), Limited(None, "no"))
    world.now += 61
    found = [world.refused("s1")]
    assert found == [(1, SOON)], "not at the reset of the week, which is far from full"
    for _ in range(9):
        world.now = world.state.sessions["s1"].until or 0.0
        found.append(world.refused("s1"))
    assert [times for times, _ in found] == list(range(1, 11))
    pauses = [pause for _, pause in found]
    assert pauses[:4] == [SOON, 2 * SOON, 4 * SOON, 8 * SOON]
    assert pauses[-1] == SELDOM
    assert "refuses, and tells of no reset to come" in windows.limited(world.state.sessions["s1"])


def test_once_it_works_the_pauses_begin_anew() -> None:
    world = World("s1")
    assert [world.refused("s1") for _ in range(1)] == [(1, SOON)]
    world.now += SOON
    assert world.refused("s1") == (2, 2 * SOON)
    world.now += 2 * SOON
    world.write(e.SessionBusy("s1", "hook"), e.SessionIdle("s1", "hook"))
    assert world.state.sessions["s1"].refused == 0
    assert world.refused("s1") == (1, SOON)


def test_one_that_is_started_anew_while_it_waits_is_not_refused_again() -> None:
    world = World("s1")
    assert world.refused("s1") == (1, SOON)
    for launch in range(2, 9):
        world.now += 1
        world.write(e.SessionLost("s1", "its terminal went"), e.SessionStarted("s1", 7, launch))
        assert world.refused("s1") == (1, SOON - launch + 1)


def test_sessions_that_are_refused_together_wait_together() -> None:
    world = World("s1", "s2", "s3")
    assert world.refused("s1") == (1, SOON)
    world.now += 1
    assert world.refused("s2") == (1, SOON - 1)
    assert world.see("s2", Limited(None, "no")) == [], "said again while it waits"
    world.now += SOON
    assert world.refused("s3") == (2, 2 * SOON)


@pytest.mark.parametrize(
    "reset", [NOW - 60, 0.0, NOW + 400 * 86_400.0, (NOW + 60) * 1000, float("inf"), float("nan")]
)
def test_a_reset_that_cannot_be_is_not_believed(reset: float) -> None:
    world = World("s1")
    (fact,) = world.see("s1", Limited(reset, "no"))
    assert isinstance(fact, e.SessionLimited)
    assert (fact.refused, fact.until) == (1, NOW + SOON)
    world = World("s1")
    (fact,) = world.see("s1", short(1.0, reset), week(0.3), Limited(None, "no"))
    assert isinstance(fact, e.SessionLimited)
    assert (fact.refused, fact.until) == (1, NOW + SOON)


def test_of_full_windows_the_last_to_return_is_waited_for() -> None:
    world = World("s1")
    (fact,) = world.see("s1", short(1.0, NOW + 60), week(1.0), Limited(None, "no"))
    assert isinstance(fact, e.SessionLimited)
    assert (fact.until, fact.window, fact.refused) == (NOW + 96 * HOUR, "week", 0)


def test_who_waits_for_a_reset_needs_not_once_the_vendor_works_again() -> None:
    world = World("s1", "s2", "s3")
    for one in ("s1", "s2", "s3"):
        world.see(one, week(1.0), Limited(None, "no"))
        world.now += 1
    early(world, "s2")
    assert world.state.limits["max"] == world.now
    untils = [world.state.sessions[one].until for one in ("s1", "s3")]
    assert untils == [world.now, world.now]


def test_a_turn_that_began_before_the_limit_and_ends_after_it_says_nothing_of_it() -> None:
    world = World("s1", "s2")
    world.now += 10
    world.see("s1", week(1.0), Limited(None, "no"))
    until = world.state.limits["max"]
    world.now += 1
    world.write(e.SessionIdle("s2", "hook"))
    assert world.state.sessions["s1"].until == until == world.state.limits["max"]


def early(world: World, session: str) -> State:
    """Have the person type into a limited session's terminal, and it works."""
    world.now += HOUR
    world.write(e.SessionBusy(session, "hook"))
    world.now += 60
    world.write(e.SessionIdle(session, "hook"))
    assert world.state.sessions[session].state is SessionState.IDLE
    return world.state
