"""How far each vendor's own status has come, which follows what its hooks tell by seconds.

It shows each state in its turn, but later: once it is drawn, and where many agents start at once,
once there is time to write it. So what contradicts the hooks is news only from a status that has
shown what they told last. Before that, it may still tell of what was over by then.
"""

from __future__ import annotations

from dataclasses import dataclass

from conductor.state import Session, SessionState
from harnesses import Asked, Busy, Idle, Stands

_SHOWN = {
    SessionState.BUSY: Busy,
    SessionState.IDLE: Idle,
    SessionState.LIMITED: Idle,
    SessionState.WAITING: Asked,
}


@dataclass(slots=True)
class _Told:
    """What was told of a session last, and whether its status has shown it."""

    state: SessionState
    since: float
    before: float = 0.0  # since when the state had stood that was told before it
    shown: bool = False


class Abreast:
    """Remembers which statuses have come as far as what was told."""

    def __init__(self) -> None:
        self._told: dict[str, _Told] = {}

    def shows(self, session: Session, status: Stands) -> bool:
        """Say whether a status has come as far, or comes with this reading.

        One that is older than what was told before is not of the last: an agent works twice, say,
        with a question between.
        """
        told = self._told.get(session.id)
        if told is None or (told.state, told.since) != (session.state, session.since):
            before = told.since if told else 0.0
            told = self._told[session.id] = _Told(session.state, session.since, before)
        agrees = isinstance(status.state, _SHOWN.get(session.state, ()))
        told.shown = told.shown or (agrees and status.since > told.before)
        return told.shown

    def leads(self, session: Session) -> None:
        """Note that what is told of a session now was told by its status."""
        self._told[session.id] = _Told(session.state, session.since, shown=True)
