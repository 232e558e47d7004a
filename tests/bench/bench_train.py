"""How long ten independent changes take to land, beside one check, eight checked at once."""

from __future__ import annotations

import sys
import time

from conductor import events as e
from conductor.state import TaskState
from tests.runner.house import House
from tests.runner.offered import offered

CHANGES, AT_ONCE = 10, 8
SECONDS = 10.0
TARGET = 2.5


def measure(seconds: float, changes: int = CHANGES, files: int = 200) -> float:
    """Land a train whose check sleeps; return its wall time in checks."""
    house = House()
    try:
        for number in range(files):
            (house.repo / f"file-{number:04}.txt").write_text(f"{number}\n" * 20)
        house.wishes(verify=f"sleep {seconds:g}")
        with (house.repo / "conductor.toml").open("a") as file:
            file.write(f"[landing]\nparallel = {AT_ONCE}\n")
        house.commit("Check eight at once")
        for number in range(changes):
            task = offered(house, f"Change {number}", {f"file-{number:04}.txt": "changed\n"})
            house.act("approve", task)
        with house.running():
            house.until(lambda state: state.runner)
            began = time.monotonic()
            house.until(lambda state: len(state.landed) == changes, 10 * seconds + 60)
            took = time.monotonic() - began
        assert all(task.state is TaskState.LANDED for task in house.state.tasks.values())
        assert len(house.facts(e.VerifyFinished)) == changes, "a change was checked twice"
        return took / seconds
    finally:
        house.close()


def main() -> bool:
    """Measure and print; say whether the target is reached."""
    ratio = measure(SECONDS)
    print(f"  {CHANGES} changes, a check of {SECONDS:g} s, {AT_ONCE} at once: {ratio:.2f} checks")
    print(f"  target {TARGET} checks: {'reached' if ratio <= TARGET else 'MISSED'}")
    return ratio <= TARGET


if __name__ == "__main__":
    sys.exit(not main())
