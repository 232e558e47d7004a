"""Agents' time, from facts: at work, waiting for the person, limited, idle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conductor import events as e
from conductor.journal import Journal
from conductor.stints import Stints, Time
from tests.conductor.facts import added, claimed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = 1_790_000_000.0


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(str(tmp_path)) as journal:
        yield journal


def tell(journal: Journal, *facts: tuple[float, e.Fact]) -> None:
    with journal.decide() as decision:
        for at, fact in facts:
            decision.at = NOW + at
            decision.append(fact)


def begun(at: float, session: str = "s1", task: str = "t1") -> list[tuple[float, e.Fact]]:
    return [(at, added(task)), (at, claimed(session, task)), (at + 5, e.SessionStarted(session, 7))]


def test_each_stint_counts_for_what_the_agent_did(journal: Journal) -> None:
    tell(
        journal, *begun(-1000),
        (-900, e.SessionBusy("s1", "hook")),
        (-800, e.SessionWaiting("s1", "hook", "a1", "permission", "may I?")),
        (-770, e.SessionBusy("s1", "hook")),
        (-700, e.SessionLimited("s1", "hook", NOW - 600)),
        (-600, e.SessionBusy("s1", "hook")),
        (-500, e.SessionIdle("s1", "hook")),
        (-400, e.SessionEnded("s1", "exit", 0)),
        (-390, e.SessionBusy("s1", "hook")),  # told too late
    )  # fmt: skip
    spent = Stints(journal).over(NOW - 3600, NOW)
    assert spent == {"max": Time(busy=195 + 70 + 100, waiting=30, limited=100, idle=100)}


def test_what_goes_on_counts_until_now_and_only_within_the_time_asked(journal: Journal) -> None:
    tell(journal, *begun(-1000), (-100, e.SessionIdle("s1", "hook")))
    stints = Stints(journal)
    assert stints.over(NOW - 500, NOW) == {"max": Time(busy=400, idle=100)}
    tell(journal, (10, e.SessionBusy("s1", "hook")))
    assert stints.over(NOW - 500, NOW + 20) == {"max": Time(busy=410, idle=110)}


def test_a_moved_session_counts_where_it_was_at_the_time(journal: Journal) -> None:
    tell(
        journal, *begun(-1000),
        (-600, e.SessionMoved("s1", "other", "builtin")),
        (-500, e.SessionStarted("s1", 8, 2)),
        (-400, e.SessionEnded("s1", "exit", 0)),
    )  # fmt: skip
    spent = Stints(journal).over(NOW - 3600, NOW)
    assert spent == {"max": Time(busy=395), "other": Time(busy=100)}
    assert Stints(journal).over(NOW - 700, NOW) == {"max": Time(busy=100), "other": Time(busy=100)}
    assert Stints(journal).over(NOW - 550, NOW) == {"other": Time(busy=100)}


def test_what_began_before_the_time_asked_counts_from_there_on(journal: Journal) -> None:
    tell(
        journal, *begun(-9000), *begun(-8000, "s2", "t2"),
        (-7000, e.SessionIdle("s1", "hook")), (-90, e.SessionEnded("s2", "exit", 0)),
    )  # fmt: skip
    stints = Stints(journal)
    assert stints.over(NOW - 100, NOW) == {"max": Time(busy=10, idle=100)}
    assert stints.over(NOW - 7500, NOW) == {"max": Time(busy=500 + 7410, idle=7000)}
