"""What a person can do with a session."""

from __future__ import annotations

from conductor import events as e
from conductor.acts.finding import Refused, can_talk, find_session
from conductor.acts.moves import choose
from conductor.state import SessionState, TaskState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.journal import Journal
    from conductor.state import Session, State, Wanted


def say(journal: Journal, ident: str, text: str) -> str:
    """Send words to a session's agent, and return the message's id."""
    if not text.strip():
        raise Refused("There is nothing to say: the text is empty.")
    with journal.decide() as decision:
        session = find_session(decision.state, ident)
        task = can_talk(decision.state, session)
        if task.state is TaskState.LANDING:  # its agent ends with that, and the words would be lost
            raise Refused(
                f"{task.id} is about to land as you approved it: `conductor send-back {task.id} "
                "TEXT` takes it back and gives its agent your words."
            )
        message = f"m{decision.state.next_message}"
        if task.state is TaskState.FAILED:  # its agent is started again on the same conversation
            decision.append(e.ChangeSentBack(task.id, session.id, text))
        decision.append(e.MessageQueued(session.id, message, text))
    return message


def say_all(journal: Journal, text: str) -> dict[str, str]:
    """Send the same words to every agent at work; return the message of each session."""
    if not text.strip():
        raise Refused("There is nothing to say: the text is empty.")
    made = {}
    with journal.decide() as decision:
        for session in list(decision.state.live.values()):
            task = decision.state.tasks[session.task]
            at_work = task.state in (TaskState.RUNNING, TaskState.WAITING)
            if at_work and task.session == session.id and not session.gone:
                made[session.id] = f"m{decision.state.next_message}"
                decision.append(e.MessageQueued(session.id, made[session.id], text))
    return made


def answer(journal: Journal, ident: str, text: str, ask: str | None = None) -> str:
    """Answer what a session's agent asks: words, or for a permission `allow` or `deny`.

    Where it asks several things, `ask` says which is meant, else the one that waits longest.
    """
    with journal.decide() as decision:
        session = find_session(decision.state, ident)
        if session.state is SessionState.LIMITED and session.offers:
            choose(decision, session, text)
            return ""
        wanted = _wanted(decision.state, session, ask)
        if wanted.kind == "screen":
            raise Refused(
                f"{session.id} can only be answered in its own terminal: "
                f"conductor attach {session.id}"
            )
        if wanted.kind == "permission" and text.partition(":")[0] not in ("allow", "deny"):
            raise Refused(
                f"{session.id} asks for a permission: answer `allow`, `deny` or `deny: WHY`."
            )
        if not text.strip():
            raise Refused("There is nothing to answer: the text is empty.")
        message = f"m{decision.state.next_message}"
        decision.append(e.MessageQueued(session.id, message, text, kind="answer", ask=wanted.id))
    return message


def _wanted(state: State, session: Session, ask: str | None) -> Wanted:
    """Find what is answered, or refuse."""
    if session.state is not SessionState.WAITING or not session.asks:
        raise Refused(
            f"{session.id} asks nothing; it is {session.state}. "
            f"To send it words: conductor say {session.id} TEXT"
        )
    coming = {message.ask for message in state.messages.values() if not message.why}
    meant = [one for one in session.asks if ask in (None, one.id)]
    if not meant:
        raise Refused(f"{session.id} does not ask that any more.")
    left = [one for one in meant if one.id not in coming]
    if not left:
        raise Refused(f"{session.id} has been answered already; the answer is on its way.")
    return left[0]


def stop(journal: Journal, ident: str) -> str:
    """Stop a session's agent, and return the session's id; its work is kept."""
    with journal.decide() as decision:
        session = find_session(decision.state, ident)
        if not session.live:
            raise Refused(f"{session.id} has ended already.")
        decision.append(e.StopAsked(session.id))
    return session.id


def stop_all(journal: Journal) -> list[str]:
    """Stop every live session, and return their ids."""
    with journal.decide() as decision:
        live = list(decision.state.live)
        decision.append(*[e.StopAsked(ident) for ident in live])
    return live
