"""What becomes of a subscription's windows, and of those who wait for room in them."""

from __future__ import annotations

from conductor import events as e
from conductor import windows
from conductor.cleaning import clean
from conductor.draft import Draft
from conductor.folding.takes import takes
from conductor.state import Wait


@takes(e.WindowSeen)
def _seen(draft: Draft, fact: e.WindowSeen) -> None:
    known = draft.windows.get(windows.key(fact.subscription, fact.window))
    window = windows.taken(known, fact, draft.at)
    if window is None:
        draft.skipped += 1
    else:
        draft.windows[window.id] = window


@takes(e.RoomAwaited)
def _awaited(draft: Draft, fact: e.RoomAwaited) -> None:
    if fact.why:
        draft.waits[fact.wish] = Wait(fact.wish, clean(fact.why, 2000), fact.until)
    else:
        draft.waits.pop(fact.wish, None)
