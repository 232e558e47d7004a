"""A subscription's windows: how much of each allowance is used, and who waits for room."""

from __future__ import annotations

from conductor.events.fact import Fact


class WindowSeen(Fact):
    """A vendor told how much of an allowance is used; written only where that is news."""

    subscription: str
    window: str  # "5h", "week", "week opus"
    used: float  # 1.0 is all of it
    resets: float  # seconds since the epoch
    length: float = 0.0  # seconds; 0 if nobody told
    model: str | None = None  # the only models it is for, if it isn't for all
    how: str = ""
    estimated: bool = False  # nobody told this figure: it was worked out
    seen: float = 0.0  # when the vendor told it, if that was before this fact


class RoomAwaited(Fact):
    """No subscription has room for the tasks that ask for this; an empty `why` says that one has.

    One fact for all of them, however many wait.
    """

    wish: str  # what the tasks ask for: subscription, harness, model
    why: str
    until: float | None = None
