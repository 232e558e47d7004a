"""Screens that stand still: read where a vendor shows there what it tells nowhere else.

An agent at work draws all the time. Once nothing has been drawn for a moment, its screen is looked
at, and then not again until something has changed.
"""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Callable

from conductor.cleaning import clean
from conductor.runner.reach import Reach
from conductor.state import Session, SessionState
from conductor.terminals.live import Live
from harnesses import SHOWN, Asked, HarnessError, Idle, Limited, Shown, Sighting

STILL = 1.0
"""Seconds without a stroke after which an agent that is said to be at work is looked at."""

SETTLED = 6.0
"""Seconds after which a screen that stands still has told all it can tell.

Until then one that was last drawn before its agent was given work shows no end of that work: on a
busy machine an agent may have taken a prompt seconds before it draws so.
"""

UNHEARD = "screen-"
"""What the name of an ask begins with that only says that an agent has not begun."""


class Screens:
    """Looks at the screens of agents that are at work, or that stand at what a screen told."""

    def __init__(self, reach: Reach, told: Callable[[str, Sighting, str], None]) -> None:
        self.reach = reach
        self._told = told
        # When each had last drawn, and what was known of it, when it was looked at.
        self._known: dict[str, tuple[int, SessionState]] = {}
        self._gone: dict[str, str] = {}  # dialogs that the last look has not found

    def tells(self, session: Session) -> bool:
        """Say whether a session's screen may tell something now."""
        return self._harness(session) is not None

    def _harness(self, session: Session) -> Shown | None:
        try:
            harness = self.reach.agent(session)
        except HarnessError:
            return None
        if not isinstance(harness, Shown):
            return None
        told = (SHOWN, UNHEARD) if harness.only_screen else SHOWN
        match session.state:
            case SessionState.BUSY | SessionState.LIMITED:
                return harness
            case SessionState.WAITING if (session.ask or "").startswith(told):
                return harness
            case SessionState.STARTING | SessionState.IDLE if session.launches:
                return harness if harness.only_screen else None
        return None

    async def see(self, session: Session, terminal: Live) -> None:
        """Look at a screen that has stood still since it was last drawn to."""
        harness, now = self._harness(session), time.time()
        quiet = now - terminal.drawn
        working = session.state is SessionState.BUSY  # else any change counts
        looked = (terminal.drawn, session.state)
        if harness is None or self._known.get(session.id) == looked:
            return
        if quiet < STILL and working:
            return
        if quiet >= SETTLED:
            self._known[session.id] = looked
        screen = clean(await asyncio.to_thread(self.reach.tmux.capture, session.id, ansi=False))
        now_of = self.reach.state().live.get(session.id)
        if now_of and now_of.state is session.state and now_of.launches == session.launches:
            seen = harness.read_screen(terminal.title, screen, self.reach.now(), quiet)
            if seen is None and harness.only_screen and quiet >= SETTLED:
                seen = _other(now_of, screen)
            same = now_of.state is SessionState.LIMITED and isinstance(seen, Limited)
            early = working and terminal.drawn <= session.since and quiet < SETTLED
            if early and isinstance(seen, Idle):
                return
            if seen is not None and not same and not self._flickers(now_of, seen):
                self._told(session.id, seen, "its own screen")

    def _flickers(self, session: Session, seen: Sighting) -> bool:
        """Say whether a dialog is missing for the first time: it may just be drawn anew."""
        before = self._gone.pop(session.id, "")
        if session.state is not SessionState.WAITING or isinstance(seen, Asked):
            return False
        self._gone[session.id] = session.ask or ""
        return before != session.ask


def _other(session: Session, screen: str) -> Asked | None:
    """Say what an agent of a table shows instead of what it asked: it may want something else."""
    text = worded(screen)
    if session.state is not SessionState.WAITING or not text:
        return None
    ident = f"{SHOWN}{zlib.crc32(text.encode()):08x}"
    return Asked(ident, "screen", f"Its terminal shows something else now:\n{text}")


def worded(screen: str) -> str:
    """Return the last lines of a screen, without frames and pictures, which say nothing."""
    lines = [line for line in screen.splitlines() if any(map(str.isalnum, line))]
    return "\n".join(lines[-20:])
