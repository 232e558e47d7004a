"""Starts that wait for what the machine lacks: said once, and tried again one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import AbstractAsyncContextManager, nullcontext

from conductor import events as e
from conductor.runner.reach import Reach
from conductor.state import State

STARTS = "starts"
"""The trouble that agents cannot be started for want of room, open files or processes."""

AGAIN = 3.0
"""Seconds until such a start is tried again."""


class Shortage:
    """Who waits, and what for."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self._waiting: set[str] = set()
        self._turn = asyncio.Lock()

    def turn(self, session: str) -> AbstractAsyncContextManager[None]:
        """Let those that were held start one at a time: together they may lack it again."""
        return self._turn if session in self._waiting else nullcontext()

    def hold(self, session: str, error: Exception) -> float:
        """Let a start wait, and return after how many seconds it is to be tried again."""
        self._waiting.add(session)
        if STARTS not in self.reach.state().troubles:
            why = f"{str(error).rstrip('.')}. What waits for that starts by itself once it is over."
            self.reach.journal.append(e.TroubleSeen(STARTS, why))
        return AGAIN

    def over(self, session: str) -> None:
        """Note that a start has come to an end."""
        self._waiting.discard(session)

    def look(self, state: State, wanted: Collection[str]) -> None:
        """Forget whom nobody wants to start any more; say when nobody waits."""
        self._waiting.intersection_update(wanted)
        if STARTS in state.troubles and not self._waiting:
            self.reach.journal.append(e.TroubleCleared(STARTS))
