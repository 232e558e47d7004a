"""Decisions a second when many processes claim tasks at once, and how long the unluckiest waits.

Each worker claims the next task in one decision and ends its session in another, as agents do, so
that the queue is long and few are at work. All begin at the same moment, when all are ready, and
none ends before all are through: to take a process down takes longer than many decisions.
"""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from conductor import events as e
from conductor.config import Subscription
from conductor.journal import Journal
from conductor.scheduler import ready
from tests.conductor.facts import added, claimed

TARGET_RATE, TARGET_WAIT = 2000.0, 0.250
TASKS = 2500  # five times the longest queue anybody has
PROCESSES = (1, 4, 16)
ROUNDS = 3
Result = dict[str, list[float]]


def main() -> bool:
    """Measure and print; say whether the targets are reached."""
    reached = True
    for count in PROCESSES:
        rounds = []
        for _ in range(ROUNDS):  # in turn, so that a busy neighbour slows both alike
            plain, _ = _told("plain SQLite", count, _together(count, "plain"))
            ours = _together(count, "ours")
            rate, wait = _told("ours", count, ours)
            assert _once(ours), "a task was claimed twice, or never"
            rounds.append((rate, wait, rate / plain))
        rate, wait, ratio = (statistics.median(column) for column in zip(*rounds, strict=True))
        good = rate >= TARGET_RATE and wait <= TARGET_WAIT
        reached &= good
        print(
            f"    median: {rate:.0f} decisions/s, {ratio:.2f} x plain SQLite, longest wait"
            f" {wait * 1e3:.0f} ms: {'reached' if good else 'MISSED'}"
        )
    return reached


def _once(results: list[Result]) -> bool:
    claims = [task for result in results for task in result["claimed"]]
    return sorted(claims) == list(range(1, TASKS + 1))


def _told(name: str, count: int, results: list[Result]) -> tuple[float, float]:
    ended = max(result["ended"][0] for result in results)
    began = min(result["began"][0] for result in results)
    waits = sorted(wait for result in results for wait in result["waits"])
    rate = len(waits) / (ended - began)
    cpu = sum(result["cpu"][0] for result in results) / len(waits)
    shares = [len(result["claimed"]) for result in results]
    print(
        f"{count:3} processes, {name:12}: {rate:6.0f} decisions/s;"
        f" wait p50 {waits[len(waits) // 2] * 1e3:6.2f} ms, longest {waits[-1] * 1e3:7.1f} ms;"
        f" least/most served {min(shares)}/{max(shares)};"
        f" {cpu * 1e6:4.0f} µs of processor each;"
        f" {'each once' if _once(results) else 'NOT EACH ONCE'}"
    )
    return rate, waits[-1]


def _together(count: int, how: str) -> list[Result]:
    with tempfile.TemporaryDirectory() as folder:
        (_fill if how == "ours" else _fill_plain)(folder)
        argv = [sys.executable, "-m", "tests.bench.bench_claims", how, folder]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        children = [subprocess.Popen(argv, **pipes) for _ in range(count)]  # type: ignore[call-overload]
        for child in children:
            assert child.stdout.readline() == "ready\n"
        for child in children:
            child.stdin.write("go\n")
            child.stdin.flush()
        results = [json.loads(child.stdout.readline()) for child in children]
        for child in children:
            child.communicate(timeout=120)
        return results


def _fill(folder: str) -> None:
    with Journal(folder) as journal:
        journal.append(*[added(f"t{number}") for number in range(1, TASKS + 1)])


def _fill_plain(folder: str) -> None:
    db = sqlite3.connect(Path(folder, "plain.db"), isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("CREATE TABLE tasks (id INTEGER PRIMARY KEY, owner INTEGER, done INTEGER)")
    db.execute("CREATE INDEX open ON tasks (id) WHERE owner IS NULL")
    db.executemany("INSERT INTO tasks (id) VALUES (?)", [(n + 1,) for n in range(TASKS)])
    db.close()


def _ours(folder: str) -> Result:
    """Let the scheduler give the one free slot to the next task, and give it back."""
    waits, mine = [], []
    with Journal(folder) as journal:
        began, spent = _at_once()
        while True:
            asked = time.perf_counter()
            with journal.decide() as decision:
                state = decision.state
                one_free = Subscription("max", "builtin", slots=len(state.live) + 1)
                starts, _ = ready(state, [one_free], {}, decision.at)
                session = f"s{state.next_session}"
                if starts:
                    decision.append(claimed(session, starts[0].task))
            waits.append(time.perf_counter() - asked)
            if not starts:
                break
            mine.append(int(starts[0].task[1:]))
            asked = time.perf_counter()
            journal.append(e.SessionEnded(session, "exit", 0))
            waits.append(time.perf_counter() - asked)
    return _result(mine, waits, began, spent)


def _result(mine: list[int], waits: list[float], began: float, spent: float) -> Result:
    return {
        "claimed": list(map(float, mine)),
        "waits": waits,
        "began": [began],
        "ended": [time.time()],
        "cpu": [time.process_time() - spent],
    }


def _plain(folder: str) -> Result:
    """The same without us: one UPDATE of one row, SQLite's own lock, the same durability."""
    db = sqlite3.connect(Path(folder, "plain.db"), isolation_level=None, timeout=30)
    db.execute("PRAGMA synchronous = FULL")
    waits, mine, owner = [], [], os.getpid()
    began, spent = _at_once()
    while True:
        asked = time.perf_counter()
        db.execute("BEGIN IMMEDIATE")
        row = db.execute(
            "UPDATE tasks SET owner = ? WHERE id ="
            " (SELECT id FROM tasks WHERE owner IS NULL ORDER BY id LIMIT 1) RETURNING id",
            (owner,),
        ).fetchone()
        db.execute("COMMIT")
        waits.append(time.perf_counter() - asked)
        if row is None:
            break
        mine.append(row[0])
        asked = time.perf_counter()
        db.execute("BEGIN IMMEDIATE")
        db.execute("UPDATE tasks SET done = 1 WHERE id = ?", row)
        db.execute("COMMIT")
        waits.append(time.perf_counter() - asked)
    return _result(mine, waits, began, spent)


def _at_once() -> tuple[float, float]:
    """Wait until all are ready; return the time of day and the processor time so far."""
    print("ready", flush=True)
    sys.stdin.readline()
    return time.time(), time.process_time()


def _child(how: str, folder: str) -> None:
    print(json.dumps((_ours if how == "ours" else _plain)(folder)), flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    if len(sys.argv) == 3:
        _child(*sys.argv[1:])
    else:
        sys.exit(not main())
