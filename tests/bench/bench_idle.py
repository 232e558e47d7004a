"""What the runner costs while nothing happens: with no session, and with thirty idle ones.

Run it by `python -m tests.bench.bench_idle [SESSIONS]` on Linux; it reads /proc.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from conductor.state import State, TaskState
from tests.runner.house import House

SECONDS = 10.0
MOST_OF_A_CORE = 0.01
MOST_WAKES = 1.0


def cost(pid: int, seconds: float = SECONDS) -> tuple[float, float]:
    """Return the share of a core and the wake-ups a second that a process takes, all threads."""
    before, began = _spent(pid), time.monotonic()
    time.sleep(seconds)
    after, took = _spent(pid), time.monotonic() - began
    return (after[0] - before[0]) / took, (after[1] - before[1]) / took


def _spent(pid: int) -> tuple[float, float]:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = sum(int(field) for field in fields[11:15])  # its own, and its ended children's
    wakes = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        for line in (thread / "status").read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                wakes += int(line.split()[1])
    return ticks / os.sysconf("SC_CLK_TCK"), wakes


def _idle(count: int) -> object:
    def come(state: State) -> bool:
        reviews = sum(task.state is TaskState.REVIEW for task in state.tasks.values())
        return reviews == count and len(state.live) == count

    return come


def main() -> int:
    """Measure both, and print the figures; 1 if they are too high."""
    count = next((int(word) for word in sys.argv[1:] if word.isdigit()), 30)
    house = House()
    try:
        house.configure(slots=4)
        house.wishes(review_limit=count + 1)
        with house.running() as runner:
            house.until(lambda s: s.runner == runner.pid)
            time.sleep(1.0)
            none = cost(runner.pid)
            for number in range(count):
                house.task(f"Work {number}", [f"$ echo {number} > f{number}", "Done."])
            house.until(_idle(count), seconds=240)
            time.sleep(1.0)
            many = cost(runner.pid)
    finally:
        house.close()
    for name, (share, wakes) in (("no session", none), (f"{count} idle", many)):
        print(f"{name:10} {share:7.2%} of a core, {wakes:6.1f} wake-ups a second")
    return int(many[0] > MOST_OF_A_CORE or none[1] > MOST_WAKES)


if __name__ == "__main__":
    sys.exit(main())
