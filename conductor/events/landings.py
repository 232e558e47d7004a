"""A landing: an approved change onto its target, and back."""

from __future__ import annotations

from conductor.events.fact import Fact


class ApprovalVoided(Fact):
    """What was approved is not what would land any more."""

    task: str
    why: str


class LandingStarted(Fact):
    """An approved change is merged onto the newest target.

    Written twice: before the merge, and with its `commit` right before the target moves to it, so
    that a landing cut off in between is recognised and completed.
    """

    task: str
    target: str
    onto: str
    commit: str | None = None


class LandingParked(Fact):
    """A landing waits for something in the person's hands."""

    task: str
    why: str


class LandingFailed(Fact):
    """A change could not land; nothing was changed."""

    task: str
    why: str
    kind: str = "error"  # conflict | verify | error
    files: tuple[str, ...] = ()


class ChangeLanded(Fact):
    """The target now holds the change."""

    task: str
    target: str
    commit: str
    before: str
    note: str = ""


class UndoAsked(Fact):
    """The landing of this task is to be taken back."""

    task: str


class LandingUndone(Fact):
    """The target is again exactly what it was before a landing."""

    task: str
    target: str
    commit: str  # where the target stands now


class UndoRefused(Fact):
    """A landing could not be taken back; nothing was changed."""

    task: str
    why: str
