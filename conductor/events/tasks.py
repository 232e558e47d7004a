"""The queue: what is to be done, and what became of it."""

from __future__ import annotations

from conductor.events.fact import Fact


class TaskAdded(Fact):
    """A piece of work was put into the queue."""

    task: str
    title: str
    text: str
    repo: str
    priority: int = 0
    after: tuple[str, ...] = ()
    template: str | None = None
    harness: str | None = None
    subscription: str | None = None
    model: str | None = None
    verify: str | None = None
    held: bool = False
    filler: bool = False  # starts only on allowance that would lapse, and stands ready again
    refills: str | None = None  # the filler that landed, whose place this one takes
    undoes: str | None = None  # the task whose landing this one takes back
    settles: str | None = None  # the task whose conflict this one settles, and lands with
    reads: str | None = None  # the task whose change it gives an opinion on; nothing of it lands
    start: str | None = None  # the commit its worktree begins at, if not the target's
    tag: str | None = None  # the person's own word for a group of tasks
    forks: str | None = None  # the session whose conversation and files it goes on from
    takes_back: str | None = None  # the commit that `undoes` is about


class TaskEdited(Fact):
    """A task that had not begun was changed; None leaves a field as it was."""

    task: str
    title: str | None = None
    text: str | None = None
    priority: int | None = None
    harness: str | None = None
    subscription: str | None = None
    model: str | None = None
    verify: str | None = None


class TaskHeld(Fact):
    """A task is kept from starting until it is released."""

    task: str


class TaskTagged(Fact):
    """A person put a task into a group of their own, or, with no word, out of it."""

    task: str
    tag: str


class TaskReleased(Fact):
    """A held task may start."""

    task: str


class TaskCancelled(Fact):
    """A task is not wanted any more; its session, if any, is to be stopped."""

    task: str
    why: str = ""


class TaskRetried(Fact):
    """A task that failed, was rejected or was cancelled is to be tried anew."""

    task: str


class TaskPassedOver(Fact):
    """A task cannot start for a reason that a person can do something about."""

    task: str
    why: str


class TaskFailed(Fact):
    """A task's session ended without a change that could be reviewed."""

    task: str
    why: str
