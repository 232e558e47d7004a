"""Meters: the tokens that go through every subscription, and what is left of its windows."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from conductor import exports, meters
from conductor.tui import figures
from conductor.tui.figures import MEASURES, SPANS, SPLITS
from conductor.tui.screens.room import Room
from conductor.tui.widgets.board import Board

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from conductor.tui.world import World

EVERY = 2.0
"""Seconds between two readings, however much happens: each takes up to a tenth of one."""


class Meters(Room):
    """How fast, how much, and what will be left over."""

    NAME = "meters"
    HELP_TEXT = (
        "All tokens that your subscriptions take, from the vendors' own records: now (smoothed "
        "over half a minute), over time, and split. A gauge is one window of a subscription: what "
        "is used (█), what will be at this pace when it resets (▒), and what would lapse (░). ≈ is "
        "estimated, ? is too old to be believed, ! is above 80 %, ‼ above 95 %. An agent's time is "
        "idle between turns, also while its change waits for your review."
    )
    CSS_PATH = "meters.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "span(1)", "Hour/day/month", id="meters.span", tooltip="Look further back"),
        Binding("s", "split(1)", "Split", id="meters.split",
                tooltip="By subscription, session, task, template, model, repository"),
        Binding("o", "measure(1)", "Tokens/cost", id="meters.measure",
                tooltip="Draw all tokens, input, cached, output, or dollars"),
        Binding("e", "export", "Export", id="meters.export",
                tooltip="Write what is shown as CSV and JSON"),
    ]  # fmt: skip

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.split, self.measure = SPLITS[0], MEASURES[0]
        # On the first evening a day would be one bar at its end.
        day = meters.is_older(world.journal, world.now - SPANS[0].seconds)
        self.span = SPANS[1] if day else SPANS[0]
        self._seen: object = None
        self._drawn = 0.0

    def body(self) -> Iterable[Widget]:
        """Return the board."""
        self.board = Board(id="board")
        return (self.board,)

    def show(self) -> None:
        """Show the meters as they are now, unless that was done a moment ago: `tick` comes back."""
        if self._seen is None or time.monotonic() - self._drawn >= EVERY:
            self._draw()

    def _draw(self) -> None:
        self._drawn = time.monotonic()
        self._seen = self._mark()
        found = figures.read(self.world, self.span, self.split, self.measure)
        self.board.show(found if found.accounts else None)

    def tick(self) -> None:
        """Read anew only what can have changed: by a writer, by time that passed, or by decay."""
        if self._mark() != self._seen:
            self.show()

    def _mark(self) -> object:
        written = self.world.journal.db.execute("PRAGMA data_version").fetchone()[0]
        fast = sum(self.world.speeds.values())
        return written, int(self.world.now // self.span.step), round(fast, 1), self.world.state.seq

    # Acts.

    def action_span(self, by: int) -> None:
        """Look back over another length of time."""
        self.span = SPANS[(SPANS.index(self.span) + by) % len(SPANS)]
        self._draw()

    def action_split(self, by: int) -> None:
        """Split by something else."""
        self.split = SPLITS[(SPLITS.index(self.split) + by) % len(SPLITS)]
        self._draw()

    def action_measure(self, by: int) -> None:
        """Draw another amount."""
        self.measure = MEASURES[(MEASURES.index(self.measure) + by) % len(MEASURES)]
        self._draw()

    def action_export(self) -> None:
        """Write what was used over the time that is shown, split as it is shown."""
        since = self.world.now - self.span.seconds
        content = exports.document(self.world.journal, since, self.split.value)
        try:
            path = exports.write(self.world.places.exports, content)
        except OSError as error:
            why = f"{self.world.places.exports} cannot be written to: {error.strerror}."
            self.app.notify(f"{why} `conductor usage --csv` prints it.", severity="warning")
        else:
            self.app.notify(f"{path}, and .json beside it.", title="Written")
