"""Which lines are left out, and how that is written down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conductor.review.address import NEW, OLD, Span
from conductor.review.files import File
from conductor.tui import leaving
from conductor.tui.quoting import exact, quoted
from conductor.tui.screens.review_said import parted

if TYPE_CHECKING:
    from conductor.tui.leaving import Leaving

BODY = b"""diff --git a/f b/f
index 111..222 100644
--- a/f
+++ b/f
@@ -1,4 +1,5 @@
 one
-two
-three
+2
+\t3\x1b[2J
+more
 four
"""


@pytest.fixture
def file() -> File:
    made = File("f", None, "M", "100644", "100644", "1" * 40, "2" * 40, runs_code=False)
    made.read, made.body = True, BODY
    return made


def now(file: File, *left: str) -> Leaving:
    found = leaving.leaving(file, left)
    assert found is not None
    return found


def test_a_block_is_left_whole_and_taken_whole(file: File) -> None:
    one = now(file)
    block = leaving.block_of(one, (NEW, 3))
    assert block == {(OLD, 2), (OLD, 3), (NEW, 2), (NEW, 3), (NEW, 4)} == one.changed
    left = leaving.toggled(one, block)
    assert left == one.parts.parts
    gone = now(file, *left)
    assert (gone.all_gone, gone.count) == (True, 1)
    assert leaving.toggled(gone, block) == ()


def test_single_lines_split_it(file: File) -> None:
    left = leaving.toggled(now(file), {(NEW, 4), (NEW, 9)})
    part = now(file, *left)
    assert part.lines == {(NEW, 4)}
    assert not part.all_gone
    both = leaving.toggled(part, {(OLD, 2)})
    assert now(file, *both).lines == {(NEW, 4), (OLD, 2)}
    assert leaving.toggled(now(file, *both), {(NEW, 4), (OLD, 2)}) == ()


def test_what_is_not_in_the_change_any_more_is_not_left(file: File) -> None:
    assert now(file, "0123456789abcdef").left == ()
    file.body = None  # too large to be kept
    assert leaving.leaving(file, ()) is None


def test_what_cannot_be_shown_is_quoted_clean_and_not_suggested(file: File) -> None:
    span = Span("f", NEW, 2, 3)
    assert quoted(file, span) == "2\n\t3␛"
    assert exact(file, span) is None
    assert exact(file, Span("f", NEW, 1, 2)) == "one\n2"


@pytest.mark.parametrize(
    ("words", "said", "suggested"),
    [
        ("Why?", "Why?", None),
        ("Why?\n```suggestion\nx\n\ty\n```\nPlease.", "Why?\nPlease.", "x\n\ty\n"),
        ("\n```suggestion\n```\n", "", ""),
        ("```suggestion\nx", "", "x\n"),
    ],
)
def test_a_suggestion_is_parted_from_words(words: str, said: str, suggested: str | None) -> None:
    assert parted(words) == (said, suggested)
