"""How long agents worked, waited for the person, were limited or idle: from the facts.

A session's time begins when its agent is started and stops when that ends. A stint is the time
between two facts about what its agent does. Facts are read as far back as somebody has asked,
once a process; after that only new ones.
"""

from __future__ import annotations

import json
from bisect import bisect_right

from conductor.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.journal import Journal
    from conductor.state import Session

_DOES = {
    "SessionStarted": "busy", "SessionBusy": "busy", "SessionIdle": "idle", "TurnFailed": "idle",
    "SessionWaiting": "waiting", "SessionLimited": "limited",
    "SessionEnded": "", "SessionFailed": "", "SessionLost": "", "SessionMoved": "",
    "SessionClaimed": "",
}  # fmt: skip
_NOTHING = ("", 0.0)
_TELLS_WHERE = ("SessionClaimed", "SessionMoved")

_READ = (
    f"SELECT seq, at, kind, subject, CASE WHEN kind IN {_TELLS_WHERE} THEN body END FROM facts"
    f" WHERE seq > ? AND kind IN {tuple(_DOES)} ORDER BY seq"
)
_LAST = (
    f"SELECT at, kind FROM facts WHERE subject = ? AND seq <= ? AND kind IN {tuple(_DOES)}"
    " ORDER BY seq DESC LIMIT 1"
)


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
        self._since = float("inf")  # how far back facts have been read
        self._seq = 0
        self._open: dict[str, tuple[str, float]] = {}
        self._where: dict[str, str] = {}
        self._done: list[tuple[float, float, str, str]] = []  # end, start, subscription, what

    def over(self, since: float, now: float) -> dict[str, Time]:
        """Return the time of each subscription's agents since then."""
        if since < self._since:
            self._begin(since)
        self._read_on()
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

    def _begin(self, since: float) -> None:
        """Take up what each session was at, at a time from which on facts are read."""
        self._since, self._seq = since, _before(self._journal, since)
        self._open, self._where, self._done = {}, {}, []
        for session in self._journal.state.sessions.values():
            if session.began < since and (session.live or session.since >= since):
                self._where[session.id] = self._was_on(session)
                last = self._journal.db.execute(_LAST, (session.id, self._seq)).fetchone()
                if last is not None:
                    self._open[session.id] = (_DOES[last[1]], last[0])

    def _was_on(self, session: Session) -> str:
        """Say on which subscription a session was: it may have moved since."""
        db, told = self._journal.db, "SELECT body FROM facts WHERE subject = ? AND kind = ?"
        here, since = (session.id, "SessionMoved", self._seq), f"{told} AND seq > ? LIMIT 1"
        if db.execute(since, here).fetchone() is None:
            return session.subscription
        before = db.execute(f"{told} AND seq <= ? ORDER BY seq DESC LIMIT 1", here).fetchone()
        claims = db.execute(told, (session.task, "SessionClaimed")).fetchall()
        bodies = [json.loads(body) for (body,) in ([before] if before else claims)]
        return next(
            (str(one["subscription"]) for one in bodies if one["session"] == session.id), ""
        )

    def _read_on(self) -> None:
        """Go through the facts that are new: of a month they may be a hundred thousand."""
        known, where, going = self._journal.state.sessions, self._where, self._open
        for seq, at, kind, subject, body in self._journal.db.execute(_READ, (self._seq,)):
            self._seq = seq
            session = subject if body is None else self._settle(kind, json.loads(body), at)
            does = _DOES[kind]
            was, begun = going.get(session, _NOTHING)
            if session not in where:
                where[session] = known[session].subscription if session in known else ""
            elif does and not was and kind != "SessionStarted":
                continue  # told too late: its agent has ended
            if does != was:
                if was and at > begun:
                    self._done.append((at, begun, where[session], was))
                going[session] = (does, at)

    def _settle(self, kind: str, body: dict[str, str], at: float) -> str:
        """Note on which subscription a session's time is spent from now on."""
        session = body.get("session", "")
        if kind == "SessionMoved":
            self._close(session, at)
        self._where[session] = body.get("subscription", "")
        return session

    def _close(self, session: str, at: float) -> None:
        does, begun = self._open.get(session, _NOTHING)
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
