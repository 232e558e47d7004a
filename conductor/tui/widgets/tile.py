"""One agent on the wall: a frame that tells all about it, and in it the end of its screen."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from conductor.tui.ansi import fit
from conductor.tui.inks import Inks, Run, cells, spread
from conductor.tui.widgets import glimpse, slim
from conductor.tui.widgets.face import (
    Face,
    Frame,
    context,
    frame_ink,
    inner,
    is_card,
    is_small,
    joined,
    second,
)

if TYPE_CHECKING:
    from conductor.tui.sources import AgentScreen


WIDE = 76
"""Columns from which on a tile names its branch."""


def draw(
    face: Face, frame: Frame, screen: AgentScreen | None, size: tuple[int, int], inks: Inks
) -> list[str]:
    """Draw a tile's lines, each of them exactly as wide as the tile."""
    width, _ = size
    if frame.dense:
        return slim.draw(face, frame, screen, size, inks)
    small = is_small(size)
    ink = frame_ink(face, frame)
    heavy = frame.chosen or frame.inside
    side = inks.paint("┃" if heavy else "│", ink)
    columns, room = inner(size, dense=False)
    lines: list[str] = []
    if is_card(face, size):
        lines = list(_summary(face, columns, inks)[:room])
    left = room - len(lines)
    if left > 0:
        lines += glimpse.body(face, screen, (columns, left), inks, inside=frame.inside)
    return [
        _top(face, frame, width, inks, small=small),
        *(f"{side}{line}{side}" for line in lines[:room]),
        _bottom(face, frame, width, inks, small=small),
    ]


@lru_cache(maxsize=512)
def _top(face: Face, frame: Frame, width: int, inks: Inks, *, small: bool) -> str:
    ink = frame_ink(face, frame)
    heavy = frame.chosen or frame.inside
    dash, begin, end = ("━", "┏", "┓") if heavy else ("─", "╭", "╮")
    state = face.look.ink
    left: list[Run] = [(begin, ink), (f" {face.look.glyph} ", state), (f"{face.name} ", "dim")]
    title = (f"{face.title} ", "strong")
    number = f" {face.key} " if face.key else ""
    right: list[Run] = [(end, ink)]
    if frame.inside:
        right.insert(0, (" F12 leaves ", ink))
    elif small:
        right.insert(0, (number, "faint"))
    else:
        said = f" {face.look.word} {face.age} " if face.age else f" {face.look.word} "
        right = [(said, state), (number, "faint"), (end, ink)]
    room = width - sum(cells(text) for text, _ in left) - sum(cells(text) for text, _ in right)
    if cells(title[0]) > room:
        title = (fit(face.title, max(0, room - 1)) + " ", "strong") if room > 1 else ("", "strong")
    dashes = (dash * max(0, room - cells(title[0])), ink)
    return inks.row([*left, title, dashes, *right], width)


@lru_cache(maxsize=512)
def _bottom(face: Face, frame: Frame, width: int, inks: Inks, *, small: bool) -> str:
    ink = frame_ink(face, frame)
    heavy = frame.chosen or frame.inside
    dash, begin, end = ("━", "┗", "┛") if heavy else ("─", "╰", "╯")
    if small:
        return inks.row([(begin + dash * (width - 2) + end, ink)], width)
    left: list[Run] = [(f"{begin}{dash}", ink), (f" {face.who} ", "dim")]
    if face.branch and width >= WIDE:
        left.append((f"⎇ {face.branch} ", "faint"))
    parts = [(face.changed, "dim"), context(face), (f"{face.spark} {face.rate}".strip(), "dim")]
    right = joined([part for part in parts if part[0]])
    if face.meets:
        right.insert(0, (f" {face.meets} ", "failed" if face.clashes else "limited"))
    right.append((f"{dash}{end}", ink))
    runs = spread(left, right, width, ink)
    return inks.row([(dash * len(t) if t and not t.strip() else t, i) for t, i in runs], width)


@lru_cache(maxsize=512)
def _summary(face: Face, width: int, inks: Inks) -> tuple[str, str]:
    """Say inside a card what its frame has no room for."""
    state = f" {face.look.word}"  # its shape stands in the frame above
    full, ink = context(face)
    room = width - cells(state) - cells(face.age) - 5
    if len(full) > room and ink == "stalled":
        full = full.partition(" ")[0]
    parts = [(full if len(full) <= room else "", ink), (face.age, "dim")]
    first = spread([(state, face.look.ink)], joined([one for one in parts if one[0]]), width)
    return inks.row(first, width), inks.row(second(face, width), width)
