"""How long after a change its overlap is told, and what that costs: `… bench overlaps [SESSIONS]`.

Twenty agents are at work in one repository; a file of one is changed, then the same of another, and
the clock runs from that write to the fact in the journal. The processor time is all the runner's,
and that of every git it starts for it.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path

from conductor.state import SessionState, State, pair
from tests.runner.house import House, waiting

SESSIONS, CHANGES, FILES = 20, 15, 2000
TARGET, CPU = 2.0, 0.150


def spent(pid: int) -> float:
    """Processor seconds of a process and of those it has waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def at_work(house: House, count: int) -> list[Path]:
    """Start so many agents that wait in the middle of their turn; return their worktrees."""
    house.configure(slots=count)
    for number in range(1, count + 1):
        own = f"$ echo {number} > own{number}"
        house.task(f"Work {number}", [own, f"$ {waiting(house.gate())}", "Done."])

    def come(state: State) -> bool:
        busy = [one for one in state.live.values() if one.state is SessionState.BUSY]
        return len(busy) == count and all(house.said(one.id, "result") for one in busy)

    house.until(come, 300)
    return [Path(house.of(f"t{number}").worktree or "") for number in range(1, count + 1)]


def measure(count: int) -> tuple[list[float], list[float]]:
    """Seconds until each of some changes was told, and processor seconds each."""
    house = House()
    try:
        for number in range(FILES):
            file = house.repo / f"d{number % 50}" / f"f{number}.txt"
            file.parent.mkdir(exist_ok=True)
            file.write_text(f"{number}\n" * 20)
        house.commit("Files")
        with house.running() as runner:
            trees = at_work(house, count)
            took, cpu = [], []
            for number in range(CHANGES):
                at = number % (count - 1)
                name, key = f"d{number}/f{number}.txt", pair(f"s{at + 1}", f"s{at + 2}")
                known = house.state.overlaps.get(key)
                before = known.count if known else 0
                (trees[at] / name).write_text("one\n")
                time.sleep(1.0)  # for the first write's own look to be over
                began, used = time.monotonic(), spent(runner.pid)
                (trees[at + 1] / name).write_text("other\n")
                house.until(lambda s, k=key, b=before: k in s.overlaps and s.overlaps[k].count > b)
                took.append(time.monotonic() - began)
                time.sleep(0.5)
                cpu.append(spent(runner.pid) - used)
            house.gate().touch()
        return took, cpu
    finally:
        house.close()


def main() -> bool:
    """Measure and print; say whether the targets are reached."""
    count = next((int(word) for word in sys.argv[1:] if word.isdigit()), SESSIONS)
    took, cpu = measure(count)
    late, used = statistics.quantiles(took, n=20)[18], statistics.median(cpu)
    print(f"  {count} agents, {FILES} files: told after {statistics.median(took):.2f} s (p50),")
    print(f"  {late:.2f} s (p95), target {TARGET:g} s; {used * 1000:.0f} ms of processor a change,")
    print(f"  target {CPU * 1000:.0f} ms")
    return late <= TARGET and used <= CPU


if __name__ == "__main__":
    sys.exit(not main())
