"""What follows from the facts: a pure, total fold, with no input or output.

A batch copies each collection that it touches once and then works on the copies, so that folding
one fact or a hundred thousand costs what the facts cost, and an older state stays what it was.
A fact about something unknown, or one that came too late to matter, changes nothing.
"""

from __future__ import annotations

from conductor.draft import Draft
from conductor.events import Fact
from conductor.folding.takes import TAKES
from conductor.state import Record, State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def fold(state: State, records: Iterable[Record]) -> State:
    """Return the state after these facts."""
    draft: Draft | None = None
    for record in records:
        if draft is None:
            draft = Draft(state)
        draft.seq = record.seq
        draft.at = record.at
        if record.fact is None:
            draft.skipped += 1
        else:
            take(draft, record.fact)
    return state if draft is None else draft.settled()


def take(draft: Draft, fact: Fact) -> None:
    """Apply one fact; the first of a subject makes known what the subject's facts change."""
    found = TAKES.get(type(fact))
    if found is None:
        subject = type(fact).__module__.rpartition(".")[2]
        __import__(f"conductor.folding.{subject}")
        found = TAKES[type(fact)]
    found(draft, fact)
