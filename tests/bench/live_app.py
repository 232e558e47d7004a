"""The fleet over real terminals, as bench_live runs it: `python -m tests.bench.live_app HOME OUT`.

It notes when an agent's write was in our hands, and writes the waits and what was in sight to OUT
when it is told to (SIGUSR1).
"""

from __future__ import annotations

import json
import re
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from conductor.journal import Journal
from conductor.places import Places
from conductor.terminals import wall as walls
from conductor.tui import app
from conductor.tui.app import Conductor
from conductor.tui.live import LiveScreens
from conductor.tui.world import World

if TYPE_CHECKING:
    from conductor.tui.widgets.wall import Wall

WRITTEN = re.compile(rb"at (\d+)!")


class Live(Conductor):
    """The fleet, noting how old what it is given is."""

    CSS_PATH = str(Path(app.__file__).with_name("app.tcss"))

    def on_mount(self) -> None:
        """Follow the terminals, without a runner."""
        self.waits: list[float] = []
        output = walls.Wall._output

        def heard(wall: walls.Wall, pane: bytes, data: bytes) -> None:
            output(wall, pane, data)
            self.heard(data)

        walls.Wall._output = heard  # type: ignore[method-assign]
        self.run_worker(self.lookout.terminals(), name="terminals")
        signal.signal(signal.SIGUSR1, lambda *_: self._tell())
        signal.signal(signal.SIGUSR2, lambda *_: self.waits.clear())

    def heard(self, data: bytes) -> None:
        """Note how old what an agent wrote is, now that it has come."""
        if found := WRITTEN.search(data):
            self.waits.append((time.monotonic_ns() - int(found[1])) / 1e6)

    def _tell(self) -> None:
        wall: Wall = self.screen.query_one("Wall")  # type: ignore[assignment]
        Path(sys.argv[2]).write_text(json.dumps([self.waits, len(wall.followed)]))


if __name__ == "__main__":
    places = Places(sys.argv[1], sys.argv[1])
    with Journal(places.journal) as journal:
        Live(World(journal, places, screens=LiveScreens(places)), live=False).run()
