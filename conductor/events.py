"""What can happen: frozen facts, in the past tense, each with the subject it is about.

Facts are what people, agents and the runner write to the journal; nothing else is shared
between processes. A field may be added with a default; none is ever renamed or removed.
"""

from __future__ import annotations

from conductor.values import Misfit, Value, fit, named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Fact(Value):
    """Something that happened."""


# A person's (or, on their behalf, an agent's tool's) words and decisions.


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


class MessageQueued(Fact):
    """Words for a session's agent, to be typed when it can take them.

    For the kind `task` they are the task's own, and `text` is empty.
    """

    session: str
    message: str
    text: str
    kind: str = "say"  # say | answer | round | continue | task
    ask: str | None = None  # for an answer: the ask it answers
    author: str = "person"  # person | runner


class StopAsked(Fact):
    """A session is to be stopped, its work kept."""

    session: str


class ChangeOpened(Fact):
    """The person has read a change at this commit."""

    task: str
    commit: str


class ChangeApproved(Fact):
    """A change, at this very commit, may land."""

    task: str
    session: str
    commit: str


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


class UndoAsked(Fact):
    """The landing of this task is to be taken back."""

    task: str


class RepoTrusted(Fact):
    """The person trusts what is in a repository, so that agents may be started in it."""

    repo: str


# What the runner did, and how it went.


class RunnerStarted(Fact):
    """A runner took charge of this state folder."""

    pid: int


class SessionClaimed(Fact):
    """A task was given a slot on a subscription; everything that follows is this session's."""

    session: str
    task: str
    harness: str
    subscription: str
    model: str | None = None


class TaskPassedOver(Fact):
    """A task cannot start for a reason that a person can do something about."""

    task: str
    why: str


class WorktreeCreated(Fact):
    """A session has a worktree on a branch of its own."""

    session: str
    worktree: str
    branch: str
    base: str


class SessionStarted(Fact):
    """A session's agent runs in its terminal."""

    session: str
    pid: int
    launch: int = 1
    records: tuple[str, ...] = ()  # the agent's own files to follow


class SessionFailed(Fact):
    """A session could not be started."""

    session: str
    why: str


class MessageTyped(Fact):
    """A message is about to be typed: noted before, so that nobody types it a second time."""

    session: str
    message: str
    launch: int  # of the agent that it is typed to


class MessageDelivered(Fact):
    """The agent's own record shows that a message arrived."""

    session: str
    message: str


class MessageFailed(Fact):
    """A message could not be delivered; it is shown, and not tried again."""

    session: str
    message: str
    why: str


# Sightings: what an agent's hooks, records and terminal showed.


class SessionNamed(Fact):
    """The vendor's own id of the conversation."""

    session: str
    vendor_session: str


class SessionRecorded(Fact):
    """The agent told of a file of its own that is to be followed, or read as its status."""

    session: str
    path: str
    whole: bool = False


class SessionBusy(Fact):
    """The agent is at work."""

    session: str
    how: str


class SessionIdle(Fact):
    """The turn is over; the agent waits for the next prompt."""

    session: str
    how: str
    last: str = ""


class SessionWaiting(Fact):
    """The agent waits for the person."""

    session: str
    how: str
    ask: str
    kind: str  # permission | question
    text: str


class SessionLimited(Fact):
    """The subscription's allowance is used up until then."""

    session: str
    how: str
    until: float
    text: str = ""


class TurnFailed(Fact):
    """A turn ended without success: refused, out of credit, network gone."""

    session: str
    how: str
    why: str


class SessionEnded(Fact):
    """The agent's process is gone."""

    session: str
    how: str
    code: int | None = None
    why: str = ""


# Work and landing.


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


class ReviewReady(Fact):
    """A change waits for the person's reading."""

    task: str
    session: str
    commit: str
    files: int = 0
    note: str = ""


class TaskFailed(Fact):
    """A task's session ended without a change that could be reviewed."""

    task: str
    why: str


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


class LandingUndone(Fact):
    """The target is again exactly what it was before a landing."""

    task: str
    target: str
    commit: str  # where the target stands now


class UndoRefused(Fact):
    """A landing could not be taken back; nothing was changed."""

    task: str
    why: str


class WorktreeVanished(Fact):
    """A session's worktree is not there any more; somebody removed it by hand."""

    session: str


class WorktreeRemoved(Fact):
    """A finished session's worktree was put away; its work is in its snapshots."""

    session: str


class TroubleSeen(Fact):
    """A duty of the runner could not do its work; the rest goes on."""

    subject: str
    why: str


class TroubleCleared(Fact):
    """A trouble is over."""

    subject: str


KINDS: dict[str, type[Fact]] = {cls.__name__: cls for cls in Fact.__subclasses__()}

_SUBJECTS = ("task", "session", "subject")


def subject_of(fact: Fact) -> str:
    """Return the id of what a fact is about, for finding its history."""
    for field in _SUBJECTS:
        content = getattr(fact, field, None)
        if isinstance(content, str):
            return content
    return "runner"


def to_body(fact: Fact) -> dict[str, Any]:
    """Return what is stored of a fact beside its kind."""
    return named(fact)


def from_body(kind: str, body: object) -> Fact | None:
    """Return the stored fact, or None for one that another version wrote or that is torn."""
    cls = KINDS.get(kind)
    if cls is None or not isinstance(body, dict):
        return None
    try:
        return fit(cls, body)
    except Misfit:
        return None
