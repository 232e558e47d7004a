"""What becomes of a session whose agent went with the machine."""

from __future__ import annotations

from conductor import events as e
from conductor.draft import Draft
from conductor.folding.sessions import ended
from conductor.folding.takes import takes_of_session
from conductor.state import Session


@takes_of_session(e.SessionLost, live=True)
def _lost(draft: Draft, session: Session, fact: e.SessionLost) -> None:
    ended(draft, session, fact.how, fact.code, "")
    now = draft.sessions[session.id]
    # A conversation of which nobody knows the name cannot be gone on with, and one that was to be
    # stopped has only ended sooner.
    named = not now.midway or now.vendor_session is not None
    asked = session.ask_text if session.ask_kind == "question" else ""
    draft.put_session(now.but(lost=named and not session.stopping, unanswered=asked or ""))
