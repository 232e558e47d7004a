"""The world as the facts tell it: tasks, sessions, messages, and what can be looked up of them.

Every text in here has been cleaned and shortened by the fold: a state is safe to draw. The full
words stay in the facts, found again by their number (`told`, `seq`).
"""

from __future__ import annotations

from conductor.events import Fact
from conductor.layers import Layered, Line
from conductor.state.sessions import (
    CHOSEN,
    MID_TURN,
    STRANDINGS,
    Message,
    Session,
    SessionState,
    Wanted,
)  # fmt: skip
from conductor.state.tasks import (
    ALIVE,
    GIVEN_UP,
    PRIORITY_IS_WORTH,
    UNBEGUN,
    Landed,
    Reading,
    Task,
    TaskState,
    Verify,
)  # fmt: skip
from conductor.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


__all__ = [
    "ALIVE", "CHOSEN", "EMPTY", "GIVEN_UP", "MID_TURN", "PRIORITY_IS_WORTH", "STRANDINGS",
    "UNBEGUN", "Landed", "Message", "Overlap", "Reading", "Record", "Session", "SessionState",
    "State", "Task", "TaskState", "Trouble", "Verify", "Wait", "Wanted", "Window", "pair",
]  # fmt: skip


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
    runs: tuple[str, ...] = ()  # the repositories whose own commands may run
    under_way: Mapping[str, Task] = Layered({})  # the tasks of which something is being done

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
