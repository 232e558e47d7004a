"""From a task in the queue, with a free slot, to its agent's process in its own worktree.

Beside it, in the same run, what the two commands alone take by hand: `git worktree add` and
`tmux new-session`. Run it by `python -m tests.bench.bench_start`; it needs no network.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from tests.runner.house import House

ROUNDS = 15
MOST = 0.5
"""Seconds that half of the starts may take at most."""


def by_hand(house: House, number: int) -> float:
    """Make a worktree and start a command in it, until the command runs."""
    tree, sign = house.folder / f"hand-{number}", house.folder / f"sign-{number}"
    socket = house.folder / "hand.sock"
    began = time.perf_counter()
    house.git("worktree", "add", "-q", "-b", f"hand-{number}", str(tree))
    command = f"touch {sign}; exec sleep 60"
    start = ["tmux", "-S", str(socket), "new-session", "-d", "-s", f"h{number}", "-c", str(tree)]
    subprocess.run([*start, command], check=True)
    _until(sign.exists)
    return time.perf_counter() - began


def by_us(house: House, number: int) -> float:
    """Queue a task, until its agent's process has told that it runs."""
    began = time.perf_counter()
    task = house.task(f"Work {number}", ["Done."])
    inbox = Path(house.places.sessions, f"s{number}", "inbox.jsonl")
    _until(lambda: inbox.exists() and b"launched" in inbox.read_bytes())
    took = time.perf_counter() - began
    house.until(lambda s: s.sessions[s.tasks[task].session or ""].turns)
    house.act("cancel", task)
    house.until(lambda s: not s.live)
    return took


def _until(come: object) -> None:
    assert callable(come)
    end = time.monotonic() + 20
    while not come():
        assert time.monotonic() < end, "it did not start"
        time.sleep(0.001)


def main() -> int:
    """Measure both, taking turns, and print the figures; 1 if we are too slow."""
    house = House()
    try:
        with house.running() as runner:
            house.until(lambda s: s.runner == runner.pid)
            ours, hand = [], []
            for number in range(1, ROUNDS + 1):
                hand.append(by_hand(house, number))
                ours.append(by_us(house, number))
    finally:
        subprocess.run(["tmux", "-S", str(house.folder / "hand.sock"), "kill-server"], check=False)
        house.close()
    for name, figures in (("by hand", hand), ("conductor", ours)):
        middle, worst = statistics.median(figures), max(figures)
        print(f"{name:10} p50 {middle * 1000:6.0f} ms   worst {worst * 1000:6.0f} ms")
    print(f"ratio      {statistics.median(ours) / statistics.median(hand):.1f}")
    return int(statistics.median(ours) > MOST)


if __name__ == "__main__":
    sys.exit(main())
