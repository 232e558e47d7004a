"""What a tile shows of its agent's screen: the end of it, and what the person must know."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conductor.tui.ansi import RESET, RawStrip, crop, folded
from conductor.tui.widgets.prose import wrap

if TYPE_CHECKING:
    from conductor.tui.inks import Inks
    from conductor.tui.sources import AgentScreen
    from conductor.tui.widgets.face import Face

TOLD = 40
"""Letters of what an agent asks that its screen must show, so that it need not be said again."""

RESTS = ("review", "landing", "idle")
"""Looks of an agent that has said all it had to say."""

FOLDED = 5
"""Rows from which on wide lines are folded; in fewer they are cut."""

_SGR = re.compile(r"\x1b\[[0-9;:]*m")
_WORD = re.compile(r"\w")


def body(
    face: Face, screen: AgentScreen | None, size: tuple[int, int], inks: Inks, *, inside: bool
) -> list[str]:
    """Draw the end of an agent's screen, and what the person must know of it."""
    width, height = size
    rows = _rows(screen, width, height, inks, inside=inside) if screen is not None else []
    few = height < FOLDED and not inside
    asks = face.look.ink in ("waiting", "failed", "limited", "stalled") and not inside
    if few and face.words and face.look.ink in RESTS:
        rows = []  # what stands there last is how to write to it; its words say more
    if asks and rows and _squeezed(face.words)[:TOLD] in _squeezed(_SGR.sub("", "".join(rows))):
        asks = False  # the agent's own screen says it already
    if face.words and (asks or not rows):
        ink = face.look.ink if asks else "plain" if few else "dim"
        most = height if few or not rows else max(1, min(3, height // 3))
        lines = [line for part in face.words.split("\n") for line in wrap([(part, ink)], width - 2)]
        lines = [line for line in lines if line] if not asks else lines
        lines = lines[:most] if asks or few else lines[-most:]
        said = [inks.row([(" ", "plain"), *line], width) for line in lines]
        rows = [*rows[len(rows) + len(said) - height :], *said] if rows else said
    empty = inks.row((), width)
    return [*rows, *[empty] * (height - len(rows))]


def _rows(screen: AgentScreen, width: int, height: int, inks: Inks, *, inside: bool) -> list[str]:
    """Return the end of an agent's screen: down to its last words, or its cursor."""
    cursor = screen.cursor()
    last = _last_row(screen)
    if not inside and height < 8:
        while last > height - 1 and not _telling(screen.row(last)):
            last -= 1
    ground = inks.begin("plain")
    if not inside:
        return [crop(row, width, inks.system, ground) for row in _last(screen, last, width, height)]
    first = first_row(screen, height)
    rows = [crop(screen.row(y), width, inks.system, ground) for y in range(first, last + 1)]
    if cursor.visible and first <= cursor.y <= last and cursor.x < width:
        rows[cursor.y - first] = _with_cursor(screen.row(cursor.y), cursor.x, width, inks)
    return rows


def first_row(screen: AgentScreen, height: int) -> int:
    """Say which of the screen's rows stands first in a tile that a person is inside of."""
    return max(0, _last_row(screen) + 1 - height)


def _last_row(screen: AgentScreen) -> int:
    """Find the last row that says something, or that the cursor is on."""
    cursor = screen.cursor()
    last = screen.size[1] - 1
    while last > cursor.y and not _written(screen.row(last)):
        last -= 1
    while not cursor.visible and last > 0 and not _written(screen.row(last)):
        last -= 1
    return last


def _last(screen: AgentScreen, last: int, width: int, height: int) -> list[str]:
    """Take as many rows as fit, from the last one up; words too wide for the tile are broken."""
    rows: list[str] = []
    few = height < FOLDED  # there, a line's beginning says more than its end
    while last >= 0 and len(rows) < height:
        row = screen.row(last)
        rows[:0] = (row,) if few else folded(row, width)
        last -= 1
    return rows[-height:]


def _squeezed(text: str) -> str:
    """Leave out what only says where lines end."""
    return "".join(text.split())


def _written(row: str) -> bool:
    return bool(row) and bool(row.replace("\x1b[0m", "").strip())


def _telling(row: str) -> bool:
    """Say whether a row has words; an empty composer's box has none."""
    return _WORD.search(_SGR.sub("", row)) is not None


def _with_cursor(row: str, x: int, width: int, inks: Inks) -> str:
    """Draw a row with the cell the cursor stands on reversed."""
    strip = RawStrip(crop(row, width, inks.system, inks.begin("plain")), width)
    before, at, after = (strip.crop(0, x), strip.crop(x, x + 1), strip.crop(x + 1, width))
    drawn = [part.render(inks.console) if part.cell_length else "" for part in (before, after)]
    return f"{drawn[0]}{RESET}\x1b[7m{at.text or ' '}{RESET}{drawn[1]}"
