"""The large collections of a state: a new one shares with the one before all that did not change.

Copying a mapping of some thousand tasks for every fact touches each of them once, which is slow
where many processes decide at once and none finds its data in the processor's cache.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import ItemsView, Mapping, Sequence, ValuesView
from itertools import chain, islice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, TypeVar

    V = TypeVar("V")
else:
    V = object

Turn = tuple[float, int]

FEW = 24
"""Changes that are copied for each fact that is folded by itself."""

MANY = 100
"""Changes that are carried beside what they change, before all are made one; beside much, more: to
make them one touches everything once."""

BLOCK = 64
"""Turns that are copied where one is put in or taken out, at most twice as many."""


_GONE: Any = object()


class Layered(Mapping[str, V]):
    """A mapping under the changes of it: a few new ones, which alone are copied, and those before.

    In the order of a dict; only what was taken out and put in again may keep its place.
    """

    __slots__ = ("_count", "_mid", "_over", "_under", "_whole")

    def __init__(self, under: dict[str, V]) -> None:
        self._under = under  # shared, and never changed, as the next
        self._mid: dict[str, V] = {}
        self._over: dict[str, V] = {}
        self._count = len(under)
        self._whole: dict[str, V] | None = None  # all in one, once somebody wants to see it

    def __getitem__(self, key: str) -> V:
        found: V = self.get(key, _GONE)
        if found is _GONE:
            raise KeyError(key)
        return found

    def get(self, key: str, default: Any = None) -> Any:
        """Look in all layers, the upper ones first."""
        if key in self._over:
            found = self._over[key]
        elif key in self._mid:
            found = self._mid[key]
        else:
            return self._under.get(key, default)
        return default if found is _GONE else found

    def __contains__(self, key: object) -> bool:
        return self.get(key, _GONE) is not _GONE  # type: ignore[arg-type]

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        return iter(self._joined())

    def values(self) -> ValuesView[V]:
        """Return what it holds; one that is unchanged costs what a dict does."""
        return self._joined().values()

    def items(self) -> ItemsView[str, V]:
        """Return what it holds, by key."""
        return self._joined().items()

    def _joined(self) -> dict[str, V]:
        if self._whole is None:
            whole = self._under
            if self._over or self._mid:
                whole = {**self._under, **self._mid, **self._over}
                if len(whole) > self._count:
                    whole = {key: value for key, value in whole.items() if value is not _GONE}
            self._whole = whole
        return self._whole

    def since(self, before: Layered[V]) -> dict[str, V]:
        """Return what was put in after it was that one; what was taken out is not told."""
        if self._under is not before._under:
            some = self._joined()
        else:
            some = self._over if self._mid is before._mid else {**self._mid, **self._over}
        return {
            key: value for key, value in some.items() if before.get(key) is not value is not _GONE
        }

    # While a state is being written.

    def copy(self) -> Layered[V]:
        """Return one that can be changed and leaves this one as it is."""
        return self._with(self._mid, self._over.copy())

    def _with(self, mid: dict[str, V], over: dict[str, V]) -> Layered[V]:
        made: Layered[V] = object.__new__(Layered)
        made._under, made._mid, made._over = self._under, mid, over
        made._count, made._whole = self._count, None
        return made

    def __setitem__(self, key: str, value: V) -> None:
        if self._over.get(key, _GONE) is _GONE and key not in self:
            self._count += 1
        self._over[key] = value
        self._whole = None

    def pop(self, key: str, default: Any = None) -> Any:
        """Take something out, and return it."""
        found = self.get(key, _GONE)
        if found is _GONE:
            return default
        self._over[key] = _GONE
        self._count -= 1
        self._whole = None
        return found

    def settled(self) -> Layered[V]:
        """Return the same in fewer layers, if there are many changes by now."""
        if len(self._over) <= FEW:
            return self
        mid = {**self._mid, **self._over}
        if len(mid) <= max(MANY, len(self._under) // 8):
            settled = self._with(mid, {})
            settled._whole = self._whole
            return settled
        return Layered(self._joined())


class Line(Sequence[Turn]):
    """The turns of those that wait, first first, in blocks of which one is copied for a change.

    Who leaves is mostly the first: then nothing is copied, and the first block begins later.
    """

    __slots__ = ("_blocks", "_gone")

    def __init__(self, turns: Iterable[Turn] = ()) -> None:
        ordered = sorted(turns)
        self._blocks = tuple(
            [tuple(ordered[at : at + BLOCK]) for at in range(0, len(ordered), BLOCK)]
        )
        self._gone = 0  # of the first block

    def __iter__(self) -> Iterator[Turn]:
        return islice(chain.from_iterable(self._blocks), self._gone, None)

    def __len__(self) -> int:
        return sum(map(len, self._blocks)) - self._gone

    def __bool__(self) -> bool:
        return bool(self._blocks)

    def __getitem__(self, place: Any) -> Any:
        return tuple(self)[place]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Line) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"Line({list(self)})"

    def having(self, turn: Turn) -> Line:
        """Return the line with one more in it."""
        at = max(0, self._block_of(turn))
        block = self._block(at) if self._blocks else []
        insort(block, turn)
        half = len(block) // 2
        parts = (block,) if len(block) <= 2 * BLOCK else (block[:half], block[half:])
        return self._replaced(at, *parts)

    def without(self, turn: Turn) -> Line:
        """Return the line without this one, if it is in it."""
        gone, blocks = self._gone, self._blocks
        if blocks and blocks[0][gone] == turn:
            more = gone + 1 < len(blocks[0])
            return _line(blocks, gone + 1) if more else _line(blocks[1:], 0)
        at = self._block_of(turn)
        if at < 0:
            return self
        block = self._block(at)
        place = bisect_left(block, turn)
        if place == len(block) or block[place] != turn:
            return self
        del block[place]
        return self._replaced(at, block) if block else self._replaced(at)

    def _block_of(self, turn: Turn) -> int:
        """Find the last block that begins no later; -1 if none does."""
        return bisect_left(self._blocks, ((turn[0], turn[1] + 1),)) - 1

    def _block(self, at: int) -> list[Turn]:
        return list(self._blocks[at][0 if at else self._gone :])

    def _replaced(self, at: int, *blocks: list[Turn]) -> Line:
        made = (*self._blocks[:at], *map(tuple, blocks), *self._blocks[at + 1 :])
        return _line(made, self._gone if at else 0)


def _line(blocks: tuple[tuple[Turn, ...], ...], gone: int) -> Line:
    made = object.__new__(Line)
    made._blocks, made._gone = blocks, gone
    return made
