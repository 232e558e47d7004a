"""Where each tile goes: as many columns as make the tiles most like screens. Pure."""

from __future__ import annotations

from conductor.values import Value

SMALLEST = (24, 5)
"""What a card needs: the task, the state, who works at it, and a last line."""


class Place(Value):
    """A tile's place on the wall."""

    x: int
    y: int
    width: int
    height: int


def places(number: int, width: int, height: int) -> list[Place]:
    """Lay so many tiles out; those that don't fit go below, where one scrolls to."""
    if number == 0 or width < 2 or height < 2:
        return []
    columns = _columns(number, width, height)
    rows = -(-number // columns)
    tall = max(min(SMALLEST[1], height), height // rows)
    fits = tall * rows <= height
    spare = height - tall * rows if fits else 0
    found = []
    y = 0
    for row in range(rows):
        here = min(columns, number - row * columns)
        tile_height = tall + (row < spare)
        wide, rest = divmod(width, here if row == rows - 1 and rows > 1 and fits else columns)
        x = 0
        for column in range(here):
            tile_width = wide + (column < rest)
            found.append(Place(x, y, tile_width, tile_height))
            x += tile_width
        y += tile_height
    return found


def beside(here: Place, way: str, every: dict[str, Place]) -> str | None:
    """Find the nearest tile that way, the one most level with this one first."""
    best: tuple[int, int, str] | None = None
    for task, there in every.items():
        across, along = {
            "left": (here.x - there.x, there.y - here.y),
            "right": (there.x - here.x, there.y - here.y),
            "up": (here.y - there.y, there.x - here.x),
            "down": (there.y - here.y, there.x - here.x),
        }[way]
        level = way in ("left", "right")
        if across <= 0 or (level and there.y != here.y):
            continue
        found = (across, abs(along), task)
        if best is None or found < best:
            best = found
    return best[2] if best else None


def _columns(number: int, width: int, height: int) -> int:
    most = max(1, min(number, width // SMALLEST[0]))
    return max(range(1, most + 1), key=lambda columns: _worth(number, columns, width, height))


def _worth(number: int, columns: int, width: int, height: int) -> tuple[float, float]:
    """Judge a number of columns: all in sight, then wide enough to read, then few gaps."""
    rows = -(-number // columns)
    tall, wide = height // rows, width // columns
    shown = 1.0 if tall >= SMALLEST[1] else tall / SMALLEST[1]
    readable = min(wide, 60) / 60 * min(tall, 24) / 24
    gaps = (rows * columns - number) / (rows * columns)
    return shown, readable - gaps * 0.15
