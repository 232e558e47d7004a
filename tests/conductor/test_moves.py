"""Where a limited session could go on, why it stays, and what the facts of a move leave behind."""

from __future__ import annotations

from typing import Any

import pytest

from conductor import acts
from conductor import events as e
from conductor.acts import Refused
from conductor.config import Subscription
from conductor.fold import fold
from conductor.inbox import Need, choosing, inbox
from conductor.journal import Journal
from conductor.moves import Options, options
from conductor.slots import deliverable
from conductor.state import CHOSEN, EMPTY, Record, SessionState, State
from conductor.windows import MARGIN
from tests.conductor.facts import added

MAX = Subscription("max", "claude", "/homes/a", slots=2)
TWO = Subscription("two", "claude", slots=1)
PLUS = Subscription("plus", "codex", slots=1)
NOW, HOUR = 1_000_000.0, 3600.0
UNTIL = NOW + 2 * HOUR


def seen(who: str, used: float = 0.2, name: str = "week", **more: Any) -> e.WindowSeen:
    length = 7 * 86_400.0 if name.startswith("week") else 5 * HOUR
    return e.WindowSeen(who, name, used, NOW + HOUR, length, how="s9", **more)


def at_work(session: str = "s1", task: str = "t1", on: str = "max", **more: Any) -> list[e.Fact]:
    return [
        added(task, **more), e.SessionClaimed(session, task, "claude", on),
        e.WorktreeCreated(session, "/w", "b", "c" * 40),
        e.SessionStarted(session, 7, records=("/home/a/x.jsonl",)),
        e.SessionNamed(session, f"v-{session}"), e.SessionBusy(session, "hook"),
    ]  # fmt: skip


def limited(session: str = "s1", until: float = UNTIL) -> e.SessionLimited:
    return e.SessionLimited(session, "record", until, "used up", "5h")


def world(*facts: e.Fact | list[e.Fact], at: float = NOW - 1) -> State:
    flat = [one for fact in facts for one in (fact if isinstance(fact, list) else [fact])]
    return fold(EMPTY, [Record(n, at, fact) for n, fact in enumerate(flat, 1)])


def found(state: State, *known: Subscription, now: float = NOW, session: str = "s1") -> Options:
    return options(state, state.sessions[session], [MAX, *known], now)


LIMITED = [*at_work(), limited()]


def test_only_a_fresh_reading_of_room_is_a_target() -> None:
    assert found(world(LIMITED, seen("two")), TWO).ready == ("two",)
    unknown = found(world(LIMITED), TWO)
    assert (unknown.ready, unknown.unsure) == ((), ("two",))
    assert "nobody knows whether two has room" in unknown.why
    old = world(LIMITED, seen("two"), at=NOW - HOUR)
    assert found(old, TWO).unsure == ("two",)
    half = world(LIMITED, seen("two"), e.WindowSeen("two", "5h", 0.1, NOW - 60, 5 * HOUR))
    assert found(half, TWO).unsure == ("two",), "one of its windows has begun anew"
    full = found(world(LIMITED, seen("two"), seen("two", 1.0, "5h")), TWO)
    assert (full.ready, full.unsure) == ((), ())
    assert "two has room again at" in full.why
    assert "no other subscription" in found(world(LIMITED)).why


def test_the_same_vendor_is_preferred_and_then_what_would_lapse_first() -> None:
    both = world(LIMITED, seen("two", 0.8), seen("plus", 0.0))
    assert found(both, PLUS, TWO).ready == ("two", "plus")
    third = TWO.but(name="three")
    some = world(LIMITED, seen("two", 0.8), seen("three", 0.1))
    assert found(some, TWO, third).ready == ("three", "two")


def test_a_window_of_the_model_counts() -> None:
    opus = [seen("two"), seen("two", 1.0, "week opus", model="opus")]
    on_opus = [*at_work(), limited()]
    on_opus[1] = e.SessionClaimed("s1", "t1", "claude", "max", "claude-opus-5")
    assert found(world(on_opus, *opus), TWO).ready == ()
    assert found(world(LIMITED, *opus), TWO).ready == ("two",)


