"""Taking up what was cut off with the machine, each on its own conversation."""

from __future__ import annotations

from conductor import events as e
from conductor.acts.finding import Refused, can_talk, find_session
from conductor.inbox import cut_off

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.decision import Decision
    from conductor.journal import Journal
    from conductor.state import Session

GO_ON = (
    "You were cut off in the middle of your turn: the machine or the terminals went down. "
    "What you ran then may not have ended. Look at where things stand, and continue."
)

UNANSWERED = (
    "You had asked this, and nobody has answered it. These words are no answer: ask again, unless "
    "you need not know any more."
)


def resume(journal: Journal, ident: str) -> str:
    """Start the agent of a session again, on its own conversation; return the session's id."""
    with journal.decide() as decision:
        session = find_session(decision.state, ident)
        if session.live:
            raise Refused(f"{session.id} is at work; there is nothing to take up.")
        can_talk(decision.state, session)
        waiting = decision.state.messages.values()
        if any(one.session == session.id and not one.why for one in waiting):
            raise Refused(f"{session.id} is about to be started: words for it are on their way.")
        _resume(decision, session)
    return session.id


def resume_all(journal: Journal) -> list[str]:
    """Start all agents again that were cut off, and return their sessions' ids."""
    with journal.decide() as decision:
        sessions = cut_off(decision.state)
        for session in sessions:
            _resume(decision, session)
    return [session.id for session in sessions]


def _resume(decision: Decision, session: Session) -> None:
    """Have it go on with its turn, or only be there again where it had none."""
    number = f"m{decision.state.next_message}"
    text, kind = (GO_ON, "continue") if session.midway else ("", "resume")
    if session.midway and session.unanswered:
        text = f"{GO_ON}\n\n{UNANSWERED}\n\n{session.unanswered}"
    decision.append(e.MessageQueued(session.id, number, text, kind=kind))
