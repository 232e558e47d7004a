"""Who may write next: one at a time, for a short turn, and nobody waits for long.

SQLite alone lets a waiter starve for seconds, so writers take a file lock before SQLite's own. The
one that comes next waits for it inside the gate, all others before the gate: so whoever has had its
turn can't be the next while others wait. A turn lasts some milliseconds, for as many decisions as
fit into it: handing over after each costs more than the decision does, because the next one has to
be woken and to read what it has missed. What it missed, it reads while it waits.

A process that is killed lets go of both locks.
"""

from __future__ import annotations

import contextlib
import fcntl
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TURN = 0.008
"""Seconds for which one process may go on deciding while others wait: its first decision costs as
much as several that follow, since it finds nothing of what it needs in the processor's caches."""

_SOONEST, _LATEST = 0.0002, 0.001  # between two looks of the one that comes next


class Gate:
    """One process's way through the gate to the lock; both are open files."""

    def __init__(self, gate: int, lock: int) -> None:
        self._gate = gate
        self._lock = lock
        self._turn_ends = 0.0
        self.busy = False  # whether somebody else was at it when we came last

    @contextlib.contextmanager
    def passed(self, meanwhile: Callable[[], bool]) -> Iterator[None]:
        """Hold the lock; while waiting for it, do what is of use, and say if there was anything."""
        if time.monotonic() >= self._turn_ends or not self._taken():
            self._queue(meanwhile)
        try:
            yield
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    @contextlib.contextmanager
    def slipped_through(self) -> Iterator[None]:
        """Hold the lock for what is rare and short, without waiting for all the others first."""
        while not self._taken():
            time.sleep(_SOONEST)
        try:
            yield
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    def _queue(self, meanwhile: Callable[[], bool]) -> None:
        fcntl.flock(self._gate, fcntl.LOCK_EX)
        try:
            pause = _SOONEST
            # Asking again, because the lock is free for a moment between two decisions of a turn
            # and whoever sleeps on it would be woken each time, mostly in vain.
            self.busy = False
            while not self._taken():
                self.busy = True
                if meanwhile():
                    pause = _SOONEST
                else:
                    time.sleep(pause)
                    pause = min(2 * pause, _LATEST)
        finally:
            fcntl.flock(self._gate, fcntl.LOCK_UN)
        self._turn_ends = time.monotonic() + TURN

    def _taken(self) -> bool:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
