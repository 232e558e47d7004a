"""What a screen of meters asks of a month of thirty sessions: a million requests."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from conductor import events as e
from conductor import meters, samples
from conductor.journal import Journal
from conductor.meters import Split
from conductor.samples import Sample

REQUESTS, SESSIONS, DAYS, LONG = 1_000_000, 30, 30, 8 * 3600
TARGET = 0.050
HOUR, DAY, MONTH = 3600.0, 86400.0, 30 * 86400.0


def main() -> bool:
    """Measure and print; say whether the target is reached."""
    with tempfile.TemporaryDirectory() as folder, Journal(folder) as journal:
        now = time.time()
        began = time.process_time()
        _fill(journal, now)
        took = (time.process_time() - began) / REQUESTS
        size = (Path(folder) / "journal.db").stat().st_size / 1e6
        print(f"{REQUESTS} requests kept, {took * 1e6:.1f} µs of processor each; {size:.0f} MB")
        return _drawn(journal, now)


def _fill(journal: Journal, now: float) -> None:
    """Keep a month in which each session lasts eight hours, and another takes its place."""
    draw = random.Random(3)
    many = DAYS * 24 * 3600 // LONG * SESSIONS
    with journal.decide() as decision:
        for n in range(1, many + 1):
            decision.append(e.TaskAdded(f"t{n}", f"Task {n}", "Work", f"/r{n % 5}"))
            decision.append(e.SessionClaimed(f"s{n}", f"t{n}", "claude", f"plan{n % 4}"))
    for some in _batches(draw, now):
        with journal.decide() as decision:
            samples.keep(decision.db, some, now)


def _batches(draw: random.Random, now: float) -> Iterator[list[Sample]]:
    some: list[Sample] = []
    for number in range(REQUESTS):
        at = now - MONTH + number * MONTH / REQUESTS
        session = int((at - now + MONTH) // LONG) * SESSIONS + draw.randrange(SESSIONS) + 1
        counts = (draw.randrange(9000), draw.randrange(90_000), draw.randrange(3000))
        some.append(
            Sample(f"{number}", f"s{session}", f"plan{session % 4}", f"m{session % 3}", at, *counts)
        )
        if len(some) == 20_000:
            yield some
            some = []
    yield some


def _drawn(journal: Journal, now: float) -> bool:
    asked: dict[str, Callable[[], object]] = {}
    for split in Split:
        asked[f"1 h by {split}"] = lambda by=split: meters.series(
            journal, now - HOUR, now, 60, by=by, top=8
        )
        asked[f"24 h by {split}"] = lambda by=split: meters.series(
            journal, now - DAY, now, 600, by=by, top=8
        )
        asked[f"30 d by {split}"] = lambda by=split: meters.series(
            journal, now - MONTH, now, 3600, by=by, top=8
        )
        asked[f"totals of 30 d by {split}"] = lambda by=split: meters.totals(
            journal, now - MONTH, by
        )
    asked["days"] = lambda: meters.by_day(journal, now - MONTH)
    asked["now"] = lambda: meters.now(journal, now)
    asked["unpriced"] = lambda: meters.unpriced(journal, now - MONTH)
    slowest = {name: min(_timed(ask) for _ in range(3)) for name, ask in asked.items()}
    for name, took in sorted(slowest.items(), key=lambda one: -one[1])[:6]:
        print(f"    {name:28} {took * 1e3:5.1f} ms of processor")
    print(f"    all {len(slowest)} together {sum(slowest.values()) * 1e3:.0f} ms")
    return max(slowest.values()) <= TARGET


def _timed(ask: Callable[[], object]) -> float:
    began = time.process_time()
    ask()
    return time.process_time() - began
