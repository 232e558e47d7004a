"""The terminal: raw while the agent runs, restored whatever happens, and drawn from the bottom.

Finished lines scroll away above; below them a few live lines (the reply as it comes, the state,
the composer) are drawn again in place. Nothing is sent but text, colours and cursor moves.
"""

from __future__ import annotations

import os
import termios
import tty
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from rich.cells import cell_len, chop_cells

from harnesses.builtin.cleaning import clean

_BEGIN, _END = b"\x1b[?2004h", b"\x1b[?2004l\x1b[0m\r\n"


class Look(StrEnum):
    """How a line looks: colours of the person's own palette, as SGR parameters."""

    PLAIN = ""
    PERSON = "1"
    COMMAND = "36"
    QUIET = "2"
    GOOD = "32"
    BAD = "31"
    WARNING = "33"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the screen, already clean and no wider than the terminal."""

    text: str
    look: Look = Look.PLAIN

    def drawn(self) -> str:
        """Write the row with its look."""
        return f"\x1b[{self.look}m{self.text}\x1b[0m" if self.look and self.text else self.text


@contextmanager
def raw(screen: int, keys: int) -> Iterator[None]:
    """Make the terminal give every key as it is pressed, and give it back as it was."""
    before = termios.tcgetattr(keys)
    try:
        tty.setraw(keys, termios.TCSADRAIN)
        send(screen, _BEGIN)
        yield
    finally:
        send(screen, _END)
        termios.tcsetattr(keys, termios.TCSADRAIN, before)


def send(screen: int, data: bytes) -> None:
    """Write all of it; a terminal that has gone away hears nothing."""
    try:
        while data:
            data = data[os.write(screen, data) :]
    except OSError:
        return  # hung up: the signal or the end of input that comes with it ends the agent


def width_of(screen: int) -> int:
    """Give the usable width: one column less, so that no line ever wraps by itself."""
    try:
        columns = os.get_terminal_size(screen).columns
    except OSError:
        columns = 80  # it is gone, and shows nothing any more
    return max(8, columns - 1)


def wrap(text: str, width: int, indent: str = "", look: Look = Look.PLAIN) -> list[Row]:
    """Break a text at words into rows that fit, cleaned."""
    rows: list[Row] = []
    room = max(4, width - cell_len(indent))
    for line in clean(text).expandtabs(4).split("\n"):
        rows += [Row(indent + part if part else "", look) for part in _broken(line, room)]
    return rows


def _broken(line: str, room: int) -> list[str]:
    if cell_len(line) <= room:
        return [line.rstrip()]
    parts: list[str] = []
    current = ""
    for word in line.replace(" ", " \0").split("\0"):
        if cell_len(current + word.rstrip()) <= room:
            current += word
            continue
        if current.strip():
            parts.append(current.rstrip())
            current = ""
        *full, current = chop_cells(word, room) or [""]
        parts += full
    return [*parts, current.rstrip()]


class Screen:
    """Draws finished rows once and live rows again and again."""

    def __init__(self, screen: int) -> None:
        self._screen = screen
        self._live: Sequence[Row] = ()

    def draw(self, finished: Sequence[Row], live: Sequence[Row]) -> None:
        """Add finished rows to the page and put the live ones below; the cursor ends after them."""
        width = width_of(self._screen) + 1
        # A terminal made narrower since has folded the live rows.
        height = sum(max(1, -(-cell_len(row.text) // width)) for row in self._live)
        out = [f"\x1b[{height - 1}A" if height > 1 else "", "\r\x1b[J"]
        out += [row.drawn() + "\r\n" for row in finished]
        out.append("\r\n".join(row.drawn() for row in live))
        self._live = tuple(live)
        send(self._screen, "".join(out).encode(errors="replace"))
