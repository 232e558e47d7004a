"""What becomes of words on their way to an agent."""

from __future__ import annotations

from conductor import events as e
from conductor.cleaning import clean, clean_line
from conductor.draft import Draft, number_of
from conductor.folding.takes import takes, takes_of_session
from conductor.state import Message, Session


@takes(e.MessageQueued)
def _queued(draft: Draft, fact: e.MessageQueued) -> None:
    message = Message(
        fact.message, fact.session, fact.kind, fact.ask, fact.author,
        draft.at, draft.seq, clean_line(fact.text),
    )  # fmt: skip
    if fact.kind == "handover":  # whatever else waits for it goes on from there
        draft.messages = {fact.message: message, **draft.messages}
    else:
        draft.messages[fact.message] = message
    draft.next_message = max(draft.next_message, number_of(fact.message) + 1)


@takes_of_session(e.MessageTyped)
def _typed(draft: Draft, _: Session, fact: e.MessageTyped) -> None:
    if queued := draft.messages.get(fact.message):
        draft.messages[fact.message] = queued.but(typed=fact.launch, tries=queued.tries + 1)


@takes_of_session(e.MessageDelivered)
def _delivered(draft: Draft, session: Session, fact: e.MessageDelivered) -> None:
    draft.messages.pop(fact.message, None)
    draft.forget_messages(session.id, failed_only=True)


@takes_of_session(e.MessageFailed)
def _failed(draft: Draft, _: Session, fact: e.MessageFailed) -> None:
    if queued := draft.messages.get(fact.message):
        draft.messages[fact.message] = queued.but(why=clean(fact.why, 2000))
