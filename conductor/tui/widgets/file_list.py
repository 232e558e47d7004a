"""The files of a change; those that change what runs stand first, in red."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conductor.cleaning import clean_line
from conductor.tui.widgets.listing import Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conductor.tui.sources import FileChange

_STATUS = {"A": "added", "D": "removed", "R": "landing", "C": "landing", "T": "blocked"}


def in_order(files: Sequence[FileChange]) -> list[FileChange]:
    """Put the files that change what runs first."""
    return sorted(files, key=lambda file: (not file.runs_code, file.path))


def lines(files: Sequence[FileChange]) -> list[Line]:
    """Draw the list: its key is the file's place in it."""
    drawn: list[Line] = []
    risky: bool | None = None
    for place, file in enumerate(files):
        if file.runs_code is not risky:
            risky = file.runs_code
            if risky:
                drawn.append(Line(None, ((" ‼ changes what runs", "risky"),)))
            elif drawn:
                drawn.append(Line(None, ((" other files", "faint"),)))
        drawn.append(_line(place, file))
    return drawn


def _line(place: int, file: FileChange) -> Line:
    path = clean_line(file.path, 400)
    folder, slash, name = path.rpartition("/")
    status = file.status[:1]
    counts: tuple[tuple[str, str], ...]
    if file.added is None:
        counts = ((" binary ", "faint"),)
    else:
        counts = ((f" +{file.added}", "added"), (f" -{file.removed} ", "removed"))
    ink = "risky" if file.runs_code else "plain"
    return Line(
        str(place),
        ((f" {status} ", _STATUS.get(status, "busy")), (f"{folder}{slash}", "dim"), (name, ink)),
        counts,
    )
