"""How soon the meters are there: a million requests of a month, and a hundred thousand facts.

Time of processor, from the key to what is painted, is what is judged: the clock says more about
the neighbours than about us.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from typing import Any

from conductor import events as e
from conductor.journal import Journal
from conductor.places import Places
from conductor.tui import figures
from conductor.tui.app import Conductor
from conductor.tui.world import World
from tests.bench import bench_meters

OPENS = 0.300
KEYS = (
    ("opened", "U"), ("the fleet", "f"), ("opened again", "U"), ("a month", "t"),
    *((f"a month by {split}", "s") for split in figures.SPLITS[1:]),
    ("an hour", "t"), ("a day", "t"),
)  # fmt: skip
FACTS, SESSIONS = 100_000, 30


def main() -> bool:
    """Measure and print; say whether the target is reached."""
    now = time.time()
    with tempfile.TemporaryDirectory() as folder:
        places = Places(config=folder, state=folder)
        places.make()
        with Journal(places.journal) as journal:
            bench_meters._fill(journal, now)
            _happen(journal, now)
        with Journal(places.journal) as journal:
            return asyncio.run(_open(World(journal, places, clock=now)))


def _happen(journal: Journal, now: float) -> None:
    """Let thirty agents begin and end turns all month."""
    with journal.decide() as decision:
        for number in range(FACTS):
            decision.at = now - 30 * 86400 * (1 - number / FACTS)
            session, turn = f"s{number % SESSIONS + 1}", number // SESSIONS
            if not turn:
                decision.append(e.SessionStarted(session, 7))
            else:
                decision.append((e.SessionBusy, e.SessionIdle)[turn % 2](session, "hook"))


async def _open(world: World) -> bool:
    app = Conductor(world, live=False)
    took, asked = [], [0.0]
    read = figures.read

    def timed(*given: Any) -> figures.Figures:
        began = time.process_time()
        found = read(*given)
        asked[0] += time.process_time() - began
        return found

    figures.read = timed
    async with app.run_test(size=(160, 45)) as pilot:
        await pilot.pause()
        for what, key in KEYS:
            asked[0], began = 0.0, time.process_time()
            await pilot.press(key)
            await pilot.pause()
            took.append(time.process_time() - began)
            told = f"{took[-1] * 1e3:4.0f} ms of processor, {asked[0] * 1e3:4.0f} of them reading"
            print(f"    {what:24} {told}")
    return max(took[0], took[2]) <= OPENS
