"""What becomes of two sessions that change the same files."""

from __future__ import annotations

from conductor import events as e
from conductor.cleaning import clean_line
from conductor.draft import Draft
from conductor.folding.takes import takes
from conductor.state import Overlap, pair


@takes(e.OverlapSeen)
def _seen(draft: Draft, fact: e.OverlapSeen) -> None:
    if fact.session not in draft.sessions or fact.other not in draft.sessions:
        return
    key = pair(fact.session, fact.other)
    before = draft.overlaps.get(key)
    files = tuple(clean_line(path) for path in fact.files)
    conflicts = tuple(clean_line(path) for path in fact.conflicts)
    same = before is not None and bool(before.conflicts) == bool(conflicts)
    draft.overlaps[key] = Overlap(
        key, fact.session, fact.other, files, conflicts, fact.count,
        before.since if before and same else draft.at, draft.seq,
    )  # fmt: skip


@takes(e.OverlapGone)
def _gone(draft: Draft, fact: e.OverlapGone) -> None:
    draft.overlaps.pop(pair(fact.session, fact.other), None)
