"""The landing queue as a train: in which order changes go, which are checked now, who is to blame.

Each car is a change merged onto the target and the cars before it, and is checked as such, several
at once. The first lands when it has passed; what is behind it stays valid, because it was built on
just that. The first is to blame when it fails: all that is below it is on the target already. A
failure further back says nothing yet. Pure: what git and the checks say comes in as values.
"""

from __future__ import annotations

from enum import StrEnum

from conductor.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TOGETHER = 60.0
"""Approvals that are this close count as given together: then what clashes least goes first."""


class Verdict(StrEnum):
    """What is known of a car's check."""

    WAITING = "waiting"
    CHECKING = "checking"
    PASSED = "passed"
    FAILED = "failed"


class Wish(Value):
    """A change that is to land, or (`undo`) a landing that is to be reverted."""

    task: str
    change: str  # the approved commit; of a landing to be reverted, the commit that landed
    at: float = 0.0
    after: tuple[str, ...] = ()
    undo: bool = False


class Car(Value):
    """A wish merged onto what is ahead of it."""

    wish: Wish
    onto: str
    commit: str
    tree: str

    @property
    def task(self) -> str:
        """The task it is about."""
        return self.wish.task


def pair(one: str, other: str) -> tuple[str, str]:
    """Name two tasks without regard to their order."""
    return (one, other) if one < other else (other, one)


def order(wishes: Sequence[Wish], clashes: Mapping[tuple[str, str], int]) -> list[Wish]:
    """Put wishes in the order they go in: undoings first, then by approval.

    Of those approved together, the one goes first that conflicts with the others in the fewest
    files. Nobody goes before what it comes after.
    """
    left: list[Wish] = [one for one in wishes if one.undo]
    for batch in _batches([one for one in wishes if not one.undo]):
        sizes = {
            one.task: sum(clashes.get(pair(one.task, other.task), 0) for other in batch)
            for one in batch
        }
        left += sorted(batch, key=lambda one: sizes[one.task])
    ordered: list[Wish] = []
    while left:
        waiting = {one.task for one in left if not one.undo}
        free = (one for one in left if one.undo or not waiting.intersection(one.after))
        first = next(free, left[0])  # a circle, which no queue of ours lets in, is cut somewhere
        left.remove(first)
        ordered.append(first)
    return ordered


def _batches(wishes: Sequence[Wish]) -> list[list[Wish]]:
    batches: list[list[Wish]] = []
    for one in sorted(wishes, key=lambda one: one.at):
        if batches and one.at - batches[-1][0].at <= TOGETHER:
            batches[-1].append(one)
        else:
            batches.append([one])
    return batches


def still_valid(cars: Sequence[Car], wishes: Sequence[Wish], target: str) -> list[Car]:
    """Return the cars from the first on that stand as they were built: same target, same changes.

    A car that is not wanted any more takes those behind it along: they were built on it.
    """
    kept: list[Car] = []
    onto = target
    for car in cars:
        if car.onto != onto or car.wish not in wishes:
            break
        kept.append(car)
        onto = car.commit
    return kept


def to_check(verdicts: Sequence[Verdict], parallel: int) -> list[int]:
    """Say which cars' checks are to begin now, the first first.

    Behind a car that failed nothing begins: it would most likely fail for the same reason.
    """
    free = parallel - sum(one is Verdict.CHECKING for one in verdicts)
    chosen: list[int] = []
    for at, verdict in enumerate(verdicts):
        if verdict is Verdict.FAILED or len(chosen) >= free:
            break
        if verdict is Verdict.WAITING:
            chosen.append(at)
    return chosen
