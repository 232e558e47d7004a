"""Where lines went: tables, and what holds of any change."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conductor.rounds.following import (
    ANSWERED,
    OPEN,
    OUTDATED,
    Change,
    Followed,
    follow,
    standing,
)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ([], Followed(5, 6)),
        ([Change(0, 0, 0, 3)], Followed(8, 9)),
        ([Change(0, 2, 0, 0)], Followed(3, 4)),
        ([Change(8, 1, 8, 4)], Followed(5, 6)),
        ([Change(4, 1, 4, 3)], Followed(5, 8, touched=True)),
        ([Change(5, 0, 5, 1)], Followed(5, 7, touched=True)),
        ([Change(4, 0, 4, 1)], Followed(6, 7, beside=True)),
        ([Change(6, 0, 6, 1)], Followed(5, 6, beside=True)),
        ([Change(3, 1, 3, 1)], Followed(5, 6, beside=True)),
        ([Change(4, 2, 4, 0)], Followed(5, 5, touched=True)),
        ([Change(2, 9, 2, 1)], Followed(3, 3, touched=True)),
        ([Change(0, 1, 0, 2), Change(5, 3, 6, 1)], Followed(6, 7, touched=True)),
    ],
)
def test_lines_are_followed(changes: list[Change], found: Followed) -> None:
    assert follow(5, 6, changes) == found


@st.composite
def _changed(draw: st.DrawFn) -> tuple[list[int], list[int], list[Change]]:
    """A file of numbered lines, what it became, and how."""
    old = list(range(draw(st.integers(1, 12))))
    new: list[int] = []
    changes = []
    at = fresh = 0
    while at < len(old):
        kept, gone, put = (draw(st.integers(0, 3)) for _ in range(3))
        new += old[at : at + kept]
        at = min(len(old), at + kept)
        gone = min(gone, len(old) - at)
        if gone or put:
            changes.append(Change(at, gone, len(new), put))
            new += range(1000 + fresh, 1000 + fresh + put)
            fresh += put
            at += gone
        new += old[at : at + 1]  # a line between two changes, as in a diff
        at = min(len(old), at + 1)
    return old, new, changes


@given(_changed(), st.data())
def test_lines_that_did_not_change_are_found_again(
    made: tuple[list[int], list[int], list[Change]], data: st.DataObject
) -> None:
    old, new, changes = made
    first = data.draw(st.integers(1, len(old)))
    last = data.draw(st.integers(first, len(old)))
    found = follow(first, last, changes)
    wanted = old[first - 1 : last]
    there = new[found.first - 1 : found.last]
    if not found.touched:
        assert there == wanted
    elif any(line in new for line in wanted):
        assert [line for line in wanted if line in new] == [line for line in there if line < 1000]


def test_how_a_comment_stands() -> None:
    still, moved = Followed(1, 1), Followed(1, 1, touched=True)
    near = Followed(1, 1, beside=True)
    table = {
        (True, still): OPEN, (True, moved): ANSWERED, (True, near): ANSWERED,
        (False, still): OPEN, (False, moved): OUTDATED, (False, near): OPEN,
        (True, None): OUTDATED, (False, None): OUTDATED,
    }  # fmt: skip
    for (sent, found), stands in table.items():
        assert standing(sent=sent, applied=False, found=found) == stands
    assert standing(sent=False, applied=True, found=None) == ANSWERED
