"""`conductor list`, warm, against the bare start of Python with SQLite and JSON."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

from conductor import events as e
from conductor.journal import Journal
from conductor.places import Places
from tests.conductor.facts import added, claimed

TARGET = 1.6
ROUNDS = 40


def main() -> bool:
    """Measure and print; say whether the target is reached."""
    reached = True
    for tasks, old in ((6, 0), (30, 20_000)):
        with tempfile.TemporaryDirectory() as home:
            _fill(home, tasks, old)
            reached &= _measure(home, f"{tasks} tasks, {old} old facts")
    return reached


def _fill(home: str, tasks: int, old: int) -> None:
    places = Places(home, home)
    places.make()
    with Journal(places.journal) as journal:
        for _ in range(0, old, 1000):
            held = [e.TroubleSeen("disk", "x"), e.TroubleCleared("disk")] * 500
            journal.append(*held)
        for number in range(1, tasks + 1):
            journal.append(
                added(f"t{number}", title=f"A task of middling length, number {number}"),
                claimed(f"s{number}", f"t{number}"),
                e.SessionStarted(f"s{number}", 1),
                e.SessionBusy(f"s{number}", "hook"),
            )


def _measure(home: str, about: str) -> bool:
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    env["CONDUCTOR_HOME"] = home
    script = os.path.join(os.path.dirname(sys.executable), "conductor")
    lines = {
        "python, sqlite3, json": [sys.executable, "-c", "import sqlite3, json"],
        "conductor list": [script, "list"],
        "conductor list --json": [script, "list", "--json"],
    }
    taken: dict[str, list[float]] = {name: [] for name in lines}
    for _ in range(ROUNDS):  # in turn, so that a busy neighbour slows all of them alike
        for name, argv in lines.items():
            began = time.perf_counter()
            subprocess.run(
                argv, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True
            )
            taken[name].append(time.perf_counter() - began)
    middle = {name: sorted(times)[ROUNDS // 2] for name, times in taken.items()}
    base = middle["python, sqlite3, json"]
    print(about)
    for name, times in taken.items():
        ratio = middle[name] / base
        print(
            f"  {name:24} {middle[name] * 1e3:6.1f} ms"
            f" (best {min(times) * 1e3:5.1f})  {ratio:.2f} x"
        )
    reached = middle["conductor list"] / base <= TARGET
    print(f"  target {TARGET} x: {'reached' if reached else 'MISSED'}")
    return reached


if __name__ == "__main__":
    sys.exit(not main())
