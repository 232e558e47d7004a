"""Draws docs/pictures of limits and moves from real agents: `python -m tests.conformance.pictures`.

Claude Code and Codex run against the model server on subscriptions of their own, which hit their
limit in the middle of a task. Where a second subscription has room its sessions move by themselves,
elsewhere they wait for the reset; pictures are taken of what is then there.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from conductor import acts
from conductor.state import SessionState, TaskState
from tests.conformance.fleet import Fleet
from tests.conformance.test_failover import LIMITED, WORK
from tests.model_server.plans import Plan
from tests.model_server.serve import ModelServer
from tests.runner.house import House

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
TASKS = {
    "claude": ("Let the export write CSV as well", "Name the column in the error message"),
    "codex": ("Make the importer stream its input", "Find what slows the start down"),
}


def main() -> int:
    house = House()
    with ModelServer() as server:
        fleet = Fleet(house, server)
        try:
            tell(fleet)
        finally:
            for runner in house.runners:
                runner.terminate()
                runner.wait(10)
            house.close()
    return 0


def tell(fleet: Fleet) -> None:
    """Let it all happen, and take the pictures."""
    now = time.time()
    for vendor, name in (("claude", "claude-max"), ("codex", "codex-plus")):
        fleet.subscribe(name, vendor, Plan(0.90, 0.83, 0.02, now + 2.2 * 3600))
    fleet.begin("ask")
    tasks = []
    for vendor, titles in TASKS.items():
        for title in titles:
            words = f"{title}.\n{WORK}"
            tasks.append(fleet.house.task(words, title=title, harness=vendor))
    for task in tasks:
        fleet.until(task, lambda s: s.state is LIMITED)
    second = fleet.subscribe("claude-2", "claude", Plan(0.21, 0.42, 0.01, now + 3.7 * 3600))
    fleet.configure("ask")
    for task in tasks[:2]:
        fleet.until(task, lambda s: s.offers)
    for number in range(1, fleet.house.state.next_task):
        if fleet.house.state.tasks[f"t{number}"].state is TaskState.HELD:
            acts.cancel(fleet.house.journal, f"t{number}")
    picture(fleet, "inbox", "choice")
    second.delay = 30.0  # so that they are seen at work
    fleet.configure("auto")
    for task in tasks[:2]:
        fleet.until(task, lambda s: s.subscription == "claude-2" and s.state is SessionState.BUSY)
    picture(fleet, "fleet", "moved")


def picture(fleet: Fleet, screen: str, name: str) -> None:
    env = {**os.environ, "CONDUCTOR_HOME": fleet.house.places.state}
    argv = [sys.executable, "-m", "conductor", "shot", screen, "--size", "140x36"]
    subprocess.run([*argv, "-o", str(PICTURES / f"{name}.svg")], env=env, check=True)


if __name__ == "__main__":
    sys.exit(main())
