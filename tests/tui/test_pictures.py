"""Pictures of each room at fixed sizes and a fixed clock: a change in looks is seen, and chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from syrupy.extensions.image import SVGImageSnapshotExtension

from conductor.tui.shot import render

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

PICTURES = [
    ("fleet", "80x24", None),
    ("fleet", "160x45", None),
    ("fleet", "250x70", None),
    ("fleet", "160x45", "conductor-light"),
    ("fleet", "80x24", "ansi-dark"),
    ("zoom", "160x45", None),
    ("dense", "80x24", "ansi-dark"),
    ("dense", "250x70", None),
    ("queue", "120x36", None),
    ("inbox", "80x24", None),
    ("review", "80x24", None),
    ("review", "80x24", "ansi-dark"),
    ("review", "160x45", "conductor-light"),
    ("columns", "120x36", None),
    ("about", "120x36", None),
    ("landing", "120x30", None),
    ("new", "80x24", None),
    ("help", "120x36", None),
    ("meters", "80x24", None),
    ("meters", "160x45", "conductor-light"),
    ("empty", "80x24", None),
]


@pytest.mark.usefixtures("in_utc")
@pytest.mark.parametrize(("screen", "size", "theme"), PICTURES)
def test_a_room_looks_as_it_was_chosen_to(
    screen: str, size: str, theme: str | None, snapshot: SnapshotAssertion
) -> None:
    width, _, height = size.partition("x")
    story = "landing" if screen == "landing" else "evening"
    svg = render(screen, (int(width), int(height)), theme, story)
    assert without_ids(svg) == snapshot(extension_class=SVGImageSnapshotExtension)


def test_what_was_said_of_a_change_stands_under_its_lines(snapshot: SnapshotAssertion) -> None:
    svg = render("review", (160, 50), None, "reading")
    assert without_ids(svg) == snapshot(extension_class=SVGImageSnapshotExtension)


def without_ids(svg: str) -> str:
    """Leave out the number that every picture is given anew."""
    begin = svg.index("terminal-") + len("terminal-")
    number = svg[begin : begin + 24].partition("-")[0]
    assert number.isdigit(), number
    return svg.replace(number, "0")
