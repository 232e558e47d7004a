"""Limited sessions that go on once their allowance is back."""

from __future__ import annotations

import time

from conductor import events as e
from conductor.runner.reach import Reach
from conductor.state import ALIVE, Session, SessionState, State

CONTINUE = "Continue."

APART = 4.0
"""Seconds between two sessions of a subscription that go on after its reset: if the first is
refused, the others wait with it.
"""

AGAIN = 30.0
"""Seconds after which a session is told again to go on, whose agent could not be told; then each
time after twice as long.
"""


class Resets:
    """Tells sessions to go on after the reset, one after the other."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self._continued: dict[str, float] = {}  # when sessions were told to go on

    def look(self, state: State) -> None:
        """Wake limited sessions whose time has come."""
        now = self.reach.now()
        waiting = {m.session for m in state.messages.values() if not m.why}
        for session in state.live.values():
            if session.state is not SessionState.LIMITED or session.until is None or session.moving:
                continue
            due = max(session.until, state.limits.get(session.subscription, 0.0))
            if due > now:
                self.reach.wake_at(due)
            elif session.id in waiting or state.tasks[session.task].state not in ALIVE:
                continue
            elif (rest := self._rest(state, session)) > 0:
                self.reach.wake_in(rest)
            else:
                self._continued[session.id] = time.monotonic()
                with self.reach.journal.decide() as decision:
                    same = decision.state.sessions[session.id]
                    if same.state is SessionState.LIMITED and same.until == session.until:
                        number = f"m{decision.state.next_message}"
                        decision.append(
                            e.MessageQueued(
                                session.id, number, CONTINUE, kind="continue", author="runner"
                            )
                        )

    def _rest(self, state: State, session: Session) -> float:
        """Return for how long a session leaves others room, or rests itself after failures."""
        mates = [one.id for one in state.live.values() if one.subscription == session.subscription]
        last = max((self._continued.get(one, 0.0) for one in mates), default=0.0)
        failed = sum(one.session == session.id for one in state.messages.values())
        again = self._continued.get(session.id, 0.0) + AGAIN * 2 ** min(failed - 1, 7)
        return max(last + APART, again if failed else 0.0) - time.monotonic()


def has_words(state: State, ident: str) -> bool:
    """Say whether words are on their way to a session."""
    return any(one.session == ident and not one.why for one in state.messages.values())
