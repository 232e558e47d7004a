"""One agent on a dense wall: a line that tells all about it, and below it its screen, unframed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conductor.tui.inks import Run, cells, spread
from conductor.tui.widgets import glimpse
from conductor.tui.widgets.face import context, frame_ink, is_card, joined, second

if TYPE_CHECKING:
    from conductor.tui.inks import Inks
    from conductor.tui.sources import AgentScreen
    from conductor.tui.widgets.face import Face, Frame

TITLE = (9, 26)
"""Cells of a title that everything else leaves to it, on a card and on a tile."""


def draw(
    face: Face, frame: Frame, screen: AgentScreen | None, size: tuple[int, int], inks: Inks
) -> list[str]:
    """Draw a tile's lines, each of them exactly as wide as the tile."""
    width, height = size
    edge = _edge(face, frame)
    inner, room = width - 1, height - 1
    body: list[str] = []
    if is_card(face, size) and room > 1:
        body = [inks.row(second(face.but(meets=""), inner), inner)]
    if room > len(body):
        body += glimpse.body(face, screen, (inner, room - len(body)), inks, inside=frame.inside)
    side = inks.paint(*edge)
    return [inks.row([edge, *_head(face, frame, inner)], width), *(side + line for line in body)]


def _edge(face: Face, frame: Frame) -> Run:
    """Return the line left of a tile: heavy for the chosen one and for one that waits."""
    ink = frame_ink(face, frame)
    return ("│" if ink == "frame" else "┃", ink)


def _head(face: Face, frame: Frame, width: int) -> list[Run]:
    """Say as much of an agent as one line holds: its name first, at its end what matters most."""
    ground = " frame-in" if frame.inside else " head"
    number = face.key or " "
    left: list[Run] = [(f"{face.look.glyph} ", face.look.ink), (f"{face.name} ", "dim")]
    room = (
        width
        - sum(cells(text) for text, _ in left)
        - min(TITLE[width >= 44], cells(face.title))
        - 4
    )
    parts: list[Run] = []
    for words, ink in _parts(face, frame):
        fits = [one for one in words if one and cells(one) + 3 <= room]
        if fits:
            parts.insert(0, (fits[0], ink))
            room -= cells(fits[0]) + 3
    right = [*(joined(parts) or [(" ", "dim")]), (f"{number} ", "faint")]
    runs = spread([*left, (face.title, "strong")], right, width)
    return [(text, f"{ink}{ground}") for text, ink in runs]


def _parts(face: Face, frame: Frame) -> list[tuple[tuple[str, ...], str]]:
    """List what else there is to say, what matters most first; each as it is, and shorter."""
    full, ink = context(face)
    return [
        (("F12 leaves",) if frame.inside else (), "strong"),
        ((f"{face.look.word} {face.age}".strip(), face.age), face.look.ink),
        ((face.meets,), "failed" if face.clashes else "limited"),
        ((full, full.partition(" ")[0] if ink == "stalled" else ""), ink),
        ((face.changed,), "dim"),
        ((f"{face.spark} {face.rate}".strip(),), "dim"),
        ((face.who,), "dim"),
        ((f"⎇ {face.branch}",) if face.branch else (), "faint"),
    ]
