"""Figures of windows: what is kept of them, and what they mean at any moment."""

from __future__ import annotations

import pytest

from conductor import events as e
from conductor import windows
from conductor.config import Subscription
from conductor.fold import fold
from conductor.packing import pack, unpack
from conductor.spending import usage_document
from conductor.state import EMPTY, Record, State, Window
from conductor.windows import FRESH, clock, is_news, opens, outlook, project, room
from tests.conductor.facts import added, claimed

HOUR = 3600.0
NOW = 1_000_000.0
RESET = NOW + 2.5 * HOUR


def seen(used: float, resets: float = RESET, name: str = "5h", **more: object) -> e.WindowSeen:
    length = {"5h": 5 * HOUR, "week": 168 * HOUR}.get(name, 0.0)
    return e.WindowSeen(
        "max", name, used, resets, **{"length": length, "how": "s1"} | more  # type: ignore[arg-type]
    )  # fmt: skip


def at(*facts: tuple[float, e.Fact], state: State = EMPTY) -> State:
    return fold(state, [Record(n, when, fact) for n, (when, fact) in enumerate(facts, 1)])


def window(*facts: tuple[float, e.Fact], name: str = "5h") -> Window:
    return at(*facts).windows[f"max {name}"]


def test_the_last_word_is_kept_by_subscription_and_window() -> None:
    state = at((NOW, seen(0.2)), (NOW + 1, seen(0.5, name="week")), (NOW + 60, seen(0.25)))
    assert {one.name: one.used for one in windows.of_all(state, "max")} == {
        "5h": 0.25, "week": 0.5,
    }  # fmt: skip
    assert unpack(pack(state)).windows == state.windows


def test_only_news_is_written() -> None:
    known = window((NOW, seen(0.2)))
    assert not is_news(known, seen(0.2004, RESET + 1), NOW + 60)
    assert is_news(known, seen(0.202), NOW + 60)
    assert is_news(known, seen(0.2, RESET + 5 * HOUR), NOW + 60)
    assert is_news(known, seen(0.2), NOW + windows.REFRESH)
    assert not is_news(known, seen(0.9, seen=NOW - 10), NOW + 60), "an older record, read late"
    older = seen(0.9, RESET - 5 * HOUR, seen=NOW - 10)
    assert not is_news(known, older, NOW + 60), "one of a window that is over"
    assert is_news(known, seen(0.1, RESET + 5 * HOUR, seen=NOW - 10), NOW + 60), "a clock set back"


def test_an_old_figure_is_no_room_and_a_full_one_is_full_until_its_reset() -> None:
    some, full = window((NOW, seen(0.2))), window((NOW, seen(1.0)))
    assert room(some, NOW + 60) == pytest.approx(0.8)
    assert room(some, NOW + FRESH + 1) is None
    assert room(full, RESET + windows.MARGIN - 1) == 0.0
    assert room(full, RESET + windows.MARGIN) is None


def test_what_the_clock_contradicts_is_uncertain() -> None:
    assert window((NOW, seen(0.2, NOW - 60))).uncertain, "a reset in the past"
    assert window((NOW, seen(0.2, NOW + 9 * HOUR))).uncertain, "a 5-hour window of nine hours"
    assert not window((NOW, seen(0.2))).uncertain
    assert room(window((NOW, seen(1.0, NOW + 9 * HOUR))), NOW) is None


def test_a_vendor_that_says_full_and_still_works_is_uncertain() -> None:
    state = at(
        (NOW, added()), (NOW, claimed()), (NOW, e.SessionStarted("s1", 7)), (NOW, seen(1.0)),
        (NOW + 5, e.SessionBusy("s1", "hook")), (NOW + 9, e.SessionIdle("s1", "hook")),
    )  # fmt: skip
    assert state.windows["max 5h"].uncertain
    assert not at((NOW + 60, seen(1.0, RESET)), state=state).windows["max 5h"].uncertain


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 1e300])
def test_figures_that_mean_nothing_are_skipped(bad: float) -> None:
    state = at((NOW, seen(0.1, bad)), (NOW, seen(0.1, length=bad)))
    assert not state.windows
    assert state.skipped == 2


