"""Files that somebody else writes, each read on from where the last reading of it ended.

The place is kept in the same transaction as what was made of the lines, so nothing is read twice or
missed, whenever the runner is killed. At a path that an agent named may stand anything.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from typing import BinaryIO

from conductor.decision import Decision
from conductor.journal import Journal

BITE = 4 << 20
"""How much of a file is read at once: a bound on memory, and on how long one decision takes."""

LONGEST = 64 << 20
"""How long a line may be: the longest task's words take most of this, written as JSON."""


class Tails:
    """How far each file has been read."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._marks = journal.marks()

    def forget(self) -> None:
        """Look again how far files are said to be read."""
        self._marks = self._journal.marks()

    def bite(self, path: str, take: Callable[[Decision, list[str]], None]) -> bool:
        """Read a piece of a file, if it can be read; say whether there may be more."""
        try:
            with opened(path) as file:
                inode = os.fstat(file.fileno()).st_ino
                offset, chunk = self._piece(path, file)
        except OSError:
            return False  # gone, somebody else's, or no file: what comes to stand there is read
        lines, taken = _lines_of(chunk)
        if not taken and len(chunk) >= LONGEST:
            taken = len(chunk)  # a line longer than any agent writes: passed over
        if taken:
            with self._journal.decide() as decision:
                take(decision, lines)
                decision.mark(path, inode, offset + taken)
            self._marks[path] = (inode, offset + taken)
        return taken > 0 and len(chunk) >= BITE

    def _piece(self, path: str, file: BinaryIO) -> tuple[int, bytes]:
        """Return where the next piece of a file begins, and as much as holds a whole line."""
        found = os.fstat(file.fileno())
        inode, offset = self._marks.get(path, (found.st_ino, 0))
        if inode != found.st_ino or offset > found.st_size:
            offset = 0  # another file by this name, or cut short: its lines are new
        file.seek(offset)
        chunk = file.read(BITE)
        while b"\n" not in chunk and len(chunk) < LONGEST and (more := file.read(BITE)):
            chunk += more
        return offset, chunk


def opened(path: str) -> BinaryIO:
    """Open a file to be read; nothing else is waited for, whatever stands at its path."""
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if stat.S_ISREG(os.fstat(file).st_mode):
        return os.fdopen(file, "rb")
    os.close(file)
    raise OSError(f"{path} is no file")


def _lines_of(chunk: bytes) -> tuple[list[str], int]:
    """Split what was read into whole lines; the rest waits for its end. Returns bytes taken."""
    end = chunk.rfind(b"\n") + 1
    return chunk[:end].decode("utf-8", "replace").split("\n")[:-1], end
