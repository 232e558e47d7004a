"""What the mouse does over an agent's screen, said as the agent asked to be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conductor.terminals.modes import Modes

WHEEL_UP, WHEEL_DOWN, WHEEL_LEFT, WHEEL_RIGHT = 4, 5, 6, 7
_CODES = (3, 0, 1, 2, 64, 65, 66, 67)
_DRAG, _EVERY_MOVE = 1002, 1003
_FARTHEST = 222  # the last column that one byte can name


@dataclass(frozen=True, slots=True)
class Pointing:
    """A button pressed, released or dragged, or the wheel turned, over a cell counted from 0."""

    button: int  # 0 none, 1 left, 2 middle, 3 right, then the wheel
    x: int
    y: int
    moved: bool = False
    released: bool = False
    held: int = 0  # 1 shift, 2 alt, 4 control


def encode(at: Pointing, modes: Modes) -> bytes | None:
    """Return what a terminal would send; None for what the program does not want to know."""
    if not modes.mouse or (at.moved and modes.mouse < (_DRAG if at.button else _EVERY_MOVE)):
        return None
    code = _CODES[at.button] + at.held * 4 + at.moved * 32
    x, y = at.x + 1, at.y + 1
    if modes.sgr:
        return f"\x1b[<{code};{x};{y}{'m' if at.released else 'M'}".encode()
    if at.released:
        code = _CODES[0] + at.held * 4
    if modes.utf8:
        return b"\x1b[M" + "".join(chr(32 + each) for each in (code, x, y)).encode()
    if max(at.x, at.y) > _FARTHEST:
        return None
    return b"\x1b[M" + bytes(32 + each for each in (code, x, y))
