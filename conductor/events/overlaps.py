"""Two sessions that change the same files."""

from __future__ import annotations

from conductor.events.fact import Fact


class OverlapSeen(Fact):
    """Two sessions change the same files; told again when that, or whether they fit, changes."""

    session: str
    other: str
    files: tuple[str, ...] = ()  # the first of them
    conflicts: tuple[str, ...] = ()  # the first of those that would not merge now
    count: int = 0
    commits: tuple[str, ...] = ()  # what the two held


class OverlapGone(Fact):
    """Two sessions change no file together any more."""

    session: str
    other: str
