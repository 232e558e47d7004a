"""Where lines went as a file changed, and whether they were changed themselves: pure."""

from __future__ import annotations

from conductor.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

OPEN, ANSWERED, OUTDATED = "open", "answered", "outdated"


class Change(Value):
    """Lines replaced by others, counted from 0; either side may be none."""

    old: int
    olds: int
    new: int
    news: int


class Followed(Value):
    """Where some lines are now, counted from 1, and what happened to them."""

    first: int
    last: int
    touched: bool = False  # one of them was changed, or something was put between them
    beside: bool = False  # something changed right before or after them


def follow(first: int, last: int, changes: Iterable[Change]) -> Followed:
    """Follow lines through the changes of their file, which come in order."""
    begin, end = first - 1, last  # half open, from 0
    known = list(changes)
    touched = any(one.old < end and one.old + one.olds > begin for one in known if one.olds)
    touched = touched or any(begin < one.old < end for one in known if not one.olds)
    beside = any(one.old + one.olds == begin or one.old == end for one in known)
    start, stop = _begin(begin, known), _end(end, known)
    return Followed(start + 1, max(start + 1, stop), touched, beside)


def _begin(at: int, changes: list[Change]) -> int:
    """Say where a line begins; one that was changed, where what replaced it begins."""
    shift = 0
    for one in changes:
        if one.old + one.olds <= at:
            shift += one.news - one.olds
        elif one.old < at:
            return one.new
    return at + shift


def _end(at: int, changes: list[Change]) -> int:
    """Say where a line ends; one that was changed, where what replaced it ends."""
    shift = 0
    for one in changes:
        if one.old < at < one.old + one.olds:
            return one.new + one.news
        if one.old < at:
            shift += one.news - one.olds
    return at + shift


def standing(*, sent: bool, applied: bool, found: Followed | None) -> str:
    """Say how a comment stands by what changed under it; None is a file that is not there.

    A comment that was sent is answered by any change of its lines, or right beside them: agents
    put what was asked for above or below. One that waits to be sent is outdated by a change.
    """
    if applied:
        return ANSWERED
    if found is None:
        return OUTDATED
    if sent:
        return ANSWERED if found.touched or found.beside else OPEN
    return OUTDATED if found.touched else OPEN
