"""The world as the facts tell it: tasks, sessions, messages, and what can be looked up of them.

Every text in here has been cleaned and shortened by the fold: a state is safe to draw. The full
words stay in the facts, found again by their number (`told`, `seq`).
"""

from __future__ import annotations

from enum import StrEnum

from conductor.events import Fact
from conductor.layers import Layered, Line
from conductor.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


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


class SessionState(StrEnum):
    """What a session's agent is doing."""

    STARTING = "starting"
    BUSY = "busy"
    IDLE = "idle"
    WAITING = "waiting"
    LIMITED = "limited"
    ENDED = "ended"


UNBEGUN = frozenset({TaskState.HELD, TaskState.QUEUED, TaskState.BLOCKED})
STRANDINGS = 2
"""How often another way is found for a session that was moved and could not begin."""

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


class Wanted(Value):
    """One thing that a session's agent waits for the person to say."""

    id: str
    kind: str  # permission | question | screen
    text: str
    helper: str = ""  # the agent's own helper that asks, if it is not the agent itself


class Session(Value):
    """One agent at work on one task."""

    id: str
    number: int
    task: str
    harness: str
    subscription: str
    model: str | None
    state: SessionState
    since: float
    began: float
    how: str = "claimed"
    worktree: str | None = None
    branch: str | None = None
    base: str | None = None
    vendor_session: str | None = None
    ask: str | None = None
    ask_kind: str | None = None
    ask_text: str | None = None
    ask_helper: str = ""
    until: float | None = None
    refused: int = 0  # limits in a row of which nobody told when they end
    turns: int = 0
    launches: int = 0
    ready: bool = False  # whether its agent has shown a sign of life since it was started
    pid: int | None = None
    records: tuple[str, ...] = ()  # the agent's own files, which the runner follows
    witness: str | None = None  # the vendor's own status file of it
    commit: str | None = None  # its latest snapshot
    tree: str | None = None
    files: tuple[str, ...] = ()
    risky: tuple[str, ...] = ()  # the changed files that change what runs
    count: int = 0  # how many files changed, of which `files` names the first
    nested: tuple[str, ...] = ()  # repositories in its worktree, of which git keeps no files
    added: int = 0
    removed: int = 0
    last: str = ""
    why: str | None = None
    code: int | None = None
    stopping: bool = False
    midway: bool = False  # whether it ended in the middle of a turn
    lost: bool = False  # whether it went with the machine, and can be taken up again
    mode: str = ""  # headless, where it was last started so
    launched: float = 0.0  # when its agent was last started
    gone: bool = False  # its worktree vanished, or was put away
    restoring: str | None = None  # the snapshot that its files are to be put back to
    # Where it lives, and moves.
    moving: str | None = None  # the subscription that it is being moved to
    offers: tuple[str, ...] = ()  # where it could go on at once, while the person chooses
    declined: str | None = None  # why it was not moved
    arriving: int = 0  # which try it is to begin where it was moved to
    left: float = 0.0  # when the window that it last moved away from returns
    lives: tuple[str, ...] = ()  # conversations elsewhere: "subscription harness vendor_session"
    stalled: str | None = None  # what is odd about how it works: silent, or looping
    stalling: str = ""  # the same in words
    more: tuple[str, ...] = ()  # what it asks besides: "id kind helper text", - for no helper

    @property
    def asks(self) -> tuple[Wanted, ...]:
        """What its agent waits for, the oldest first."""
        if self.ask is None:
            return ()
        first = Wanted(self.ask, self.ask_kind or "", self.ask_text or "", self.ask_helper)
        rest = (one.split(" ", 3) for one in self.more)
        return (first, *(Wanted(i, k, text, "" if by == "-" else by) for i, k, by, text in rest))

    def asking(self, asks: tuple[Wanted, ...]) -> Session:
        """Return the session as one that waits for these."""
        first = asks[0] if asks else Wanted("", "", "")
        more = (" ".join((one.id, one.kind, one.helper or "-", one.text)) for one in asks[1:])
        return self.but(
            ask=first.id or None, ask_kind=first.kind or None, ask_helper=first.helper,
            ask_text=first.text if asks else None, more=tuple(more),
        )  # fmt: skip

    @property
    def live(self) -> bool:
        """Whether its agent should be running."""
        return self.state is not SessionState.ENDED

    @property
    def unsettled(self) -> bool:
        """Whether it is on its way elsewhere, or back to earlier files."""
        return bool(self.moving or self.arriving or self.restoring)

    @property
    def astray(self) -> bool:
        """Whether another way is found for it, should its agent not start where it was moved to."""
        return 0 < self.arriving <= STRANDINGS and bool(self.lives)

    @property
    def stranded(self) -> bool:
        """Whether its agent did not start there."""
        over = not self.live and not self.ready and not self.lost and not self.gone
        return self.astray and over and not self.stopping and self.moving is None


