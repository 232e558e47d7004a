"""Whose allowance is used first, who waits until when, and what fillers take."""

from __future__ import annotations

import time

from conductor import events as e
from conductor import headroom
from conductor.config import Repo, Subscription
from conductor.fold import fold
from conductor.headroom import may_lapse, next_midnight, waits
from conductor.samples import Tokens
from conductor.scheduler import ready
from conductor.state import EMPTY, Record, State, TaskState
from conductor.views import why
from conductor.windows import FRESH, MARGIN, back, clock
from tests.conductor.facts import added, claimed, to_landed

A = Subscription("a", "claude", slots=2)
B = Subscription("b", "codex", slots=2)
HOUR, WEEK = 3600.0, 7 * 86_400.0
NOW = 1_000_000.0


def seen(who: str, name: str, used: float, left: float, model: str | None = None) -> e.WindowSeen:
    length = WEEK if name.startswith("week") else 5 * HOUR
    return e.WindowSeen(who, name, used, NOW + left, length, model, "s1")


def state(*facts: e.Fact, at: float = NOW - 60) -> State:
    return fold(EMPTY, [Record(n, at, fact) for n, fact in enumerate(facts, 1)])


def starts(now: State, *subscriptions: Subscription, spent: Tokens | None = None) -> list[str]:
    told = {one.name: spent for one in subscriptions} if spent else None
    found, _ = ready(now, subscriptions or (A, B), {"/r": Repo()}, NOW, spent=told)
    return [start.subscription for start in found]


def test_the_allowance_that_would_lapse_first_is_used_first() -> None:
    behind = seen("b", "week", 0.2, 86_400)
    assert starts(state(added(), seen("a", "week", 0.6, WEEK / 2), behind)) == ["b"]
    ends_soon = seen("a", "5h", 0.5, HOUR)
    assert starts(state(added(), ends_soon, seen("b", "5h", 0.0, 5 * HOUR))) == ["a"]
    # The end of a 5-hour window loses nothing that its week would not use up anyway.
    assert starts(state(added(), ends_soon, seen("a", "week", 0.9, WEEK / 2), behind)) == ["b"]


def test_a_full_window_takes_nothing_until_its_reset() -> None:
    full = seen("a", "5h", 1.0, HOUR)
    assert starts(state(added(), full), A) == []
    assert starts(state(added(), full)) == ["b"]
    assert starts(state(added(), seen("a", "5h", 1.0, -MARGIN)), A) == ["a"], "begun anew"


def test_a_window_almost_full_is_the_last_choice() -> None:
    tight = [seen("a", "5h", 0.99, HOUR), seen("a", "week", 0.1, 86_400)]
    assert starts(state(added(), *tight, seen("b", "week", 0.9, WEEK / 2))) == ["b"]
    assert starts(state(added(), *tight), A) == ["a"]


def test_a_window_of_one_model_counts_for_that_model() -> None:
    facts = [seen("a", "week", 0.2, WEEK / 2), seen("a", "week opus", 1.0, WEEK / 2, "opus")]
    assert starts(state(added(model="claude-opus-5"), *facts), A) == []
    assert starts(state(added(model="sonnet"), *facts), A) == ["a"]
    assert starts(state(added(), *facts), A.but(model="opus")) == []


def test_a_day_has_its_ceiling() -> None:
    many = A.but(daily_tokens=1000)
    assert starts(state(added()), many, spent=Tokens(600, 300, 100)) == []
    assert starts(state(added()), many, spent=Tokens(600, 300, 99)) == ["a"]
    assert starts(state(added()), A.but(daily_usd=2.5), spent=Tokens(cost_usd=2.5)) == []
    (told,) = waits(state(added()), [many], NOW, {"a": Tokens(1000)}).values()
    assert "daily_tokens" in told[0]
    assert told[1] == back(next_midnight(NOW))
    assert NOW < next_midnight(NOW) <= NOW + 86_400
    assert time.localtime(next_midnight(NOW)).tm_hour == 0


