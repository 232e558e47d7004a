"""What the mouse has hold of on the wall, and what follows from where it goes: pure."""

from __future__ import annotations

from conductor.tui.widgets.grid import SMALLEST
from conductor.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from conductor.tui.widgets.grid import Place


class Drag(Value):
    """A border between tiles, or a tile, in a person's hand."""

    before: tuple[str, ...] = ()  # the tiles left of the border, or above it
    after: tuple[str, ...] = ()
    across: bool = False  # whether the border is moved up and down
    moves: str = ""  # the tile that is moved, if it is no border
    smallest: tuple[int, int] = SMALLEST

    def to(self, x: int, y: int, places: Mapping[str, Place]) -> dict[str, tuple[float, float]]:
        """Return by how much the tiles on both sides grow when the border is here."""
        if self.moves or not all(task in places for task in (*self.before, *self.after)):
            return {}
        first, second = places[self.before[0]], places[self.after[0]]
        if self.across:
            least, begin, at = self.smallest[1], first.y, y
            whole, was = first.height + second.height, first.height
        else:
            least, begin, at = self.smallest[0], first.x, x
            whole, was = first.width + second.width, first.width
        now = max(least, min(whole - least, at - begin + 1))
        if now == was or whole < 2 * least:
            return {}
        grown = [*((t, now / was) for t in self.before)]
        grown += [(t, (whole - now) / (whole - was)) for t in self.after]
        return {task: (1.0, by) if self.across else (by, 1.0) for task, by in grown}

    def onto(self, x: int, y: int, places: Mapping[str, Place]) -> str | None:
        """Return the tile under the mouse, if it is another."""
        found = at(x, y, places)
        return found if found != self.moves else None


def at(x: int, y: int, places: Mapping[str, Place]) -> str | None:
    """Return the tile that a cell belongs to."""
    for task, place in places.items():
        if place.x <= x < place.x + place.width and place.y <= y < place.y + place.height:
            return task
    return None


def grip(
    x: int, y: int, places: Mapping[str, Place], smallest: tuple[int, int] = SMALLEST
) -> Drag | None:
    """Say what a press of the mouse takes hold of: a border, or a tile by its upper edge."""
    here = at(x, y, places)
    if here is None:
        return None
    place = places[here]
    right = at(place.x + place.width, y, places)
    if x == place.x + place.width - 1 and right:
        return Drag((here,), (right,), smallest=smallest)
    left = at(place.x - 1, y, places)
    if x == place.x and left:
        return Drag((left,), (here,), smallest=smallest)
    if y == place.y + place.height - 1:
        row = tuple(task for task, one in places.items() if one.y == place.y)
        below = tuple(task for task, one in places.items() if one.y == place.y + place.height)
        return Drag(row, below, True, smallest=smallest) if below else None
    return Drag(moves=here) if y == place.y else None
