"""What a check that still runs has printed so far."""

from __future__ import annotations

import os

from conductor.cleaning import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.state import Task
    from conductor.tui.world import World

TAIL = 16_000
"""Bytes of it that are read, its last."""


def printed(world: World, task: Task, rows: int) -> str | None:
    """Read the last rows that a check has printed; None if none runs."""
    checked = task.checked
    if checked is None or checked.ok is not None or not world.read:
        return None
    path = os.path.join(world.places.sessions, task.session or task.id, "check.log")
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL))
            shown = clean(file.read(TAIL).decode("utf-8", "replace")).strip().split("\n")
    except FileNotFoundError:
        return ""
    return "\n".join(shown[-rows:])
