"""A change: kept, verified, read, decided about."""

from __future__ import annotations

from conductor.events.fact import Fact


class SnapshotTaken(Fact):
    """What a session had changed was kept as a commit under refs/conductor/."""

    session: str
    commit: str
    tree: str
    files: tuple[str, ...] = ()
    risky: tuple[str, ...] = ()  # those that change what runs
    added: int = 0
    removed: int = 0
    base: str | None = None  # what it is compared with: where it last met the target
    count: int | None = None  # how many files, where there are more than are named
    nested: tuple[str, ...] = ()  # repositories in its worktree, of which git keeps no files

    @property
    def many(self) -> int:
        """How many files it changes."""
        return len(self.files) if self.count is None else self.count


class VerifyStarted(Fact):
    """The repository's own check runs on a commit, in a clean worktree."""

    task: str
    commit: str
    where: str  # review | landing


class VerifyFinished(Fact):
    """The check ended."""

    task: str
    commit: str
    tree: str
    where: str
    ok: bool
    code: int | None
    seconds: float
    command: str = ""
    tail: str = ""
    flaky: bool = False  # it had failed on the same content a moment before


class ReviewReady(Fact):
    """A change waits for the person's reading."""

    task: str
    session: str
    commit: str
    files: int = 0
    note: str = ""


class ChangeOpened(Fact):
    """The person has read a change at this commit."""

    task: str
    commit: str


class ChangeApproved(Fact):
    """A change, at this very commit, may land; or all of it but what is left out."""

    task: str
    session: str
    commit: str
    left: tuple[str, ...] = ()  # the parts left out, each as `address path`
    rest: str = ""  # what is to be done with them, if they go back to the agent


class ChangeRejected(Fact):
    """A change is not wanted; its work stays in its snapshot."""

    task: str
    why: str


class ChangeSentBack(Fact):
    """A change goes back to its agent for another round."""

    task: str
    session: str
    why: str
    author: str = "person"  # person | runner
