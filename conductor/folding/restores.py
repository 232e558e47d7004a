"""What becomes of a session whose files are put back."""

from __future__ import annotations

from conductor import events as e
from conductor.cleaning import clean
from conductor.draft import Draft
from conductor.folding.takes import takes_of_session
from conductor.state import Session


@takes_of_session(e.RestoreAsked)
def _asked(draft: Draft, session: Session, fact: e.RestoreAsked) -> None:
    draft.put_session(session.but(restoring=fact.commit))


@takes_of_session(e.Restored)
def _restored(draft: Draft, session: Session, _: e.Restored) -> None:
    draft.put_session(session.but(restoring=None))


@takes_of_session(e.RestoreRefused)
def _refused(draft: Draft, session: Session, fact: e.RestoreRefused) -> None:
    draft.put_session(session.but(restoring=None, why=clean(fact.why, 2000)))
