"""A worktree's files put back as they were at one of its snapshots."""

from __future__ import annotations

from conductor.events.fact import Fact


class RestoreAsked(Fact):
    """A session's files are to be as they were at one of its snapshots."""

    session: str
    commit: str


class Restored(Fact):
    """A session's files are as they were then; what they were before is a snapshot too."""

    session: str
    commit: str
    before: str


class RestoreRefused(Fact):
    """A session's files could not be put back; nothing was changed."""

    session: str
    commit: str
    why: str
