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
        self._ending: tuple[ModalScreen[None], str] | None = (
            None  # a dialog, and the key that ends it
        )

    async def keeps(self, event: Typed) -> bool:
        """Keep what comes too early, whether or not it went to the room that was there before."""
        top = self._app.screen
        if self._kept and (self._for is not top or time.monotonic() - self._since > PATIENCE):
            self._ending = None
            await self._let_go()
        if not event.is_forwarded:
            vars(event)["meant"] = top
            if self._ending and self._ending[0] is top:
                if not (isinstance(event, events.Key) and event.key == self._ending[1]):
                    self._keep(event, top)  # the same key once more says nothing new
                return True
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
            if not self._ending:
                top.call_after_refresh(self._app.call_next, self._begin, top)

    def hold(self, dialog: ModalScreen[None]) -> None:
        """Keep what is pressed from now on, until a dialog has seen to the key that ends it."""
        self._ending = (dialog, self._pressed)

    async def go_on(self) -> None:
        """Let what was kept meanwhile go to what is there now: the room, or still the dialog."""
        self._ending = None
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
    from conductor.tui.app import Conductor

    app = dialog.app
    assert isinstance(app, Conductor)
    ahead = app.ahead

    def do() -> None:
        if dialog.is_current:
            deed()
        app.call_next(ahead.go_on)

    ahead.hold(dialog)
    (dialog.focused or dialog).call_later(do)
