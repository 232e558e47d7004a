"""What a recording shows is what was on the screen; and the minute of the README still plays."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conductor.terminals.ghostty import Emulated
from conductor.tui.ansi import plain_text
from tests.recording.__main__ import MINUTE, record
from tests.recording.moving import moving
from tests.recording.terminal import between

PIECES = st.sampled_from(["ab", "漢", " ", "x", "\x1b[0m", "\x1b[1m", "\x1b[38;2;1;2;3m", "\x1b[m"])
ROWS = st.lists(PIECES, max_size=12).map("".join)


@settings(max_examples=60)
@given(ROWS, ROWS)
def test_a_row_is_made_of_another(before: str, now: str) -> None:
    screen, wanted = Emulated((40, 2)), Emulated((40, 2))
    screen.feed(f"\x1b[1;1H\x1b[0m{before}".encode())
    wanted.feed(f"\x1b[1;1H\x1b[0m{now}".encode())
    old, new = screen.row(0), wanted.row(0)
    screen.feed(between(old, new, 0).encode())
    assert plain_text(screen.row(0)).rstrip() == plain_text(new).rstrip()
    screen.close()
    wanted.close()


def test_rows_that_stay_are_drawn_once() -> None:
    red = "\x1b[31mred & <bold>\x1b[0m"
    drawn = moving([(1.0, [red, "same"]), (2.0, ["other", "same"])], 20)
    tree = ET.fromstring(drawn)
    texts = [one.text for one in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["red & <bold>", "same", "other"]
    assert "#f7768e" in drawn
    assert "66.667%" not in drawn
    assert "33.333%" in drawn


@pytest.mark.long
def test_the_minute_of_the_readme_plays() -> None:
    seen, pictures = record(MINUTE)
    assert len(pictures) == len(MINUTE)
    assert len(seen) > 50