def test_whoever_waits_for_room_is_told_until_when() -> None:
    full = [seen("a", "5h", 1.0, 3 * HOUR), seen("b", "week", 1.0, 2 * HOUR)]
    both = state(added(), added("t2", subscription="a"), *full)
    found = waits(both, [A, B], NOW)
    assert found["  "][1] == NOW + 2 * HOUR + MARGIN
    assert found["a  "][1] == NOW + 3 * HOUR + MARGIN
    assert f"until {clock(NOW + 2 * HOUR, NOW)}" in found["  "][0]
    assert "its week allowance is used up" in found["  "][0]
    told = [e.RoomAwaited(*one) for one in headroom.differences({}, found)]
    after = fold(both, [Record(9 + n, NOW, fact) for n, fact in enumerate(told)])
    assert headroom.differences(after.waits, found) == []
    assert why(after, after.tasks["t2"]) == found["a  "][0]
    over = [e.RoomAwaited(*one) for one in headroom.differences(after.waits, {})]
    cleared = fold(after, [Record(20 + n, NOW, fact) for n, fact in enumerate(over)])
    assert not cleared.waits
    assert why(cleared, cleared.tasks["t2"]) is None


def test_who_only_waits_for_a_slot_is_not_told_of_room() -> None:
    one = state(added(), claimed(subscription="a"), added("t2"), seen("a", "5h", 0.1, HOUR))
    assert waits(one, [A.but(slots=1)], NOW) == {}


def filler(ident: str = "t1") -> e.TaskAdded:
    return added(ident, filler=True)


def test_a_filler_takes_only_what_would_lapse() -> None:
    lapsing = [seen("a", "week", 0.3, 30 * HOUR), seen("a", "5h", 0.2, HOUR)]
    assert starts(state(filler(), *lapsing), A) == ["a"]
    assert starts(state(filler()), A) == [], "nobody knows"
    assert starts(state(filler(), *lapsing, at=NOW - FRESH - 60), A) == [], "not fresh"
    assert starts(state(filler(), seen("a", "week", 0.3, WEEK / 2)), A) == [], "too soon"
    assert starts(state(filler(), seen("a", "week", 0.97, 30 * HOUR)), A) == [], "nothing left"
    assert starts(state(filler(), *lapsing[:1], seen("a", "5h", 0.99, HOUR)), A) == []


def test_old_figures_are_asked_for_anew_where_a_filler_could_use_them() -> None:
    def worth(*facts: e.Fact, at: float = NOW - 60) -> bool:
        return may_lapse(state(*facts, at=at), A, None, NOW)

    old, lapsing = NOW - FRESH - 60, seen("a", "week", 0.3, 30 * HOUR)
    assert worth(lapsing, at=old)
    assert worth(lapsing, seen("a", "5h", 0.9, -60)), "its 5 hours have begun anew"
    assert not worth(lapsing), "they are fresh"
    assert not worth(), "nobody has told any"
    assert not worth(seen("a", "week", 0.3, WEEK / 2), at=old), "too soon"
    assert not worth(seen("a", "week", 0.3, -60), at=old), "a new week has just begun"
    assert not worth(seen("a", "week", 0.98, 30 * HOUR), at=old), "nothing left"


def test_a_filler_leaves_a_slot_and_lets_others_go_first() -> None:
    lapsing = seen("a", "week", 0.3, 30 * HOUR)
    assert starts(state(filler("t1"), filler("t2"), lapsing), A) == ["a"]
    two, _ = ready(state(filler("t1"), added("t2"), lapsing), [A], {}, NOW)
    assert [start.task for start in two] == ["t2"], "one slot of two stays free"
    busy = state(filler("t1"), *(added(f"t{n}") for n in (2, 3, 4)), lapsing)
    assert [start.task for start in ready(busy, [A], {}, NOW)[0]] == ["t2", "t3"]


def test_a_filler_that_landed_stands_ready_again_once() -> None:
    facts = to_landed()
    facts[0] = filler()
    landed = state(*facts)
    assert landed.refills == ("t1",)
    again = fold(landed, [Record(50, NOW, added("t2", filler=True, refills="t1"))])
    assert again.refills == ()
    assert again.tasks["t2"].state is TaskState.QUEUED
