"""A screen taken from tmux's own whenever it changed: for machines without libghostty."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from unicodedata import combining, east_asian_width

from conductor.terminals.emulator import Cursor, CursorShape, clean
from conductor.terminals.modes import Modes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conductor.terminals.seed import Seed

_SGR = re.compile("\x1b\\[([0-9;:]*)m")
_TEXT = re.compile("\x1b\\[[0-9;:]*m|\t|[^\x1b\t]+|\x1b")
_DRAWN = re.compile("\x0e([^\x0f]*)(?:\x0f|$)")
_LINES = str.maketrans("`afgjklmnopqrstuvwxyz{|}~", "◆▒°±┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·")


class Captured:
    """A screen that is shown whole, and works out which rows changed."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._size = size
        self._rows: list[str] = [""] * size[1]
        self._dirty: set[int] = set(range(size[1]))
        self._cursor = Cursor(0, 0, visible=True, shape=CursorShape.BLOCK)
        self._modes = Modes()

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        return self._size

    def show(self, seed: Seed) -> None:
        """Take over what tmux shows now."""
        self._modes = seed.modes
        rows = stand_alone([row.decode(errors="replace") for row in seed.rows])
        rows = (rows + [""] * seed.height)[: seed.height]
        if (seed.width, seed.height) != self._size:
            self._size = (seed.width, seed.height)
            self._rows, self._dirty = rows, set(range(seed.height))
        else:
            pairs = enumerate(zip(self._rows, rows, strict=True))
            self._dirty |= {y for y, (old, new) in pairs if old != new}
            self._rows = rows
        shape = CursorShape.BLOCK
        if seed.shape in (b"bar", b"underline"):
            shape = CursorShape(seed.shape.decode())
        self._cursor = Cursor(min(seed.x, seed.width - 1), seed.y, seed.visible, shape)

    def dirty(self) -> Sequence[int]:
        """Return the rows that changed since the last call."""
        changed, self._dirty = sorted(self._dirty), set()
        return changed

    def row(self, y: int) -> str:
        """Return one row: printable text and colours (SGR), nothing else; it may be short."""
        return self._rows[y]

    def cursor(self) -> Cursor:
        """Return the cursor."""
        return self._cursor

    def modes(self) -> Modes:
        """Return what the program asked its terminal for, as far as tmux tells it."""
        return self._modes

    def close(self) -> None:
        """Nothing is held."""


def stand_alone(rows: Sequence[str]) -> list[str]:
    """Make each captured row complete in itself: tmux carries colours and charset on."""
    pen, drawing, out = "", False, []
    for row in rows:
        text = ("\x0e" if drawing else "") + row
        drawing = text.rfind("\x0e") > text.rfind("\x0f")
        drawn = _DRAWN.sub(lambda found: _draw(found[1]), text)
        begun = pen
        for found in _SGR.finditer(row):
            fresh = found[1] == "" or found[1].split(";")[0] == "0"
            pen = found[0] if fresh else pen + found[0]
        whole = clean(begun + (_untabbed(drawn) if "\t" in drawn else drawn))
        out.append(whole + "\x1b[0m" if "\x1b" in whole else whole)
    return out


def _untabbed(row: str) -> str:
    """Put blanks for tabs: since tmux 3.6, what was written as a tab is captured as one."""
    parts, column = [], 0
    for part in _TEXT.findall(row):
        if part == "\t":
            parts.append(" " * (8 - column % 8))
        else:
            parts.append(part)
        column += 0 if part[0] == "\x1b" else len(parts[-1]) if part.isascii() else _width(part)
    return "".join(parts)


def _width(text: str) -> int:
    return sum(
        0 if combining(letter) else 2 if east_asian_width(letter) in "WF" else 1 for letter in text
    )


def _draw(text: str) -> str:
    """Turn the letters of the line-drawing set into lines, and leave colours alone."""
    parts = re.split("(\x1b\\[[0-9;:]*m)", text)
    return "".join(
        part if number % 2 else part.translate(_LINES) for number, part in enumerate(parts)
    )
