"""What is pressed while a dialog opens, or ends: kept until it is clear what it is for.

Who presses `n` goes on typing at once, and who sends their words goes on to the next thing; on a
machine full of agents a dialog takes its time.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from weakref import WeakSet

from textual import events
from textual.screen import ModalScreen

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App
    from textual.screen import Screen
    from textual.widget import Widget

PATIENCE = 3.0
"""Seconds after which keys go on though the dialog has not been drawn."""

Typed = events.Key | events.Paste


class Ahead:
    """Keys on their way to a dialog that is not there yet."""

    def __init__(self, app: App[int]) -> None:
        self._app = app
        self._drawn: WeakSet[Screen[object]] = WeakSet()
        self._kept: list[Typed] = []
        self._for: Screen[object] | None = None
        self._since = 0.0
        self._pressed = ""  # the last key
        self._held: object = None  # the screen that is about to take keys in another place
        self._once = ""  # the key that had it so: pressed once more it says nothing new

    async def keeps(self, event: Typed) -> bool:
        """Keep what comes too early, whether or not it went to the room that was there before."""
        top = self._app.screen
        if self._kept and (self._for is not top or time.monotonic() - self._since > PATIENCE):
            self._held = None
            await self._let_go()
        if not event.is_forwarded:
            vars(event)["meant"] = top
        if self._held is top and not (event.is_forwarded and self._once):
            if not (isinstance(event, events.Key) and event.key == self._once):
                self._keep(_anew(event) if event.is_forwarded else event, top)
            return True
        if not event.is_forwarded:
            self._pressed = event.key if isinstance(event, events.Key) else ""
        early = isinstance(top, ModalScreen) and top not in self._drawn
        if not (early and self._app.is_running) and vars(event).get("meant", top) is top:
            return False
        if not isinstance(top, ModalScreen):
            return False
        self._keep(_anew(event) if event.is_forwarded else event, top)
        return True

    def _keep(self, event: Typed, top: Screen[object]) -> None:
        self._kept.append(event)
        if self._for is not top:
            self._for, self._since = top, time.monotonic()
            if self._held is not top:
                top.call_after_refresh(self._app.call_next, self._begin, top)

    def hold(self, screen: object, *, ends: bool) -> None:
        """Keep what is pressed from now on, until a dialog has seen to the key that ends it.

        Or until a line of a room can be typed into, which then gets what went elsewhere, too.
        """
        self._held, self._once = screen, self._pressed if ends else ""

    async def go_on(self) -> None:
        """Let what was kept meanwhile go to what is there now: the room, or still the dialog."""
        self._held = None
        await self._let_go()

    async def _begin(self, top: Screen[object]) -> None:
        self._drawn.add(top)
        if self._for is top:
            await self._let_go()

    async def _let_go(self) -> None:
        """Have what was kept happen now, in the order in which it was pressed."""
        kept, self._kept, self._for = sorted(self._kept, key=lambda one: one.time), [], None
        for event in kept:
            await self._app.on_event(event)


def _anew(event: Typed) -> Typed:
    """Make an event once more that has gone to another screen."""
    fresh: Typed
    if isinstance(event, events.Paste):
        fresh = events.Paste(event.text)
    else:
        fresh = events.Key(event.key, event.character)
    fresh.time = event.time
    return fresh


def in_turn(dialog: ModalScreen[None], deed: Callable[[], None]) -> None:
    """Do what may end a dialog, once, when all that was typed before has arrived in its fields."""
    ahead = _of(dialog)

    def do() -> None:
        if dialog.is_current:
            deed()
        dialog.app.call_next(ahead.go_on)

    ahead.hold(dialog, ends=True)
    (dialog.focused or dialog).call_later(do)


def type_into(line: Widget) -> None:
    """Give a line in a room the focus, and all that was typed ahead of that."""
    ahead = _of(line)
    ahead.hold(line.app.screen, ends=False)
    line.focus()
    line.app.call_later(ahead.go_on)


def _of(widget: Widget) -> Ahead:
    from conductor.tui.app import Conductor

    assert isinstance(widget.app, Conductor)
    return widget.app.ahead
