"""A landing: an approved change onto its target, and back."""

from __future__ import annotations

from conductor.events.fact import Fact


class ApprovalVoided(Fact):
    """What was approved is not what would land any more."""

    task: str
    why: str


class LandingStarted(Fact):
    """An approved change is merged onto the newest target and the changes ahead of it.

    Written twice: when it is merged, and with its `commit` right before the target moves to it, so
    that a landing cut off in between is recognised and completed.
    """

    task: str
    target: str
    onto: str
    commit: str | None = None
    ahead: tuple[str, ...] = ()  # the tasks whose changes it was merged onto
    tree: str | None = None  # what both make together, which is what is checked


class LandingHeldBack(Fact):
    """An approved change does not fit those ahead of it: it waits until they have landed."""

    task: str
    behind: tuple[str, ...]


class LandingParked(Fact):
    """A landing waits for something in the person's hands."""

    task: str
    why: str


class LeavingAsked(Fact):
    """A landing need not wait for the person's checkout: that stays as it is, on another branch."""

    task: str


class LandingFailed(Fact):
    """A change could not land; nothing was changed."""

    task: str
    why: str
    kind: str = "error"  # conflict | verify | undone | error
    files: tuple[str, ...] = ()


class ResolveAsked(Fact):
    """The person has settled a conflict: in `files`, in their order, is what `paths` are to be."""

    task: str
    onto: str
    change: str
    paths: tuple[str, ...]
    files: tuple[str, ...]


class ConflictResolved(Fact):
    """The target was merged into the agent's branch, with what the person made of the conflict."""

    task: str
    session: str
    commit: str


class ResolveRefused(Fact):
    """A settled conflict could not be put into the agent's worktree; nothing was changed."""

    task: str
    why: str


class ChangeLanded(Fact):
    """The target now holds the change."""

    task: str
    target: str
    commit: str
    before: str
    note: str = ""


class TargetPushed(Fact):
    """The person pushed a branch to a remote."""

    subject: str  # the repository
    remote: str
    url: str
    ref: str
    commit: str


class ChangePutUp(Fact):
    """A change was pushed to a branch of its own, to be seen by others before it lands."""

    task: str
    remote: str
    ref: str
    commit: str


class PullRequestOpened(Fact):
    """A forge was asked to have a change reviewed there."""

    task: str
    url: str


class PullRequestSeen(Fact):
    """How a pull request stood when the person looked."""

    task: str
    state: str  # open | merged | closed
    passed: int = 0
    failed: int = 0
    pending: int = 0


class UndoAsked(Fact):
    """The landing of this task is to be taken back."""

    task: str


class UndoStarted(Fact):
    """A landing that others came after is reverted onto the newest target.

    Written like `LandingStarted`: when the revert is made, and right before the target moves.
    """

    task: str
    target: str
    onto: str
    commit: str | None = None
    tree: str | None = None


class LandingUndone(Fact):
    """The target holds a landing no more: it is what it was before, or a commit reverts it."""

    task: str
    target: str
    commit: str  # where the target stands now
    how: str = "exact"  # exact | revert | task


class UndoRefused(Fact):
    """A landing could not be taken back; nothing was changed."""

    task: str
    why: str
