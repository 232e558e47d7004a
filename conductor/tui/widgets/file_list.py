"""The files of a change as a tree: what changes what runs first, what a program wrote folded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conductor.review.files import GENERATED, RISKY, group, spelled
from conductor.tui.diff_paint import STATUS
from conductor.tui.widgets.listing import Line
from conductor.tui.wording import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conductor.review.files import File
    from conductor.tui.inks import Run

MADE = "made"
"""The key of the line behind which generated files are folded."""


def lines(
    files: Sequence[File], told: Callable[[File], Sequence[Run]], *, made_open: bool
) -> list[Line]:
    """Draw the list: a file's key is its place in the change."""
    drawn: list[Line] = []
    before: int | None = None
    folder: str | None = None
    for place, file in enumerate(files):
        now = group(file)
        if now != before:
            drawn += _heading(now, files, first=before is None, made_open=made_open)
            before, folder = now, None
        if now == GENERATED and not made_open:
            continue
        here = file.path.rpartition("/")[0]
        if here != folder:
            folder = here
            if here:
                drawn.append(Line(None, ((f" {spelled(here)}/", "dim"),)))
        drawn.append(_line(place, file, told(file)))
    return drawn


def _heading(now: int, files: Sequence[File], *, first: bool, made_open: bool) -> list[Line]:
    if now == RISKY:
        return [Line(None, ((" ‼ changes what runs", "risky"),))]
    if now == GENERATED:
        some = [file for file in files if group(file) == GENERATED]
        added, removed = (sum(getattr(f, side) for f in some) for side in ("added", "removed"))
        fold = "▾" if made_open else "▸"
        said = f" {fold} {plural(len(some), 'generated file')}"
        counts = ((f" +{added}", "added"), (f" -{removed} ", "removed"))
        return [Line(MADE, ((said, "faint"),), counts)]
    return [] if first else [Line(None, ((" other files", "faint"),))]


def _line(place: int, file: File, told: Sequence[Run]) -> Line:
    name = spelled(file.path.rpartition("/")[2])
    counts: tuple[Run, ...]
    if not file.read:
        counts = ()
    elif file.binary:
        counts = ((" binary ", "faint"),)
    else:
        added = ((f" +{file.added}", "added"),) if file.added else ()
        removed = ((f" -{file.removed}", "removed"),) if file.removed else ()
        counts = (*added, *removed, (" ", "plain"))
    ink = "risky" if file.runs_code else "plain"
    status = (f"  {file.status} ", STATUS.get(file.status, "busy"))
    return Line(str(place), (status, (name, ink), *told), counts)
