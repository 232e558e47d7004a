"""What a screen is to those who draw it: rows of safe text that know when they have changed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conductor.terminals.modes import Modes

# All that may do something to the terminal it is printed on, or lie about the order of its
# letters. Joiners stay: emoji and several scripts are made with them. What asks for an emoji's
# coloured form goes: it takes one column or two, as each terminal sees fit.
_UNSAFE = re.compile(
    "\x1b(?!\\[[0-9;:]*m)"
    "|[\x00-\x1a\x1c-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufe0f\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)


class CursorShape(StrEnum):
    """What the cursor looks like."""

    BLOCK = "block"
    BAR = "bar"
    UNDERLINE = "underline"


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the cursor stands, counted from 0, and how it looks."""

    x: int
    y: int
    visible: bool
    shape: CursorShape


class Screen(Protocol):
    """One pane's screen, kept up to date."""

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        ...

    def dirty(self) -> Sequence[int]:
        """Return the rows that changed since the last call."""
        ...

    def row(self, y: int) -> str:
        """Return one row: printable text and colours (SGR), nothing else; it may be short."""
        ...

    def cursor(self) -> Cursor:
        """Return the cursor."""
        ...

    def modes(self) -> Modes:
        """Return what the program asked its terminal for."""
        ...

    def close(self) -> None:
        """Free what it holds."""
        ...


def clean(row: str) -> str:
    """Take out of a row everything but printable text and colours."""
    return _UNSAFE.sub("", row) if _UNSAFE.search(row) else row