@pytest.mark.parametrize(
    ("facts", "known", "why"),
    [
        ([*at_work(subscription="max"), limited()], TWO, "its task asks for max"),
        ([*at_work(harness="claude"), limited()], PLUS, "no other subscription for claude"),
        ([*at_work(), limited(until=NOW + 60)], TWO, "the reset is less than 15 minutes away"),
        (LIMITED, TWO.but(permissions="all"), "lets agents do more (permissions 'all')"),
        (LIMITED, TWO.but(home="/homes/./a"), "two is the same account"),
        ([*LIMITED, *at_work("s2", "t2", "two")], TWO, "no free slot"),
        ([*LIMITED, seen("two", 0.99, "5h")], TWO, "next to nothing left"),
    ],
)
def test_whatever_forbids_a_move_is_said(
    facts: list[e.Fact], known: Subscription, why: str
) -> None:
    told = found(world(facts, seen("two"), seen("plus")), known)
    assert told.ready == ()
    assert why in told.why


def test_a_fork_moves_unless_the_person_wants_its_source_there() -> None:
    fork = [*at_work("s2", "t2", subscription="max", forks="s1"), limited("s2")]
    free = found(world(at_work(), fork, seen("two")), TWO, session="s2")
    assert free.ready == ("two",)
    held = found(world(at_work(subscription="max"), fork, seen("two")), TWO, session="s2")
    assert "its task asks for max" in held.why


def moved(to: str = "two", session: str = "s1", **more: Any) -> list[e.Fact]:
    name, harness = more.get("vendor_session", f"v-{session}"), more.get("harness", "claude")
    return [
        e.MoveAsked(session, to, "runner"), e.SessionEnded(session, "ended by us"),
        e.SessionMoved(session, to, harness, None, name, ("/home/b/x.jsonl",)),
        e.MessageQueued(session, f"m{session}", "Continue.", "continue", author="runner"),
    ]  # fmt: skip


def test_a_moved_session_is_started_there_with_its_conversation() -> None:
    state = world(LIMITED, moved())
    session = state.sessions["s1"]
    assert (session.subscription, session.state) == ("two", SessionState.ENDED)
    assert session.vendor_session == "v-s1"
    assert session.records == ("/home/b/x.jsonl",)
    assert session.lives == ("max claude v-s1",)
    assert [m.session for m in deliverable(state, {"two": 1}, NOW)] == ["s1"]
    assert deliverable(state, {"two": 0}, NOW) == []


def test_those_on_the_way_are_known_without_a_look_at_all_sessions() -> None:
    def on_the_way(*facts: e.Fact | list[e.Fact]) -> tuple[str, ...]:
        return world(LIMITED, *facts).unsettled

    there = [e.SessionStarted("s1", 8, 2), e.SessionBusy("s1", "record")]
    assert on_the_way() == ()
    assert on_the_way(e.MoveAsked("s1", "two")) == ("s1",)
    assert on_the_way(e.MoveAsked("s1", "two"), e.MoveFailed("s1", "no")) == ()
    assert on_the_way(moved()) == ("s1",)
    assert on_the_way(moved(), there) == ()
    assert on_the_way(moved(), there, e.RestoreAsked("s1", "c0ffee")) == ("s1",)


def test_nothing_is_delivered_or_offered_while_it_is_on_its_way() -> None:
    going = world(LIMITED, e.MessageQueued("s1", "m1", "hello"), e.MoveAsked("s1", "two"))
    ended = fold(going, [Record(90, NOW, e.SessionEnded("s1", "ended by us"))])
    assert deliverable(going, {"max": 1}, UNTIL + MARGIN) == []
    assert deliverable(ended, {"max": 1}, NOW) == []
    stopped = fold(going, [Record(90, NOW, e.StopAsked("s1"))])
    assert stopped.sessions["s1"].moving is None


