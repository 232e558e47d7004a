"""Requests are counted once, however they are told; their sums are what the meters show."""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conductor import events as e
from conductor import meters, samples
from conductor.journal import Journal
from conductor.meters import OTHERS, Measure, Split
from conductor.samples import HOUR, MINUTE, SECOND, Sample, Tokens, totals
from tests.conductor.facts import added, claimed

NOW = 1_800_000_000.0


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(str(tmp_path / "journal")) as made:
        yield made


def _sample(ident: str, **more: object) -> Sample:
    told = {
        "session": "s1", "subscription": "max", "model": "m", "at": NOW - 120,
        "input": 10, "cached": 5, "output": 1,
    }  # fmt: skip
    return Sample(id=ident, **told | more)  # type: ignore[arg-type]


def _keep(journal: Journal, *some: Sample, now: float = NOW) -> int:
    with journal.decide() as decision:
        return samples.keep(decision.db, some, now)


def test_a_measurement_read_twice_counts_once(journal: Journal) -> None:
    some = (_sample("a"), _sample("b", cost_usd=0.5, at=NOW - 10))
    assert (_keep(journal, *some), _keep(journal, *some)) == (2, 0)
    assert totals(journal.db)["s1"] == Tokens(20, 10, 2, 0.5, 1, 0, 2)
    assert meters.totals(journal, NOW - 50)["max"].total == 16
    assert meters.unpriced(journal, 0.0) == {"max": ["m"]}
    assert meters.rate(journal, NOW) == {"s1": 16.0}


def test_what_is_older_is_known_to_the_hour(journal: Journal) -> None:
    _keep(journal, _sample("a", at=NOW - HOUR))
    assert (meters.is_older(journal, NOW), meters.is_older(journal, NOW - HOUR)) == (True, False)


def test_a_request_told_in_pieces_counts_as_it_was_told_last(journal: Journal) -> None:
    pieces = [_sample("a", output=n, at=NOW - 60 + n) for n in (1, 3, 40)]
    for number, order in enumerate(itertools.permutations(pieces)):
        for one in order:
            _keep(journal, one.but(id=str(number)))
    assert totals(journal.db)["s1"] == Tokens(60, 30, 240, None, 6, 0, 6)
    for span in (SECOND, MINUTE, HOUR):
        rows = journal.db.execute(
            "SELECT sum(output), sum(requests) FROM pace WHERE span = ?", (span,)
        )
        assert rows.fetchone() == (240, 6)


def test_what_is_known_of_a_session_moves_what_was_read_before(journal: Journal) -> None:
    _keep(journal, _sample("a", session="uuid", ours=False, subscription="~/.claude", repo="/r"))
    assert totals(journal.db) == {}
    _keep(journal, _sample("a"))
    assert totals(journal.db)["s1"].requests == 1
    assert list(meters.totals(journal, 0.0)) == ["max"]

    _keep(journal, _sample("b", session="other", ours=False, subscription="~/.claude"))
    with journal.decide() as decision:
        samples.attribute(decision.db, "other", "s2", "max")
    assert totals(journal.db)["s2"].requests == 1
    _keep(journal, _sample("b", session="other", ours=False))
    assert totals(journal.db)["s2"].requests == 1


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"), st.integers(0, 3), st.integers(0, 50), st.booleans(),
            st.sampled_from((None, 0.25)), st.integers(-5000, 200_000),
        ),
        max_size=12,
    )
)  # fmt: skip
def test_the_sums_are_always_those_of_the_requests(
    told: list[tuple[str, int, int, bool, float, int]],
) -> None:
    with contextlib.closing(sqlite3.connect(":memory:")) as db:
        db.executescript(samples.SCHEMA)
        for ident, given_, output, ours, cost, age in told:
            one = _sample(ident, input=given_, output=output, ours=ours, cost_usd=cost)
            samples.keep(db, [one.but(session="s1" if ours else "v", at=NOW - age)], NOW)
        columns = "input, cached, output, written, cost_usd"
        found = db.execute(f"SELECT at, {columns} FROM requests").fetchall()
        wanted = [sum(row[n] or 0 for row in found) for n in range(1, 6)]
        sums = ", ".join(f"coalesce(sum({one}), 0)" for one in columns.split(", "))
        kept = db.execute(f"SELECT {sums} FROM meters").fetchone()
        hourly = db.execute(f"SELECT {sums} FROM pace WHERE span = 3600").fetchone()
        assert list(kept) == list(hourly) == pytest.approx(wanted)
        fine = db.execute(f"SELECT {sums} FROM pace WHERE span = 60").fetchone()
        recent = [row for row in found if row[0] >= NOW - samples.SPANS[MINUTE]]
        assert list(fine) == pytest.approx([sum(r[n] or 0 for r in recent) for n in range(1, 6)])


