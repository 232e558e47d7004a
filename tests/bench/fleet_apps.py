"""What bench_fleet measures, run inside a terminal: `python -m tests.bench.fleet_apps KIND OUT`.

Thirty agents' screens of 120x36 change four coloured lines each, thirty times a second. `ours` is
the fleet itself; `static` is what one would write first, a Static for each agent, updated with
Text.from_ansi; `direct` writes the same changed lines straight to the terminal.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from textual.app import App
from textual.containers import Grid
from textual.widgets import Static

from conductor import events as e
from conductor.tui import app
from conductor.tui.app import Conductor
from conductor.tui.story import Story, StoryScreens, told
from conductor.tui.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

AGENTS, FPS, SECONDS, WARM = 30, 30, 6.0, 1.5
COLUMNS, ROWS, CHANGED = 120, 36, 4


class Cursor(NamedTuple):
    """A cursor nobody sees."""

    x: int = 0
    y: int = ROWS - 1
    visible: bool = False


class Changing:
    """An agent's screen that draws some lines anew at every step, made beforehand."""

    def __init__(self, seed: int) -> None:
        dice = random.Random(seed)
        self.size = (COLUMNS, ROWS)
        made = [
            "".join(f"\x1b[38;5;{dice.randint(1, 255)}mwords and " for _ in range(12)) + "\x1b[0m"
            for _ in range(997)
        ]  # a list: what is measured must not pay for making them
        self._made = cycle(made)
        self.rows = list(islice(self._made, ROWS))
        self._dice = dice

    def step(self) -> list[int]:
        """Draw some of the last lines anew."""
        changed = self._dice.sample(range(ROWS - 8, ROWS), CHANGED)
        for y in changed:
            self.rows[y] = next(self._made)
        return changed

    def row(self, y: int) -> str:
        """Return a row."""
        return self.rows[y]

    def cursor(self) -> Cursor:
        """Return the cursor."""
        return Cursor()


class Meter:
    """Counts frames and processor time between two moments."""

    def __init__(self) -> None:
        self.frames = 0
        self.keys: list[float] = []

    def begin(self) -> None:
        """Begin to count, once it runs evenly."""
        self.frames, self.keys = 0, []
        self._cpu, self._at = time.process_time(), time.monotonic()

    def end(self, out: str) -> None:
        """Write the figures."""
        took, cpu = time.monotonic() - self._at, time.process_time() - self._cpu
        keys = sorted(self.keys) or [0.0]
        figures = {
            "fps": self.frames / took,
            "cpu_ms": cpu / max(1, self.frames) * 1000,
            "key_p50": statistics.median(keys) * 1000,
            "key_p95": keys[int(len(keys) * 0.95)] * 1000,
            "keys": len(self.keys),
        }
        Path(out).write_text(json.dumps(figures))


METER = Meter()


class Agents(StoryScreens):
    """Thirty changing screens, told of as the real ones are."""

    def __init__(self) -> None:
        super().__init__(Story(0.0, (), (), {}, {}))
        self._screens: Any = {f"s{n}": Changing(n) for n in range(1, AGENTS + 1)}

    async def open(
        self,
        on_dirty: Callable[[frozenset[str]], None],
        on_trouble: Callable[[str | None], None],
    ) -> None:
        """Change them all, thirty times a second."""
        names = frozenset(self._screens)
        due = time.monotonic()
        while True:
            for screen in self._screens.values():
                screen.step()
            on_dirty(names)
            METER.frames += 1
            due = max(due + 1 / FPS, time.monotonic() - 1 / FPS)
            await asyncio.sleep(max(0.0, due - time.monotonic()))


