"""Which screens changed, handed out at the pace of what shows them."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

_QUICKEST = 0.004
"""Seconds between two looks at the screen that somebody types into."""


class Frames:
    """The names of changed screens, gathered until somebody takes them."""

    def __init__(self, on_dirty: Callable[[], None] | None = None) -> None:
        self.urgent: str | None = None  # the one somebody types into: it waits for no frame
        self._on_dirty = on_dirty
        self._dirty: set[str] = set()
        self._changed = asyncio.Event()
        self._hurried = asyncio.Event()

    def mark(self, name: str) -> None:
        """Note that a screen changed."""
        first = not self._dirty
        self._dirty.add(name)
        if name == self.urgent:
            self._hurried.set()
        if first:
            self._changed.set()
            if self._on_dirty is not None:
                self._on_dirty()

    def forget(self, name: str) -> None:
        """Note that a screen is not shown any more."""
        self._dirty.discard(name)

    def take(self) -> frozenset[str]:
        """Return what changed since the last call: once a frame."""
        taken, self._dirty = frozenset(self._dirty), set()
        self._changed.clear()
        self._hurried.clear()
        return taken

    async def changes(self, fps: float) -> AsyncIterator[frozenset[str]]:
        """Yield what changed: the first at once, further ones at most so often a second."""
        while True:
            await self._changed.wait()
            due = time.monotonic() + 1 / fps
            yield self.take()
            while (left := due - time.monotonic()) > 0:
                if not await self._hurry(left):
                    break
                if self.urgent in self._dirty:
                    self._dirty.discard(self.urgent)
                    yield frozenset((self.urgent,))
                    await asyncio.sleep(_QUICKEST)

    async def _hurry(self, seconds: float) -> bool:
        """Wait so long, or until what somebody types into has changed; say if it has."""
        if self.urgent is None:
            await asyncio.sleep(seconds)
            return False
        try:
            async with asyncio.timeout(seconds):
                await self._hurried.wait()
        except TimeoutError:
            return False
        self._hurried.clear()
        return True
