"""What a person can do about where a session lives."""

from __future__ import annotations

from conductor import events as e
from conductor.acts.finding import Refused, find_session
from conductor.moves import options
from conductor.state import ALIVE, SessionState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from conductor.config import Subscription
    from conductor.decision import Decision
    from conductor.journal import Journal
    from conductor.state import Session, State


def move(
    journal: Journal, subscriptions: Sequence[Subscription], ident: str, to: str | None = None
) -> tuple[str, str]:
    """Let a session go on, on another subscription; return the session's id and that one's name."""
    with journal.decide() as decision:
        session = find_session(decision.state, ident)
        _can_move(decision.state, session)
        if to is None:
            found = options(decision.state, session, subscriptions, decision.at, by_hand=True)
            if not found.ready:
                raise Refused(f"{found.why} Name a subscription to move it there all the same.")
            to = found.ready[0]
        one = next((each for each in subscriptions if each.name == to), None)
        if one is None:
            names = ", ".join(each.name for each in subscriptions)
            raise Refused(f"There is no subscription {to!r:.80}; there are {names}.")
        if one.name == session.subscription:
            raise Refused(f"{session.id} lives on {one.name} already.")
        idle = session.state is SessionState.IDLE or (not session.live and not session.midway)
        if idle and one.harness != session.harness:
            raise Refused(
                f"{session.id} is done with its turn, so there is nothing to hand over to"
                f" {one.harness}: send it words first (`conductor say {session.id} TEXT`)."
            )
        decision.append(e.MoveAsked(session.id, one.name))
    return session.id, one.name


def _can_move(state: State, session: Session) -> None:
    task = state.tasks[session.task]
    if task.session != session.id or task.state not in ALIVE:
        raise Refused(f"{session.id} is over: {task.id} is {task.state}.")
    if session.moving:
        raise Refused(f"{session.id} is on its way to {session.moving} already.")
    if session.gone or not session.ready:
        raise Refused(
            f"{session.id} has no conversation to go on with yet: `conductor retry {task.id}"
            "` begins anew, on the subscription that `conductor edit` gives it."
        )


def choose(decision: Decision, session: Session, text: str) -> None:
    """Answer where a limited session is to go on: `wait`, `move`, or the name of one offered."""
    word = text.strip()
    if word == "wait":
        decision.append(e.WaitChosen(session.id))
    elif word == "move" or word in session.offers:
        to = session.offers[0] if word == "move" else word
        decision.append(e.MoveAsked(session.id, to))
    else:
        raise Refused(
            f"{session.id} has hit its limit: answer `wait`, `move` (to {session.offers[0]}) or"
            f" one of {', '.join(session.offers)}."
        )
