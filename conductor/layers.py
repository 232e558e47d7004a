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

MANY = 100
"""Changes that are carried beside what they change, before the two are made one; beside much, more:
to make them one touches everything once."""

BLOCK = 64
"""Turns that are copied where one is put in or taken out, at most twice as many."""


class Layered(Mapping[str, V]):
    """A mapping under a few changes of it, in the order of a dict; nothing is ever taken out."""

    __slots__ = ("_new", "_over", "_under", "_whole")

    def __init__(self, under: dict[str, V], over: dict[str, V] | None = None, new: int = 0) -> None:
        self._under = under  # shared, never changed
        self._over = {} if over is None else over
        self._new = new  # how many of the changes are of keys that are not below
        self._whole: dict[str, V] | None = None  # both in one, once somebody wants to see all

    def __getitem__(self, key: str) -> V:
        over = self._over
        return over[key] if key in over else self._under[key]

    def get(self, key: str, default: Any = None) -> Any:
        """Look in both layers, the upper one first."""
        over = self._over
        return over[key] if key in over else self._under.get(key, default)

    def __contains__(self, key: object) -> bool:
        return key in self._over or key in self._under

    def __len__(self) -> int:
        return len(self._under) + self._new

    def __iter__(self) -> Iterator[str]:
        return iter(self._under) if not self._new else iter(self._joined())

    def values(self) -> ValuesView[V]:
        """Return what it holds; one that is unchanged costs what a dict does."""
        return self._joined().values()

    def items(self) -> ItemsView[str, V]:
        """Return what it holds, by key."""
        return self._joined().items()

    def _joined(self) -> dict[str, V]:
        if self._whole is None:
            self._whole = {**self._under, **self._over} if self._over else self._under
        return self._whole

    # While a state is being written.

    def copy(self) -> Layered[V]:
        """Return one that can be changed and leaves this one as it is."""
        return Layered(self._under, self._over.copy(), self._new)

    def __setitem__(self, key: str, value: V) -> None:
        if key not in self._over and key not in self._under:
            self._new += 1
        self._over[key] = value
        self._whole = None

    def settled(self) -> Layered[V]:
        """Return the same in one layer, if there are many changes by now."""
        many = max(MANY, len(self._under) // 8)
        return self if len(self._over) <= many else Layered(self._joined())


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
