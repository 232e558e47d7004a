"""How long until a fact that one process wrote is in another one's state."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from conductor import events as e
from conductor.bell import watch
from conductor.journal import Journal
from conductor.state import State

TARGET = 0.005
FACTS = 300

_WRITER = """if True:
    import sys, time
    from conductor.events import TroubleSeen
    from conductor.journal import Journal
    with Journal(sys.argv[1]) as journal:
        for number in range(int(sys.argv[2])):
            time.sleep(0.004 + number % 7 / 1000)
            journal.append(TroubleSeen("clock", repr(time.time())))
        journal.append(TroubleSeen("end", ""))
"""


def main() -> bool:
    """Measure and print; say whether the target is reached."""
    woken = _measure("bell")
    asked = _measure("poll")
    for name, delays in (("woken by the bell", woken), ("asking each 10 ms", asked)):
        delays.sort()
        middle, late = delays[len(delays) // 2], delays[int(len(delays) * 0.99)]
        print(f"  {name}: p50 {middle * 1e3:6.2f} ms, p99 {late * 1e3:6.2f} ms, {len(delays)} seen")
    middle = woken[len(woken) // 2]
    print(f"  target p50 {TARGET * 1e3:.0f} ms: {'reached' if middle <= TARGET else 'MISSED'}")
    return middle <= TARGET


def _measure(how: str) -> list[float]:
    with tempfile.TemporaryDirectory() as folder, Journal(folder) as journal:
        writer = subprocess.Popen([sys.executable, "-c", _WRITER, folder, str(FACTS)])
        delays: list[float] = []
        seen = journal.state.seq
        for _ in watch(journal, 60) if how == "bell" else _ask(journal):
            now = time.time()
            for record in journal.since(seen):
                seen = record.seq
                if isinstance(record.fact, e.TroubleSeen) and record.fact.subject == "clock":
                    delays.append(now - float(record.fact.why))
            if "end" in journal.state.troubles:
                break
        writer.wait(30)
    return delays


def _ask(journal: Journal) -> Iterator[State]:
    while True:
        time.sleep(0.010)
        yield journal.catch_up()


if __name__ == "__main__":
    sys.exit(not main())