def test_meters_split_by_what_tokens_count_for(journal: Journal) -> None:
    journal.append(added(template="fix"), claimed())
    repo = next(iter(journal.state.tasks.values())).repo
    _keep(
        journal,
        _sample("a", at=NOW - 5),
        _sample("b", at=NOW - 3700, model="n", cost_usd=1.0),
        _sample("c", at=NOW - 5, session="uuid", ours=False, repo="/elsewhere", output=985),
    )
    by = {split: meters.totals(journal, NOW - 7200, split) for split in Split}
    assert {key: one.total for key, one in by[Split.TASK].items()} == {"t1": 32, "": 1000}
    assert {key: one.total for key, one in by[Split.TEMPLATE].items()} == {"fix": 32, "": 1000}
    assert {key: one.total for key, one in by[Split.REPO].items()} == {repo: 32, "/elsewhere": 1000}
    assert {key: one.total for key, one in by[Split.SESSION].items()} == {"s1": 32, "uuid": 1000}
    assert by[Split.MODEL]["n"] == Tokens(10, 5, 1, 1.0, 0, 0, 1)
    assert by[Split.NOTHING][""].cost_usd == 1.0

    hour = meters.series(journal, NOW - 3600, NOW, 60, by=Split.SESSION)
    assert [sum(each) for each in hour.amounts.values()] == [1000, 16]
    assert list(hour.amounts) == ["uuid", "s1"]
    assert len(hour.amounts["s1"]) == 60
    assert hour.amounts["s1"][-1] == 16
    top = meters.series(journal, NOW - 7200, NOW, 600, by=Split.SESSION, top=1)
    assert {key: sum(each) for key, each in top.amounts.items()} == {"uuid": 1000, OTHERS: 32}
    cost = meters.series(journal, NOW - 7200, NOW, 7200, of=Measure.COST)
    assert sum(cost.amounts[""]) == 1.0
    assert meters.series(journal, NOW - 3600, NOW, 1800).a_minute()[""][-1] == 1016 / 30


def test_the_pace_of_now_fades(journal: Journal) -> None:
    _keep(journal, _sample("a", at=NOW, output=2985))
    begun = meters.now(journal, NOW)["max"]
    assert begun == pytest.approx(100.0)
    assert meters.now(journal, NOW + 30)["max"] == pytest.approx(begun / 2.718, rel=0.01)
    assert meters.now(journal, NOW + 900) == {}


def test_a_clock_that_jumps_back_leaves_the_sums_right(journal: Journal) -> None:
    _keep(journal, _sample("a", at=NOW + 30 * 86400), now=NOW + 30 * 86400)
    _keep(journal, _sample("b", at=NOW), now=NOW)
    assert meters.totals(journal, NOW - 60)["max"].requests == 2
    assert sum(meters.series(journal, NOW - 600, NOW + 60, 60).amounts[""]) == 16


def test_what_an_earlier_version_kept_is_taken_over(tmp_path: Path) -> None:
    with Journal(str(tmp_path)) as journal:
        journal.append(added(), claimed(), e.SessionStarted("s1", 1))
        journal.db.execute("PRAGMA user_version = 2")
    old = sqlite3.connect(tmp_path / "journal.db")
    with old:
        old.execute(
            "CREATE TABLE samples (id TEXT PRIMARY KEY, session TEXT, subscription TEXT,"
            " model TEXT, at REAL, input INTEGER, cached INTEGER, output INTEGER, cost_usd REAL)"
        )
        old.execute("CREATE TABLE totals (session TEXT PRIMARY KEY)")
        old.execute("INSERT INTO samples VALUES ('c:1', 's1', 'max', 'm', 5.0, 1, 2, 3, 0.5)")
    old.close()
    for _ in range(2):
        with Journal(str(tmp_path)) as journal:
            assert totals(journal.db) == {"s1": Tokens(1, 2, 3, 0.5, 0, 0, 1)}