class Ours(Conductor):
    """The fleet, with a meter."""

    CSS_PATH = str(Path(app.__file__).with_name("app.tcss"))

    def on_mount(self) -> None:
        """Measure; Textual begins the app itself by its own on_mount."""
        self.run_worker(self.lookout.terminals(), name="terminals")
        self.set_timer(WARM, METER.begin)
        self.set_timer(WARM + SECONDS, self._done)

    async def on_event(self, event: Any) -> None:
        """Note how long a key takes to the frame that shows it."""
        await super().on_event(event)
        if type(event).__name__ == "Key":
            self.call_after_refresh(lambda: METER.keys.append(time.monotonic() - event.time))

    def _done(self) -> None:
        METER.end(sys.argv[2])
        self.exit()


class Naive(App[None]):
    """A Static for each agent."""

    CSS = "Grid { grid-size: 6 5; } Static { border: round gray; height: 1fr; overflow: hidden; }"
    BINDINGS: ClassVar = [("right", "go", "Go")]

    def compose(self) -> ComposeResult:
        """Lay out the tiles."""
        self.tiles = [Static() for _ in range(AGENTS)]
        self.screens = [Changing(n) for n in range(1, AGENTS + 1)]
        self.at = 0
        yield Grid(*self.tiles)

    def on_mount(self) -> None:
        """Begin to change and to measure."""
        self.set_interval(1 / FPS, self.step)
        self.set_timer(WARM, METER.begin)
        self.set_timer(WARM + SECONDS, self._done)

    def step(self) -> None:
        """Change every tile."""
        from rich.text import Text

        for tile, screen in zip(self.tiles, self.screens, strict=True):
            screen.step()
            rows = screen.rows[-(tile.size.height or 12) :]
            tile.update(Text.from_ansi("\n".join(rows), no_wrap=True))
        METER.frames += 1

    def action_go(self) -> None:
        """Mark the next tile."""
        self.tiles[self.at].styles.border = ("round", "gray")
        self.at = (self.at + 1) % AGENTS
        self.tiles[self.at].styles.border = ("round", "red")

    async def on_event(self, event: Any) -> None:
        """Note how long a key takes to the frame that shows it."""
        await super().on_event(event)
        if type(event).__name__ == "Key":
            self.call_after_refresh(lambda: METER.keys.append(time.monotonic() - event.time))

    def _done(self) -> None:
        METER.end(sys.argv[2])
        self.exit()


def direct() -> None:
    """Write the changed lines of the same tiles, cut to their width, and nothing else."""
    from rich.color import ColorSystem

    from conductor.tui.ansi import crop

    screens = [Changing(n) for n in range(1, AGENTS + 1)]
    begun, measuring = time.monotonic(), False
    while time.monotonic() - begun < WARM + SECONDS:
        if not measuring and time.monotonic() - begun > WARM:
            measuring = True
            METER.begin()
        due = time.monotonic() + 1 / FPS
        out = []
        for n, screen in enumerate(screens):
            x, y = n % 6 * 41 + 1, n // 6 * 13 + 1
            for row in screen.step():
                text = crop(screen.row(row), 39, ColorSystem.TRUECOLOR)
                out.append(f"\x1b[{y + row - ROWS + 12};{x}H{text}")
        os.write(1, "".join(out).encode())
        METER.frames += 1
        time.sleep(max(0.0, due - time.monotonic()))
    METER.end(sys.argv[2])


def ours() -> None:
    """Show the fleet over a journal of thirty sessions at work."""
    facts: list[tuple[float, e.Fact]] = []
    for n in range(1, AGENTS + 1):
        task, session = f"t{n}", f"s{n}"
        facts += [
            (1.0, e.TaskAdded(task, f"Piece of work number {n}", "words", "/repo")),
            (1.0, e.SessionClaimed(session, task, "builtin", "local")),
            (1.0, e.SessionBusy(session, "record")),
        ]
    with tempfile.TemporaryDirectory() as folder:
        journal, places = told(Story(1.0, tuple(facts), (), {}, {}), folder)
        with journal:
            Ours(World(journal, places, screens=Agents()), live=False).run()


if __name__ == "__main__":
    {"ours": ours, "static": lambda: Naive().run(), "direct": direct}[sys.argv[1]]()