def test_names_are_cleaned() -> None:
    told = e.WindowSeen("max", "we\x1b[31mek\n", 0.1, RESET, model="o\u202epus")
    (one,) = at((NOW, told)).windows.values()
    assert one.name.isprintable()
    assert one.model
    assert "\u202e" not in one.model


def test_a_projection_follows_the_pace_of_late() -> None:
    half = window((NOW, seen(0.5)))  # half of it in half of its time: just right
    even = project(half, NOW)
    assert even is not None
    assert even.lapses == pytest.approx(0.0, abs=0.01)
    slow = project(window((NOW, seen(0.1))), NOW)
    assert slow is not None
    assert slow.lapses == pytest.approx(0.8)
    fast = project(window((NOW, seen(0.8))), NOW)
    assert fast is not None
    assert fast.empty_at == pytest.approx(NOW + 0.2 / 0.8 * 2.5 * HOUR)
    # Whoever has worked hard and then stops is not told of an end that does not come.
    calm = [(NOW + minute * 60, seen(0.8)) for minute in range(0, 120, 5)]
    stopped = project(window(*calm), NOW + 115 * 60)
    assert stopped is not None
    assert stopped.empty_at is None
    assert project(half, NOW + FRESH + 1) is None


def test_an_outlook_is_a_few_words() -> None:
    assert "at this pace empty at" in outlook(window((NOW, seen(0.8))), NOW)
    assert "80% will lapse at the reset" in outlook(window((NOW, seen(0.1))), NOW)
    assert "used up, resets" in outlook(window((NOW, seen(1.0))), NOW)
    assert "uncertain" in outlook(window((NOW, seen(0.1, NOW - 1))), NOW - 2)
    assert "told" in outlook(window((NOW, seen(0.1))), NOW + 2 * FRESH)
    assert "not told since" in outlook(window((NOW, seen(0.1))), RESET + windows.MARGIN)


def test_a_reset_is_told_as_one_time_however_late_it_is_counted_on() -> None:
    for second in range(0, 3600, 1):
        for reset in (RESET + second, RESET + second + 0.6):
            assert opens(windows.back(reset), NOW) == clock(reset, NOW)


def test_a_shorter_window_is_held_up_by_a_longer_that_is_used_up() -> None:
    state = at((NOW, seen(0.1)), (NOW, seen(1.0, RESET + 60 * HOUR, name="week")))
    told = windows.of_all(state, "max")
    assert outlook(told[0], NOW, told).startswith("held up by the week, resets ")
    assert windows.returns(state, "max", NOW).startswith("used up, returns ")
    assert windows.returns(state, "plus", NOW) == ""
    given = usage_document(
        state, (Subscription("max", "claude"),), used={}, rates={}, unpriced={}, now=NOW
    )
    assert given["subscriptions"][0]["state"] == "limited"


def test_windows_of_single_models_count_for_those() -> None:
    state = at((NOW, seen(0.5, name="week")), (NOW, seen(0.9, name="week opus", model="opus")))
    assert [one.name for one in windows.of(state, "max")] == ["week"]
    assert [one.name for one in windows.of(state, "max", "sonnet")] == ["week"]
    opus = [one.name for one in windows.of(state, "max", "claude-opus-5-5")]
    assert opus == ["week", "week opus"]


def test_a_limit_of_one_model_does_not_stop_the_others() -> None:
    limited = e.SessionLimited("s1", "hook", RESET, "no", "week opus", "opus")
    state = at((NOW, added()), (NOW, claimed()), (NOW, limited))
    assert state.limits == {}
    assert state.sessions["s1"].until == RESET + windows.MARGIN


def test_usage_tells_windows_with_how_far_they_can_be_believed() -> None:
    state, plan = at((NOW, seen(0.375))), Subscription("max", "claude")
    given = usage_document(state, (plan,), used={}, rates={}, unpriced={}, now=NOW + 2 * FRESH)
    (told,) = given["subscriptions"][0]["windows"]
    assert (told["name"], told["used_percent"], told["length"]) == ("5h", 37.5, 5 * HOUR)
    assert (told["stale"], told["estimated"], told["uncertain"]) == (True, False, False)
    assert told["resets_at"] > told["seen_at"] == "1970-01-12T13:46:40Z"
