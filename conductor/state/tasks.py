"""A task as the facts tell it, and where it can stand."""

from __future__ import annotations

from enum import StrEnum

from conductor.values import Value


class TaskState(StrEnum):
    """Where a task stands."""

    HELD = "held"
    QUEUED = "queued"
    BLOCKED = "blocked"
    RUNNING = "running"
    WAITING = "waiting"
    REVIEW = "review"
    LANDING = "landing"
    LANDED = "landed"
    REJECTED = "rejected"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DONE = "done"  # it was never to land, and is finished


UNBEGUN = frozenset({TaskState.HELD, TaskState.QUEUED, TaskState.BLOCKED})
ALIVE = frozenset({TaskState.RUNNING, TaskState.WAITING, TaskState.REVIEW, TaskState.LANDING})
GIVEN_UP = frozenset({TaskState.REJECTED, TaskState.FAILED, TaskState.CANCELLED})

PRIORITY_IS_WORTH = 24 * 3600.0
"""A step of priority outweighs a day of waiting: strict within a day, and yet nobody starves."""


class Verify(Value):
    """The last run of a repository's check on a task's change."""

    commit: str
    tree: str
    where: str
    ok: bool | None  # None while it runs
    since: float
    code: int | None = None
    seconds: float = 0.0
    seq: int = 0  # the fact that holds its output
    flaky: bool = False  # it passed only when it was run again


class Reading(Value):
    """Where the reading of a change stands; its words stay in the facts."""

    told: int = 0  # the newest fact about it
    asking: str | None = None  # the question its agent is about to answer
    applying: str | None = None  # the comment whose suggestion is to be written
    approval: int = 0  # the fact that approves all but the parts it leaves out
    taken: str | None = None  # the commit made of that, which is what lands
    note: str | None = None  # why it is to be read anew, for when it is offered

    @property
    def open(self) -> bool:
        """Whether something that the reader has asked for is still to be done."""
        return bool(self.asking or self.applying or self.approval)


class Landed(Value):
    """One move of a target: which, to what commit, from which, and when."""

    target: str
    commit: str
    before: str
    at: float


class Task(Value):
    """One piece of work as a person would ask for it."""

    id: str
    number: int
    title: str
    repo: str
    state: TaskState
    since: float
    created_at: float
    told: int  # the fact that holds its text
    priority: int = 0
    after: tuple[str, ...] = ()
    template: str | None = None
    harness: str | None = None
    subscription: str | None = None
    model: str | None = None
    verify: str | None = None
    session: str | None = None
    tries: int = 0
    rounds: int = 0
    returns: int = 0  # rounds in a row that nobody but the runner asked for
    why: str | None = None
    offered: str | None = None  # the commit that waits for review
    opened: str | None = None  # the commit the person has read
    looked: str | None = None  # the commit they had read before that one
    approved: str | None = None  # the commit that may land
    target: str | None = None
    landed: str | None = None  # the commit that landed
    before: str | None = None  # where the target stands, or stood, before it
    landing: str | None = None  # the commit that is about to land
    checked: Verify | None = None
    filler: bool = False  # starts only on allowance that would lapse
    ahead: tuple[str, ...] = ()  # the tasks it lands after
    merged: str | None = None  # the tree it makes with them; None while it does not fit them
    leaves: bool = False  # whether it may leave the person's checkout behind, as that is
    gone: str | None = None  # the commit that an exact undo took from its target
    reverted: str | None = None  # what its change was made on, when a commit reverted its landing
    undoes: str | None = None  # the task whose landing it takes back
    settles: str | None = None  # the task whose conflict it settles
    pull: str | None = None  # the address of its pull request
    put_up: str | None = None  # the commit that is there
    pull_state: str | None = None  # how it stood when the person looked
    resolved: int = 0  # the fact that says how the person settled its conflict
    reading: Reading | None = None
    reads: str | None = None  # the task whose change it gives an opinion on
    start: str | None = None  # the commit its worktree begins at
    tag: str | None = None  # the person's own group
    forks: str | None = None  # the session from which its own goes on
    parts: tuple[Landed, ...] = ()  # what landed of it before what was left out was offered
    lifted: Landed | None = None  # a part that was undone, while its worktree still stands on it
    takes_back: str | None = None  # the commit that `undoes` is about

    @property
    def under_way(self) -> bool:
        """Whether an agent has it, or something of it is still to be done for whoever reads it."""
        asked = self.reading is not None and self.reading.open
        return self.state in ALIVE or asked or self.lifted is not None

    @property
    def to_undo(self) -> Landed | None:
        """What an undo of it takes back: all that landed, or the newest part that did."""
        if self.state is TaskState.LANDED:
            return Landed(self.target or "", self.landed or "", self.before or "", self.since)
        return self.parts[-1] if self.parts else None

    @property
    def to_land(self) -> str | None:
        """The commit that may land: the approved one, or what was taken of it."""
        return (self.reading and self.reading.taken) or self.approved

    @property
    def turn(self) -> tuple[float, int]:
        """Sort key of the queue: who waits longest goes first, priority counting as waiting."""
        return (self.created_at - self.priority * PRIORITY_IS_WORTH, self.number)

    @property
    def wish(self) -> str:
        """Name what it asks for: all that ask for the same wait for the same."""
        return f"{self.subscription or ''} {self.harness or ''} {self.model or ''}"
