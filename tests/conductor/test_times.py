"""Days of 23 and 25 hours, machines that travel, and clocks that jump."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conductor import events as e
from conductor import meters, samples
from conductor.headroom import midnight, next_midnight
from conductor.journal import Journal
from conductor.samples import Sample
from conductor.windows import clock, is_stale, room
from tests.conductor.facts import told

HOUR = 3600.0
Travel = Callable[[str], None]


@pytest.fixture
def travel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Travel]:
    def to(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield to
    monkeypatch.undo()
    time.tzset()


def at(*when: int) -> float:
    return datetime(*when, tzinfo=UTC).timestamp()  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("noon", "hours"),
    [((2026, 10, 25, 11), 25), ((2026, 3, 29, 10), 23), ((2026, 6, 1, 10), 24)],
)
def test_a_day_is_as_long_as_the_calendar_has_it(
    travel: Travel, noon: tuple[int, ...], hours: int
) -> None:
    travel("Europe/Berlin")
    now = at(*noon)
    assert next_midnight(now) - midnight(now) == hours * HOUR
    assert clock(midnight(now), midnight(now)) == clock(next_midnight(now), next_midnight(now))


def test_what_is_used_counts_for_the_day_it_was_used_on(tmp_path: Path, travel: Travel) -> None:
    travel("Europe/Berlin")
    begins = midnight(at(2026, 10, 25, 11))
    with Journal(str(tmp_path)) as journal:
        with journal.decide() as decision:
            each = [
                Sample(f"r{hour}", "s1", "max", "m", begins + hour * HOUR + 60, 1, 0, 0)
                for hour in range(-1, 26)
            ]
            samples.keep(decision.db, each, begins + 27 * HOUR)
        days = {day: one.input for day, one in meters.by_day(journal, begins - HOUR).items()}
        assert days == {"2026-10-24": 1, "2026-10-25": 25, "2026-10-26": 1}
        today = meters.totals(journal, begins, until=next_midnight(begins + HOUR))
        assert today["max"].input == 25


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu", "America/St_Johns"])
def test_a_day_that_begins_within_an_hour_has_that_hour_once(
    tmp_path: Path, travel: Travel, zone: str
) -> None:
    travel(zone)
    begins = midnight(at(2026, 6, 1, 11))
    with Journal(str(tmp_path)) as journal:
        with journal.decide() as decision:
            each = [
                Sample(f"r{n}", "s1", "max", "m", begins + n * HOUR + 60, 1, 0, 0)
                for n in range(24)
            ]
            samples.keep(decision.db, each, begins + 24 * HOUR)
        days = {day: one.input for day, one in meters.by_day(journal, begins).items()}
        assert days == {"2026-06-01": 24}


def test_a_machine_that_travels_changes_what_is_written_and_nothing_that_is_meant(
    travel: Travel,
) -> None:
    travel("Europe/Berlin")
    state = told(e.WindowSeen("max", "5h", 1.0, 9000.0, 18000.0))
    window = state.windows["max 5h"]
    here = room(window, 8000.0), is_stale(window, 1300.0), clock(9000.0, 8000.0)
    travel("Asia/Tokyo")
    assert (room(window, 8000.0), is_stale(window, 1300.0)) == here[:2]
    assert (here[2], clock(9000.0, 8000.0)) == ("03:30", "11:30")


def test_a_clock_that_is_set_back_makes_no_figure_fresher_than_it_is() -> None:
    state = told(e.WindowSeen("max", "5h", 0.5, 90_000.0, 18000.0, seen=50_000.0))
    window = state.windows["max 5h"]
    assert window.seen < 2000.0, "a figure from the future is as old as the fact"
