"""What becomes of a session that could go on elsewhere, or does."""

from __future__ import annotations

from conductor import events as e
from conductor.cleaning import clean, clean_line
from conductor.draft import Draft
from conductor.folding.takes import takes_of_session
from conductor.state import CHOSEN, MID_TURN, Session, SessionState


@takes_of_session(e.MoveOffered, live=True)
def _offered(draft: Draft, session: Session, fact: e.MoveOffered) -> None:
    draft.put_session(session.but(offers=tuple(clean_line(one, 64) for one in fact.to)))


@takes_of_session(e.WaitChosen)
def _waits(draft: Draft, session: Session, _: e.WaitChosen) -> None:
    draft.put_session(session.but(offers=(), declined=CHOSEN))


@takes_of_session(e.MoveAsked)
def _asked(draft: Draft, session: Session, fact: e.MoveAsked) -> None:
    midway = session.midway if not session.live else session.state in MID_TURN
    draft.put_session(
        session.but(moving=fact.subscription, offers=(), declined=None, midway=midway)
    )


@takes_of_session(e.MoveDeclined)
def _declined(draft: Draft, session: Session, fact: e.MoveDeclined) -> None:
    draft.put_session(session.but(declined=clean(fact.why, 1000), offers=()))


@takes_of_session(e.MoveFailed)
def _failed(draft: Draft, session: Session, fact: e.MoveFailed) -> None:
    left = max(session.left, draft.limits.get(session.subscription, 0.0))  # not tried again in it
    draft.put_session(session.but(moving=None, declined=clean(fact.why, 1000), left=left))


@takes_of_session(e.SessionMoved)
def _moved(draft: Draft, session: Session, fact: e.SessionMoved) -> None:
    lives = [one for one in session.lives if not one.startswith(f"{session.subscription} ")]
    if session.vendor_session and fact.subscription != session.subscription:
        lives.append(f"{session.subscription} {session.harness} {session.vendor_session}")
    left = session.left
    if (returns := draft.limits.get(session.subscription, 0.0)) > draft.at:
        left = returns  # it is moved by itself only once in this window
    if fact.vendor_session is None:  # which to a new conversation means nothing
        for message in draft.messages_of(session.id):
            if message.kind == "continue":
                del draft.messages[message.id]
    draft.turn_to(
        session, SessionState.ENDED, how="moved", subscription=fact.subscription,
        harness=fact.harness, model=fact.model,
        vendor_session=clean_line(fact.vendor_session) if fact.vendor_session else None,
        records=fact.records, witness=None, moving=None, declined=None,
        left=left, lives=tuple(lives[-8:]), why=None, arriving=session.arriving + 1,
        ready=session.ready or session.arriving > 0,
    )  # fmt: skip
