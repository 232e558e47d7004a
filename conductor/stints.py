"""How long agents worked, waited for the person, were limited or idle: from the facts.

A session's time begins when its agent is started and stops when that ends. A stint is the time
between two facts about what its agent does. Facts are read once a process; later only new ones.
"""

from __future__ import annotations

import json
from bisect import bisect_right

from conductor.state import SessionState
from conductor.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.journal import Journal
    from conductor.state import State

KEPT = 31 * 86400.0
"""Seconds of history that are read."""

_DOES = {
    "SessionStarted": "busy", "SessionBusy": "busy", "SessionIdle": "idle", "TurnFailed": "idle",
    "SessionWaiting": "waiting", "SessionLimited": "limited",
    "SessionEnded": "", "SessionFailed": "", "SessionLost": "", "SessionMoved": "",
    "SessionClaimed": "",
}  # fmt: skip
_TELLS_WHERE = ("SessionClaimed", "SessionMoved")

_READ = (
    f"SELECT seq, at, kind, subject, CASE WHEN kind IN {_TELLS_WHERE} THEN body END FROM facts"
    f" WHERE seq > ? AND kind IN {tuple(_DOES)} ORDER BY seq"
)

_OF = {
    SessionState.STARTING: "busy", SessionState.BUSY: "busy", SessionState.IDLE: "idle",
    SessionState.WAITING: "waiting", SessionState.LIMITED: "limited", SessionState.ENDED: "",
}  # fmt: skip


class Time(Value):
    """Seconds of agents' time; `idle` is between turns, also while a change waits for review."""

    busy: float = 0.0
    waiting: float = 0.0
    limited: float = 0.0
    idle: float = 0.0

    @property
    def total(self) -> float:
        """All of it."""
        return self.busy + self.waiting + self.limited + self.idle


class Stints:
    """What the agents of each subscription did with their time."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._seq = -1
        self._open: dict[str, tuple[str, float]] = {}
        self._where: dict[str, str] = {}
        self._done: list[tuple[float, float, str, str]] = []  # end, start, subscription, what

    def over(self, since: float, now: float) -> dict[str, Time]:
        """Return the time of each subscription's agents since then."""
        self._read_on(now)
        sums: dict[str, dict[str, float]] = {}
        first = bisect_right(self._done, (since,))
        going = [
            (now, begun, self._where.get(session, ""), does)
            for session, (does, begun) in self._open.items()
            if does
        ]
        for end, begun, subscription, does in (*self._done[first:], *going):
            spent = end - (max(since, begun))
            if spent > 0:
                found = sums.setdefault(subscription, {})
                found[does] = found.get(does, 0.0) + spent
        return {name: Time(**spent) for name, spent in sums.items()}

    def _read_on(self, now: float) -> None:
        state = self._journal.state
        if self._seq < 0:
            self._seq = _before(self._journal, now - KEPT)
        last = self._seq
        for seq, at, kind, subject, body in self._journal.db.execute(_READ, (last,)):
            self._seq = seq
            session = subject
            if body is not None:
                session = self._settle(kind, json.loads(body), at)
            self._turn(state, session, kind, at)
        for session in state.live.values():  # at it since before what was read
            if session.id not in self._open:
                self._where[session.id] = session.subscription
                self._open[session.id] = (_OF[session.state], session.since)

    def _settle(self, kind: str, body: dict[str, str], at: float) -> str:
        """Note on which subscription a session's time is spent from now on."""
        session = body.get("session", "")
        if kind == "SessionMoved":
            self._close(session, at)
        self._where[session] = body.get("subscription", "")
        return session

    def _turn(self, state: State, session: str, kind: str, at: float) -> None:
        does = _DOES[kind]
        if session not in self._where:
            known = state.sessions.get(session)
            self._where[session] = known.subscription if known else ""
        elif does and kind != "SessionStarted" and not self._open.get(session, ("", 0.0))[0]:
            return  # told too late: its agent has ended
        self._close(session, at)
        self._open[session] = (does, at)

    def _close(self, session: str, at: float) -> None:
        does, begun = self._open.get(session, ("", 0.0))
        if does and at > begun:
            self._done.append((at, begun, self._where.get(session, ""), does))
            self._open[session] = (does, at)


def _before(journal: Journal, at: float) -> int:
    """Return the last fact before a time, without reading them all."""
    low, high = 0, len(journal)
    while low < high:
        middle = (low + high + 1) // 2
        found = journal.db.execute(
            "SELECT at FROM facts WHERE seq >= ? ORDER BY seq LIMIT 1", (middle,)
        ).fetchone()
        low, high = (middle, high) if found and found[0] < at else (low, middle - 1)
    return low
