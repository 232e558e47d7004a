"""Who may write next: one at a time, for a short turn, first come, first served.

SQLite alone lets a waiter starve for seconds, so writers take a file lock before SQLite's own. They
stand in line for it: each takes a number, holds the byte of that number locked, and waits for the
byte before its own, which is let go by whoever has got through, or was killed. So only one is woken
at a time, and whoever has had its turn is the last.

A turn lasts some milliseconds, for as many decisions as fit into it: handing over after each costs
more than the decision does, because the next one has to be woken and to read what it has missed.
What it missed, it reads while it waits. Between two decisions of a turn the lock is free; the one
that comes next leaves it alone then, by what the gate's file says of the turn, unless no decision
follows at once.

A process that is killed lets go of everything. Where locks of bytes that belong to an open file are
unknown (outside Linux), the line has no order.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TURN = 0.008
"""Seconds for which one process may go on deciding while others wait: its first decision costs as
much as several that follow, since it finds nothing of what it needs in the processor's caches."""

PAUSE = 0.0004
"""Seconds between two decisions after which a turn is over, though it might have lasted longer."""

_SOONEST = 0.0001  # between two looks of the one that comes next
_REST = 0.003  # at most, while another one's turn goes on
_SOON = 0.001  # before the end of a turn, it reads once more what it has missed
_NUMBER = struct.Struct("<Q")
_TURN = struct.Struct("<Qdd")  # whose it is, when it ends, when the lock was let go last
_TURN_AT = _NUMBER.size
_LINE = 1 << 20  # where the bytes of those that wait begin; never written
_LOCK = struct.Struct("@hhqqi4x")  # struct flock, as Linux has it on 64 bits
_ORDERED = hasattr(fcntl, "F_OFD_SETLKW") and struct.calcsize("P") == 8


class Gate:
    """One process's way through the gate to the lock; both are open files."""

    def __init__(self, gate: int, lock: int) -> None:
        self._gate = gate
        self._lock = lock
        self._name = int.from_bytes(os.urandom(8), "little")
        self._number = 0  # ours in the line, while we stand in it
        self.number = 0  # of our last turn
        self._turn_ends = 0.0
        self.busy = False  # whether somebody else was at it when we came last

    @contextlib.contextmanager
    def passed(self, meanwhile: Callable[[], bool]) -> Iterator[None]:
        """Hold the lock; while waiting for it, do what is of use, and say if there was anything."""
        if not self.goes_on():
            self.queue(meanwhile)
        try:
            yield
        finally:
            self.leave()

    def leave(self) -> None:
        """Let go of the lock."""
        self._tell()
        fcntl.flock(self._lock, fcntl.LOCK_UN)
        # Only now: whoever is woken begins to read, and mostly on the processor of the waker.
        self._leave_line()

    @contextlib.contextmanager
    def slipped_through(self) -> Iterator[None]:
        """Hold the lock for what is rare and short, without waiting for all the others first."""
        while not self._taken():
            time.sleep(_SOONEST)
        try:
            yield
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    # The turn.

    def goes_on(self) -> bool:
        """Take the lock again within one's own turn; `leave` must follow, whatever happens."""
        if time.monotonic() >= self._turn_ends or self._turn()[0] != self._name:
            return False
        return self._taken()

    def _turn(self) -> tuple[int, float, float]:
        said = os.pread(self._gate, _TURN.size, _TURN_AT)
        return _TURN.unpack(said) if len(said) == _TURN.size else (0, 0.0, 0.0)

    def _tell(self) -> None:
        """Say, before the lock is let go, until when nobody else is to take it."""
        turn = _TURN.pack(self._name, self._turn_ends, time.monotonic())
        with contextlib.suppress(OSError):  # on a full disk there are no turns
            os.pwrite(self._gate, turn, _TURN_AT)

    def _taken(self) -> bool:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _reserved(self) -> tuple[float, float]:
        """Return how long the lock is to be left to whoever has its turn, and their turn lasts."""
        _, ends, let_go = self._turn()
        now = time.monotonic()
        return (min(ends, let_go + PAUSE) - now, ends - now) if let_go <= now else (0.0, 0.0)

    # The line.

    def queue(self, meanwhile: Callable[[], bool]) -> None:
        """Stand in line, and take the lock when it is our turn; `leave` must follow."""
        through = False
        try:
            self.busy = self._wait_in_line()
            os.sched_yield()  # who has just begun a turn goes first, if it was on this processor
            self._come_forward(meanwhile)
            through = True
        finally:
            if not through:  # interrupted: nobody is to wait for us
                self._leave_line()
        self.number = self._number
        self._turn_ends = time.monotonic() + TURN

    def _come_forward(self, meanwhile: Callable[[], bool]) -> None:
        """Take the lock once the turn of another is over."""
        read = waited = False
        while True:
            left, turn = self._reserved()
            if left <= 0 and self._taken():
                return
            self.busy = True
            # At first and at the end, since reading costs as much for one decision as for ten.
            if not ((not read or turn < _SOON) and meanwhile()):
                # Who goes on after a pause mostly does for the turn, and each look disturbs it.
                rest = min(turn - _SOON, _REST) if waited else 0.0
                time.sleep(max(left, rest, _SOONEST))
                waited = True
            read = True

    def _wait_in_line(self) -> bool:
        """Wait until nobody is before us; say whether anybody was."""
        if not _ORDERED:
            fcntl.flock(self._gate, fcntl.LOCK_EX)
            self._number = 1
            return False
        self._number = number = self._next_number()
        waited = not self._locked(number - 1, fcntl.F_RDLCK)
        if waited:
            self._locked(number - 1, fcntl.F_RDLCK, wait=True)
        self._locked(number - 1, fcntl.F_UNLCK)
        return waited

    def _leave_line(self) -> None:
        """Let the next one come forward, once."""
        number, self._number = self._number, 0
        if number and _ORDERED:
            self._locked(number, fcntl.F_UNLCK)
        elif number:
            fcntl.flock(self._gate, fcntl.LOCK_UN)

    def _next_number(self) -> int:
        """Take the next number, and lock its byte."""
        fcntl.flock(self._gate, fcntl.LOCK_EX)
        try:
            said = os.pread(self._gate, _NUMBER.size, 0)
            number = _NUMBER.unpack(said)[0] + 1 if len(said) == _NUMBER.size else 1
            with contextlib.suppress(OSError):  # on a full disk two may have the same number
                os.pwrite(self._gate, _NUMBER.pack(number), 0)
            self._locked(number, fcntl.F_WRLCK)
        finally:
            fcntl.flock(self._gate, fcntl.LOCK_UN)
        return int(number)

    def _locked(self, number: int, how: int, *, wait: bool = False) -> bool:
        asked = _LOCK.pack(how, os.SEEK_SET, _LINE + number, 1, 0)
        try:
            fcntl.fcntl(self._gate, fcntl.F_OFD_SETLKW if wait else fcntl.F_OFD_SETLK, asked)
        except BlockingIOError:
            return False
        return True
