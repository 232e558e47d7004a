"""Agents that are at work, but not as they should be: silent for long, or doing the same again."""

from __future__ import annotations

from conductor import events as e
from conductor.cleaning import clean_line
from conductor.state import SessionState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.state import Session

SILENT = 600.0
"""Seconds without a word in its records after which a busy agent is called silent."""

LOOPING = 5
"""How often in a row the same use of a tool is a loop."""

IDLE = 900.0
"""Seconds after which an idle agent that has nothing under review has been idle too long."""


JUMP = 60.0
"""Seconds by which the time of day runs away from ours where a machine slept, or was set anew."""


class Restless:
    """What was last heard of each agent, and what it did again and again."""

    def __init__(self, since: float) -> None:
        self._since = since  # nothing is known of the time before
        self._heard: dict[str, float] = {}
        self._runs: dict[str, tuple[str, int]] = {}
        self._ahead: float | None = None  # the time of day of the time that we were awake

    def awake(self, now: float, seconds: float) -> None:
        """Take a machine that slept, or whose clock was set, for one that has just begun to listen.

        `seconds` count from some moment, and not while the machine sleeps.
        """
        ahead = now - seconds
        if self._ahead is not None and abs(ahead - self._ahead) > JUMP:
            self._since = now
            self._heard.clear()
        self._ahead = ahead

    def heard(self, session: Session, at: float) -> list[e.Fact]:
        """Note a sign of life."""
        self._heard[session.id] = at
        return [e.SessionStirred(session.id)] if session.stalled == "silent" else []

    def ran(self, session: Session, what: str, at: float) -> list[e.Fact]:
        """Note the use of a tool."""
        self._heard[session.id] = at
        before, times = self._runs.get(session.id, ("", 0))
        times = times + 1 if what == before else 1
        self._runs[session.id] = (what, times)
        if times == 1 and session.stalled == "looping":
            return [e.SessionStirred(session.id)]
        if times >= LOOPING and session.stalled != "looping":
            said = f"{times} times in a row: {clean_line(what, 200)}"
            return [e.SessionStalled(session.id, "looping", said)]
        return []

    def silent_at(self, session: Session) -> float | None:
        """Return when an agent will have said nothing for too long, if nothing is heard of it."""
        if session.state is not SessionState.BUSY or session.stalled:
            return None
        heard = self._heard.get(session.id, 0.0)
        return max(heard, session.since, self._since) + SILENT

    def silence(self, session: Session, now: float) -> e.SessionStalled:
        """Say that nothing was heard of an agent."""
        last = max(self._heard.get(session.id, 0.0), min(session.since, now), self._since)
        quiet = (now - last) / 60
        said = f"at work, but nothing was heard of it for {quiet:.0f} minutes"
        return e.SessionStalled(session.id, "silent", said)


def idle_too_long(session: Session, now: float) -> bool:
    """Say whether an agent has stood idle so long that it should be given work, or be stopped."""
    return session.state is SessionState.IDLE and now - session.since > IDLE
