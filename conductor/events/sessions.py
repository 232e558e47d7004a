"""A session: how it began, what its agent showed, how it ended."""

from __future__ import annotations

from conductor.events.fact import Fact


class SessionClaimed(Fact):
    """A task was given a slot on a subscription; everything that follows is this session's."""

    session: str
    task: str
    harness: str
    subscription: str
    model: str | None = None


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
    mode: str = ""  # headless, where it is run by its print mode


class SessionFailed(Fact):
    """A session could not be started."""

    session: str
    why: str


class StopAsked(Fact):
    """A session is to be stopped, its work kept."""

    session: str


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
    kind: str  # permission | question | screen
    text: str
    beside: bool = False  # whether what it asked before still stands
    helper: str = ""  # the agent's own helper that asks, if it is not the agent itself


class AskSettled(Fact):
    """One of the things that the agent waits for is settled; of the others this says nothing."""

    session: str
    how: str
    ask: str


class SessionLimited(Fact):
    """The subscription's allowance is used up until then."""

    session: str
    how: str
    until: float
    text: str = ""
    window: str = ""  # which of its windows, if the vendor told
    model: str | None = None  # the only models that it limits, if it isn't all
    refused: int = 0  # how often in a row with no reset to come: `until` is when to try again


class SessionStalled(Fact):
    """Something is odd about how an agent works: it is silent, or does the same again and again."""

    session: str
    kind: str  # silent | looping
    text: str


class SessionStirred(Fact):
    """What was odd about how an agent works is over."""

    session: str


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


class WorktreeVanished(Fact):
    """A session's worktree is not there any more; somebody removed it by hand."""

    session: str


class WorktreeRemoved(Fact):
    """A finished session's worktree was put away; its work is in its snapshots."""

    session: str
