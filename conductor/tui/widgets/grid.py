"""Where each tile goes: as many columns as make the tiles most like screens. Pure."""

from __future__ import annotations

from conductor.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

SMALLEST = (24, 5)
"""What a card needs: the task, the state, who works at it, and a last line."""

DENSEST = (24, 3)
"""What a card without a frame needs: the task, who works at it, and a last line."""


class Place(Value):
    """A tile's place on the wall."""

    x: int
    y: int
    width: int
    height: int


class Laid(Value):
    """Where everything is: the tiles in order, and the line of each group's name."""

    places: tuple[Place, ...] = ()
    headings: tuple[tuple[int, str], ...] = ()


Size = tuple[float, float]
"""How wide and how high a tile wishes to be, beside the others of its row and the other rows."""


def places(number: int, width: int, height: int) -> list[Place]:
    """Lay so many tiles out; those that don't fit go below, where one scrolls to."""
    return list(lay_out([("", [(1.0, 1.0)] * number)], width, height).places)


def lay_out(
    groups: Sequence[tuple[str, Sequence[Size]]],
    width: int,
    height: int,
    smallest: tuple[int, int] = SMALLEST,
) -> Laid:
    """Lay groups of tiles out, each under its name if it has one."""
    number = sum(len(sizes) for _, sizes in groups)
    if number == 0 or width < 2 or height < 2:
        return Laid()
    room = max(1, height - sum(1 for name, _ in groups if name))
    columns = _columns([len(sizes) for _, sizes in groups], width, room, smallest)
    rows = [
        (name if first == 0 else "", sizes[first : first + columns])
        for name, sizes in groups
        for first in range(0, len(sizes), columns)
    ]
    least = min(smallest[1], room)
    fits = least * len(rows) <= room
    tall = (
        share(room, [max(high for _, high in sizes) for _, sizes in rows], least)
        if fits
        else [least] * len(rows)
    )
    found: list[Place] = []
    headings: list[tuple[int, str]] = []
    y = 0
    for (name, sizes), high in zip(rows, tall, strict=True):
        if name:
            headings.append((y, name))
            y += 1
        here = len(sizes)
        stretched = fits and len(rows) > 1
        wishes = [wide for wide, _ in sizes] + [1.0] * (0 if stretched else columns - here)
        x = 0
        for wide in share(width, wishes, min(smallest[0], width // len(wishes)))[:here]:
            found.append(Place(x, y, wide, high))
            x += wide
        y += high
    return Laid(tuple(found), tuple(headings))


def share(total: int, wishes: Sequence[float], least: int) -> list[int]:
    """Divide so many cells by what each wishes, none getting fewer than the least."""
    whole = sum(wishes)
    extra = [max(0.0, total * wish / whole - least) for wish in wishes]
    spare = total - least * len(wishes)
    scale = spare / sum(extra) if sum(extra) > 0 else 0.0
    parts = [least + int(one * scale + 1e-9) for one in extra]
    for place in range(total - sum(parts)):
        parts[place % len(parts)] += 1
    return parts


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


def _columns(numbers: Sequence[int], width: int, height: int, smallest: tuple[int, int]) -> int:
    most = max(1, min(max(numbers), width // smallest[0]))

    def worth(columns: int) -> tuple[float, float]:
        return _worth(numbers, columns, (width, height), smallest[1])

    return max(range(1, most + 1), key=worth)


def _worth(
    numbers: Sequence[int], columns: int, size: tuple[int, int], least: int
) -> tuple[float, float]:
    """Judge a number of columns: all in sight, then wide enough to read, then few gaps."""
    width, height = size
    rows = sum(-(-number // columns) for number in numbers)
    tall, wide = height // rows, width // columns
    shown = 1.0 if tall >= least else tall / least
    readable = min(wide, 60) / 60 * min(tall, 24) / 24
    gaps = (rows * columns - sum(numbers)) / (rows * columns)
    return shown, readable - gaps * 0.15
