"""Cutting lines of a change into runs of one colour and one ground, and into cells."""

from __future__ import annotations

import itertools

from conductor.tui.inks import Run, cells

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from conductor.review.files import File


def counts(file: File) -> list[Run]:
    """Say how much of a file changed."""
    if not file.read:
        return [("  …", "faint")]
    if file.binary:
        return [("  binary", "faint")]
    said: list[Run] = []
    if file.added:
        said.append((f"  +{file.added}", "added"))
    if file.removed:
        said.append((f" -{file.removed}" if said else f"  -{file.removed}", "removed"))
    return said


def after(text: str, begin: int, width: int) -> int:
    """Find the character after so many cells."""
    at = begin
    while at < len(text) and width > 0:
        width -= cells(text[at])
        at += 1
    return at


def spans(
    text: str,
    window: tuple[int, int],
    tokens: Sequence[tuple[int, int, str]],
    marks: Sequence[tuple[int, int]],
    inks: tuple[str, str, str],
    *,
    finds: Sequence[tuple[int, int]] = (),
) -> list[Run]:
    """Cut a line into runs wherever its colour or its ground changes."""
    plain, ground, marked = inks
    begin, end = window
    edges = {begin, end}
    for start, stop, _ in tokens:
        edges |= {start, stop}
    for start, stop in (*marks, *finds):
        edges |= {start, stop}
    stops = sorted(edge for edge in edges if begin <= edge <= end)
    runs: list[Run] = []
    token = 0
    for start, stop in itertools.pairwise(stops):
        while token < len(tokens) and tokens[token][1] <= start:
            token += 1
        inside = token < len(tokens) and tokens[token][0] <= start
        ink = tokens[token][2] if inside else plain
        on = ground
        if any(a <= start < b for a, b in marks):
            on = marked
        if any(a <= start < b for a, b in finds):
            on = "found"
        runs.append((text[start:stop], f"{ink} {on}" if on else ink))
    return runs


def cut(runs: list[Run], room: int) -> tuple[list[Run], int]:
    """Keep as many runs as fit, the last of them cut short."""
    kept: list[Run] = []
    used = 0
    for text, ink in runs:
        end = after(text, 0, room - used)
        part = text[:end]
        if used + cells(part) > room:
            part = part[:-1]
        kept.append((part, ink))
        used += cells(part)
        if len(part) < len(text):
            break
    return kept, used
