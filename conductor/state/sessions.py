"""A session as the facts tell it, and the messages on their way to its agent."""

from __future__ import annotations

from enum import StrEnum

from conductor.values import Value


class SessionState(StrEnum):
    """What a session's agent is doing."""

    STARTING = "starting"
    BUSY = "busy"
    IDLE = "idle"
    WAITING = "waiting"
    LIMITED = "limited"
    ENDED = "ended"


STRANDINGS = 2
"""How often another way is found for a session that was moved and could not begin."""


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
    unanswered: str = ""  # what it had asked the person when it went
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

    def in_short(self, asked: str) -> str:
        """Return what its agent asks with the path of its worktree as `…`, for it is long."""
        where = self.worktree
        first, *rest = asked.split(where) if where else (asked,)
        return first + "".join(f"{where if _goes_on(part) else '…'}{part}" for part in rest)

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
    def again(self) -> bool:
        """Whether its agent is there, or may be started again: it has got going before."""
        return self.live or self.ready or self.lost or self.turns > 0

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


def _goes_on(text: str) -> bool:
    """Whether a path before this text is only the beginning of a longer name."""
    return text[:1].isalnum() or text.startswith(("-", "_", "."))