def test_one_at_a_time_is_moved_to_a_subscription() -> None:
    two = [*LIMITED, *at_work("s2", "t2"), limited("s2")]
    arriving = world(two, moved(), seen("two"))
    told = found(arriving, TWO.but(slots=3), session="s2")
    assert (told.ready, told.brief) == ((), True)
    there = [e.SessionStarted("s1", 8, 2), e.MessageDelivered("s1", "ms1")]
    arrived = world(two, moved(), there, e.SessionBusy("s1", "record"), seen("two"))
    assert found(arrived, TWO.but(slots=3), session="s2").ready == ("two",)


def test_a_session_is_moved_by_itself_once_in_a_window() -> None:
    there = [
        e.SessionStarted("s1", 8, 2),
        e.SessionBusy("s1", "record"),
        limited(until=NOW + 5 * HOUR),
    ]
    state = world(LIMITED, moved(), there, seen("plus"))
    told = found(state, TWO, PLUS)
    assert told.ready == ()
    assert "moved once in this window" in told.why
    assert {*found(state, TWO, PLUS, now=UNTIL + MARGIN).unsure} == {"plus", "max"}, (
        "in the next one"
    )


def test_a_move_that_failed_is_not_tried_again_in_this_window() -> None:
    state = world(
        LIMITED, e.MoveAsked("s1", "two", "runner"), e.MoveFailed("s1", "no"), seen("two")
    )
    assert state.sessions["s1"].moving is None
    assert found(state, TWO).ready == ()
    assert options(state, state.sessions["s1"], [MAX, TWO], NOW, by_hand=True).ready == ("two",)


def test_a_hand_over_goes_before_all_else_that_waits() -> None:
    state = world(
        LIMITED, e.MessageQueued("s1", "m1", "hello"),
        moved("plus", harness="codex", vendor_session=None)[:3],
        e.MessageQueued("s1", "m2", "You take over", "handover", author="runner"),
    )  # fmt: skip
    assert list(state.messages) == ["m2", "m1"]
    assert state.sessions["s1"].vendor_session is None


def test_the_inbox_has_one_line_for_a_subscription_that_is_used_up() -> None:
    many = [*LIMITED, *at_work("s2", "t2"), limited("s2")]
    offers = [e.MoveOffered("s1", ("two", "plus")), e.MoveOffered("s2", ("two", "plus"))]
    state = world(many, offers)
    (choice,) = inbox(state)
    assert choice.need is Need.CHOICE
    assert "two or plus" in choice.text
    assert "The same for s2" in choice.text
    assert choosing(state, state.sessions["s1"]) == ["s1", "s2"]
    waits = world(many, offers, e.WaitChosen("s1"))
    assert [one.need for one in inbox(waits)] == [Need.CHOICE, Need.LIMITED]
    assert waits.sessions["s1"].declined == CHOSEN


@pytest.fixture
def journal(tmp_path: Any) -> Any:
    with Journal(str(tmp_path / "journal.db")) as made:
        yield made


def test_a_choice_is_answered_by_a_word_or_a_name(journal: Journal) -> None:
    journal.append(*LIMITED, e.MoveOffered("s1", ("two", "plus")))
    with pytest.raises(Refused, match=r"answer `wait`, `move` \(to two\) or one of two, plus"):
        acts.answer(journal, "t1", "yes")
    acts.answer(journal, "t1", "plus")
    assert journal.state.sessions["s1"].moving == "plus"


def test_a_person_moves_what_they_like_where_that_makes_sense(journal: Journal) -> None:
    known = (MAX, TWO, PLUS)
    journal.append(*at_work(), e.SessionIdle("s1", "hook"))
    with pytest.raises(Refused, match="no subscription 'three'"):
        acts.move(journal, known, "t1", "three")
    with pytest.raises(Refused, match="lives on max already"):
        acts.move(journal, known, "t1", "max")
    with pytest.raises(Refused, match="nothing to hand over to codex"):
        acts.move(journal, known, "t1", "plus")
    with pytest.raises(Refused, match="nobody knows"):
        acts.move(journal, known, "t1")
    assert acts.move(journal, known, "t1", "two") == ("s1", "two")
    with pytest.raises(Refused, match="on its way to two already"):
        acts.move(journal, known, "t1", "max")
