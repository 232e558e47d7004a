"""A terminal that remembers: a program in a pty, keys pressed in it, and what was seen when."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import termios
import time
from typing import TYPE_CHECKING

from rich.cells import cell_len

from conductor.terminals.ghostty import Emulated
from conductor.tui.ansi import plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SGR = re.compile(r"(\x1b\[[0-9;:]*m)")

FRAME = 0.25
"""Seconds between two looks at what has changed."""

PATIENCE = 90.0
"""Seconds that something may take to appear."""


class Terminal:
    """A program, its screen, and the story of that screen."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], size: tuple[int, int]) -> None:
        self.size = size
        self.screen = Emulated(size)
        self.events: list[tuple[float, str]] = []  # when, and what then changed
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.execvpe(argv[0], list(argv), dict(env))
        columns, rows = size
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._begin = self._looked = time.monotonic()
        self._over = False
        self._seen: dict[int, str] = {}

    def press(self, *keys: str) -> None:
        """Press keys; words are typed letter by letter, as a person does."""
        for one in keys:
            for key in one if one.isprintable() else (one,):
                os.write(self._fd, key.encode())
                self.wait(0.06)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self._over:
            self._read(min(left, FRAME))

    def sees(self, text: str) -> None:
        """Wait until something is on the screen."""
        until = time.monotonic() + PATIENCE
        while text not in "\n".join(self.rows):
            if time.monotonic() > until or self._over:
                raise TimeoutError("\n".join([f"{text!r} did not appear:", *self.rows]))
            self._read(FRAME)

    @property
    def rows(self) -> list[str]:
        """What is on the screen, as text."""
        return [plain_text(self.screen.row(y)) for y in range(self.size[1])]

    @property
    def picture(self) -> tuple[str, ...]:
        """What is on the screen, with its colours."""
        return tuple(self.screen.row(y) for y in range(self.size[1]))

    def close(self) -> None:
        """Wait for the end of the program."""
        until = time.monotonic() + PATIENCE
        while not self._over and time.monotonic() < until:
            self._read(FRAME)
        os.waitpid(self.pid, 0)

    def _read(self, seconds: float) -> None:
        if select.select([self._fd], [], [], seconds)[0]:
            try:
                data = os.read(self._fd, 1 << 16)
            except OSError:  # Linux says so when nobody has the other end any more
                data = b""
            self._over = not data
            self.screen.feed(data)
        if time.monotonic() - self._looked >= FRAME:
            self._look()

    def _look(self) -> None:
        """Note the rows that have changed, each as it is now: less than all that was written."""
        self._looked = time.monotonic()
        said = ""
        for y in self.screen.dirty():
            row = self.screen.row(y)
            said += between(self._seen.get(y, ""), row, y)
            self._seen[y] = row
        if said:
            self.events.append((self._looked - self._begin, said))


def between(before: str, now: str, y: int) -> str:
    """Write what makes one row of another, and no more of it than the part that differs."""
    old, new = _pieces(before), _pieces(now)
    first = 0
    while first < min(len(old), len(new)) and old[first] == new[first]:
        first += 1
    last = 0
    same = cell_len(plain_text(before)) == cell_len(plain_text(now))
    while same and last < min(len(old), len(new)) - first and old[-1 - last] == new[-1 - last]:
        last += 1
    column = sum(cell_len(text) for _, text in new[:first])
    part = "".join(f"\x1b[0m{pen}{text}" for pen, text in new[first : len(new) - last])
    if old == new:
        return ""
    return f"\x1b[{y + 1};{column + 1}H{part}\x1b[0m" + ("" if same else "\x1b[K")


def _pieces(row: str) -> list[tuple[str, str]]:
    """Take a row apart, each piece with all that says how it is drawn."""
    found: list[tuple[str, str]] = []
    pen = ""
    for piece in _SGR.split(row):
        if piece.startswith("\x1b["):
            pen = "" if piece in {"\x1b[m", "\x1b[0m"} else pen + piece
        elif piece:
            found.append((pen, piece))
    return found
