"""Which slots are in use, and which words may go to their agents now: pure.

A session holds a slot of its subscription while its agent has something to do: from the claim
until its turn ends, and again from the moment a message waits for it. An idle agent whose change
waits for review holds none.
"""

from __future__ import annotations

from conductor.state import SessionState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from conductor.state import Message, Session, State


def holds_slot(session: Session) -> bool:
    """Say whether a session's agent has something to do."""
    return session.live and session.state is not SessionState.IDLE


def used_slots(state: State) -> dict[str, int]:
    """Count the slots in use, by subscription."""
    used: dict[str, int] = {}
    for session in state.live.values():
        if session.state is not SessionState.IDLE:
            used[session.subscription] = used.get(session.subscription, 0) + 1
    return used


def takes(session: Session, message: Message, now: float) -> bool:
    """Say whether a session's agent can be given a message now without doing harm.

    One that has ended is started again for it.
    """
    if session.moving:
        return False
    match session.state:
        case SessionState.IDLE:
            return message.kind != "answer"
        case SessionState.WAITING:
            if message.kind == "answer":
                return any(message.ask == one.id for one in session.asks)
            return session.ask_kind == "question" and not session.ask_helper
        case SessionState.LIMITED:
            return session.until is not None and session.until <= now
        case SessionState.ENDED:
            return session.again and not session.stranded and not session.gone
    return False


def deliverable(state: State, slots: Mapping[str, int], now: float) -> list[Message]:
    """Choose the messages that may be delivered now: in order, one a session, as slots allow.

    `slots` are the total ones by subscription. An answer, and whatever goes to an agent that is
    at work already, needs no further slot.
    """
    if not state.messages:
        return []
    used = used_slots(state)
    chosen: list[Message] = []
    seen: set[str] = set()
    for message in state.messages.values():
        session = state.sessions.get(message.session)
        if message.why or session is None or message.session in seen:
            continue
        if not takes(session, message, now):
            continue  # a later one may be what it waits for
        seen.add(message.session)
        if not holds_slot(session):
            total = slots.get(session.subscription, 1)
            if used.get(session.subscription, 0) >= total:
                continue
            used[session.subscription] = used.get(session.subscription, 0) + 1
        chosen.append(message)
    return chosen