class Message(Value):
    """Words on their way to a session's agent."""

    id: str
    session: str
    kind: str
    ask: str | None
    author: str
    since: float
    told: int  # the fact that holds its text
    short: str
    why: str | None = None  # why it could not be delivered
    typed: int = 0  # the launch of its agent that it was last typed to
    tries: int = 0  # how often it was typed


MID_TURN = frozenset({SessionState.BUSY, SessionState.WAITING, SessionState.LIMITED})

CHOSEN = "You chose to wait."
"""Why a limited session is not moved, where the person has said so."""


class Window(Value):
    """How much of a subscription's allowance over a time is used, as it was last told."""

    id: str  # "subscription name"
    subscription: str
    name: str
    used: float  # 1.0 is all of it
    resets: float
    length: float  # seconds; 0 if nobody told
    model: str | None  # the only models it is for
    seen: float
    how: str
    estimated: bool = False
    uncertain: bool = False  # contradicted: by the clock, or by an agent that works beyond it
    pace: float = 0.0  # of the allowance a second, lately


class Wait(Value):
    """Why no subscription has room for tasks that ask for the same."""

    wish: str
    why: str
    until: float | None


class Trouble(Value):
    """Something a duty of the runner could not do."""

    subject: str
    why: str
    since: float


class Overlap(Value):
    """Two sessions that change the same files, of which the first are named."""

    id: str
    session: str
    other: str
    files: tuple[str, ...]
    conflicts: tuple[str, ...]  # those that would not merge as they are now
    count: int
    since: float
    told: int  # the fact that names what the two held

    def partner(self, session: str) -> str:
        """Return the other one."""
        return self.session if session == self.other else self.other


def pair(one: str, other: str) -> str:
    """Name two sessions together, whichever comes first."""
    return " ".join(sorted((one, other)))


class State(Value):
    """The world as the facts tell it."""

    seq: int
    tasks: Mapping[str, Task]
    sessions: Mapping[str, Session]
    live: Mapping[str, Session]  # the sessions that have not ended
    messages: Mapping[str, Message]  # undelivered ones, oldest first
    troubles: Mapping[str, Trouble]
    limits: Mapping[str, float]  # subscription → when its allowance returns
    followers: Mapping[str, tuple[str, ...]]  # task → the unbegun tasks that wait for it
    queue: Line  # the queued tasks' turns, first first
    landings: tuple[str, ...]  # approved tasks, in order of approval
    landed: tuple[str, ...]  # landed tasks, in order of landing
    undos: tuple[str, ...]  # tasks whose landing is to be taken back
    resolves: tuple[str, ...]  # tasks whose conflict the person has settled
    repos: tuple[str, ...]
    trusted: tuple[str, ...]  # the repositories whose content the person trusts
    counts: Mapping[str, int]  # tasks per state and repository: "review /repo"
    next_task: int = 1
    next_session: int = 1
    next_message: int = 1
    skipped: int = 0
    runner: int | None = None
    windows: Mapping[str, Window] = {}  # by "subscription name"
    waits: Mapping[str, Wait] = {}  # by `Task.wish`
    overlaps: Mapping[str, Overlap] = {}  # by `pair`
    refills: tuple[str, ...] = ()  # fillers that landed, to be put into the queue again
    unsettled: tuple[str, ...] = ()  # the sessions that move, arrive or get back earlier files
    tried: tuple[str, ...] = ()  # subscriptions of which an agent has been ready for words

    def on_the_way(self) -> list[Session]:
        """List the sessions that are not settled, without a look at all there have ever been."""
        return [self.sessions[ident] for ident in self.unsettled]


EMPTY = State(
    seq=0, tasks=Layered({}), sessions=Layered({}), live={}, messages={}, troubles={}, limits={},
    followers={}, queue=Line(), landings=(), landed=(), undos=(), resolves=(), repos=(), trusted=(),
    counts={},
)  # fmt: skip


class Record(Value):
    """A fact as the journal holds it; None stands for one that cannot be read."""

    seq: int
    at: float
    fact: Fact | None
