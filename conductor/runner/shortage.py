"""Starts that wait for what the machine lacks: said once, and tried again one after the other.

It may be room, open files or processes, or the program of an agent that is taken up again: before
the first start of one, nothing is claimed for it at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import AbstractAsyncContextManager, nullcontext

from conductor import events as e
from conductor.runner.preparing import SetupFailed
from conductor.runner.reach import Reach
from conductor.scheduler import not_found
from conductor.state import State
from harnesses import HarnessError
from worktrees.errors import short

STARTS = "starts"
"""The trouble that agents cannot be started for want of room, open files or processes; followed by
a program's name, for want of that.
"""

AGAIN = 3.0
"""Seconds until such a start is tried again."""


class ProgramMissing(HarnessError):
    """The program of an agent that went on before is not there any more."""

    def __init__(self, program: str) -> None:
        super().__init__(not_found([program]))
        self.program = program


class Shortage:
    """Who waits, and what for."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self._waiting: dict[str, str] = {}  # by session, the trouble
        self._turn = asyncio.Lock()

    def turn(self, session: str) -> AbstractAsyncContextManager[None]:
        """Let those that were held start one at a time: together they may lack it again."""
        return self._turn if session in self._waiting else nullcontext()

    def holds(self, session: str, error: Exception) -> bool:
        """Let a start wait if it lacks what may come, and say so once."""
        if isinstance(error, ProgramMissing):
            subject = f"{STARTS} of {error.program}"
        elif short(error) and not isinstance(error, SetupFailed):
            subject = STARTS
        else:
            return False
        self._waiting[session] = subject
        if subject not in self.reach.state().troubles:
            why = f"{str(error).rstrip('.')}. What waits for that starts by itself once it is over."
            self.reach.journal.append(e.TroubleSeen(subject, why))
        return True

    def over(self, session: str) -> None:
        """Note that a start has come to an end."""
        self._waiting.pop(session, None)

    def look(self, state: State, wanted: Collection[str]) -> None:
        """Forget whom nobody wants to start any more; say for what nobody waits."""
        for session in self._waiting.keys() - wanted:
            del self._waiting[session]
        told = [one for one in state.troubles if one.split(" ")[0] == STARTS]
        over = [one for one in told if one not in self._waiting.values()]
        if over:
            self.reach.journal.append(*map(e.TroubleCleared, over))
