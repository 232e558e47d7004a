"""What a window's figures mean: how old they are, what is left, what will lapse: pure.

A figure is a vendor's last word, never the truth: others may use the same subscription. So an old
one never counts as room, one whose reset has passed says nothing, and one that the clock or a
working agent contradicts is uncertain. A full window is believed until its reset: it cannot empty.
"""

from __future__ import annotations

from math import exp, isfinite

from conductor.cleaning import clean_line
from conductor.state import Session, State, Window
from conductor.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from conductor.events import WindowSeen

FRESH = 900.0
"""Seconds for which a figure is believed."""

REFRESH = 300.0
"""Seconds after which a figure that has not changed is written again, so that it stays fresh."""

STEP = 0.001
"""The smallest change that is news."""

SAME = 120.0
"""Resets that differ by fewer seconds are one: vendors round them anew with each answer."""

MARGIN = 5.0
"""Seconds after a reset from which it is counted on: clocks differ, and vendors leave out parts."""

MARGIN_OF_MINUTES = 20.0
"""The same for a reset that is told as a whole minute, which may be rounded."""

LATEST = 1e11
"""No moment is later: what is told to be is no time in seconds."""

FULL = 0.9999
DAY = 86_400.0


class Projection(Value):
    """Where a window is heading at the pace of late."""

    empty_at: float | None  # when it is used up, if that is before its reset
    lapses: float  # the part that will be unused at its reset
    resets: float


def key(subscription: str, name: str) -> str:
    """Return under what a window is kept."""
    return f"{subscription} {name}"


def back(reset: float) -> float:
    """Return when to count on what a vendor says returns at a reset."""
    return reset + (MARGIN_OF_MINUTES if reset % 60.0 == 0.0 else MARGIN)


def is_news(known: Window | None, told: WindowSeen, now: float) -> bool:
    """Say whether a figure is worth a fact."""
    if not _means_something(told):
        return False
    if known is None:
        return True
    if told.seen and told.seen < known.seen and told.resets < known.resets + SAME:
        return False  # an older record, read late
    if not _same_period(known, told.resets):
        return True
    return abs(known.used - told.used) >= STEP or now - known.seen >= REFRESH


def taken(known: Window | None, told: WindowSeen, at: float) -> Window | None:
    """Return the window as a fact leaves it; None for figures that mean nothing."""
    if not _means_something(told):
        return None
    name = clean_line(told.window, 40).strip() or "window"
    seen = min(told.seen, at) if told.seen > 0 else at
    used, length = min(max(told.used, 0.0), 10.0), max(told.length, 0.0)
    odd = told.resets <= seen or 0 < length < told.resets - seen - 600.0
    window = Window(
        key(told.subscription, name), told.subscription, name, used, told.resets, length,
        clean_line(told.model, 60) if told.model else None, seen, clean_line(told.how, 80),
        told.estimated, odd,
    )  # fmt: skip
    return window.but(pace=_pace(known, window))


def _means_something(told: WindowSeen) -> bool:
    return isfinite(told.used) and abs(told.resets) < LATEST and abs(told.length) < LATEST


def _same_period(known: Window, resets: float) -> bool:
    return abs(known.resets - resets) < SAME


def _pace(known: Window | None, now: Window) -> float:
    """Return how fast it is used: what was told lately counts most, over a tenth of its length."""
    if known is None or not _same_period(known, now.resets) or now.used < known.used:
        begun = now.resets - now.length
        return now.used / max(now.seen - begun, 60.0) if now.length and now.seen > begun else 0.0
    passed = now.seen - known.seen
    if passed <= 0:
        return known.pace
    weight = 1.0 - exp(-passed / (now.length / 10 or 1800.0))
    return known.pace + weight * ((now.used - known.used) / passed - known.pace)


# What it says now.


def is_over(window: Window, now: float) -> bool:
    """Say whether its reset has passed, so that the figure is of a window that is no more."""
    return back(window.resets) <= now


def is_stale(window: Window, now: float) -> bool:
    """Say whether the figure is too old to be believed."""
    return is_over(window, now) or now - window.seen > FRESH


def room(window: Window, now: float) -> float | None:
    """Return what is left of it, or None where nobody knows."""
    if is_over(window, now) or window.uncertain:
        return None
    if window.used >= FULL:
        return 0.0
    return None if is_stale(window, now) else 1.0 - window.used


def project(window: Window, now: float) -> Projection | None:
    """Say where it is heading; None where the figures are too old or too odd to say."""
    if is_stale(window, now) or window.uncertain:
        return None
    left = max(0.0, 1.0 - window.used - window.pace * (now - window.seen))
    ends = now + left / window.pace if window.pace > 0 else None
    if ends is not None and ends < window.resets:
        return Projection(ends, 0.0, window.resets)
    lapses = left - window.pace * (window.resets - now)
    return Projection(None, min(1.0, max(0.0, lapses)), window.resets)


def lag(window: Window, now: float) -> float | None:
    """Say how far it is behind an even pace: above 1, some would lapse; None: nobody knows."""
    left = room(window, now)
    if left is None:
        return None
    return left * (window.length or DAY) / max(window.resets - now, 60.0)


def of(state: State, subscription: str, model: str | None = None) -> list[Window]:
    """List a subscription's windows that count for a model; the longest first.

    Those of single models count where that model is asked for by name.
    """
    found = [
        one
        for one in state.windows.values()
        if one.subscription == subscription and is_for(one.model, model)
    ]
    return sorted(found, key=lambda one: (-one.length, one.name))


def of_all(state: State, subscription: str) -> list[Window]:
    """List all of a subscription's windows, the shortest first, as they are shown."""
    found = [one for one in state.windows.values() if one.subscription == subscription]
    return sorted(found, key=lambda one: (one.length, one.name))


def is_for(only: str | None, model: str | None) -> bool:
    """Say whether what holds for these models holds for this one: `opus` for `claude-opus-5-5`."""
    return only is None or (model is not None and _plain(only) in _plain(model))


def _plain(name: str) -> str:
    return "".join(char for char in name.lower() if char.isalnum())


# In words.


def clock(at: float, now: float) -> str:
    """Write a time as people say it: 18:10, or Tue 18:10 where it is more than half a day away."""
    import time

    if not abs(at) < LATEST:
        return "at no time that can be"
    pattern = "%H:%M" if abs(at - now) < 0.5 * DAY else "%a %H:%M"
    return time.strftime(pattern, time.localtime(at))


def opens(at: float, now: float) -> str:
    """Write when a window that is counted on from a moment opens: as its vendor tells the reset."""
    margin = MARGIN_OF_MINUTES if (at - MARGIN_OF_MINUTES) % 60.0 == 0.0 else MARGIN
    return clock(at - margin, now)


def returns(state: State, subscription: str, now: float) -> str:
    """Say when what is used up of a subscription returns; empty if nothing is."""
    told = of(state, subscription)
    walls = [back(one.resets) for one in told if room(one, now) == 0.0]
    at = max(state.limits.get(subscription, 0.0), *walls, 0.0)
    if at <= now:
        return ""
    live = [one for one in state.live.values() if one.subscription == subscription]
    refused = any(one.refused and one.until == at for one in live)
    return f"{'refused, tried again' if refused else 'used up, returns'} {opens(at, now)}"


def limited(session: Session) -> str:
    """Say until when a limited session waits, and where it goes or could go instead."""
    if session.moving:
        return f"It is on its way to {session.moving}."
    again = opens(session.until, session.since) if session.until else ""
    told = f"{session.subscription} is used up{f' until {again}' if again else ''}"
    if session.refused and again:
        told = f"{session.subscription} refuses, and tells of no reset to come; tried again {again}"
    if session.offers:
        return f"{told}. Wait, or go on at once on {' or '.join(session.offers)}?"
    told += "; it goes on then." if again and not session.refused else "."
    return f"{told} {session.declined or ''}".strip()


def outlook(window: Window, now: float, beside: Iterable[Window] = ()) -> str:
    """Say in a few words what a window's figures mean now, given the account's other windows."""
    if is_over(window, now):
        return f"reset at {clock(window.resets, now)}, not told since"
    resets = f"resets {clock(window.resets, now)}"
    if window.used >= FULL and not window.uncertain:
        return f"used up, {resets}"
    if window.uncertain:
        return f"uncertain, {resets}"
    if is_stale(window, now):
        return f"told {clock(window.seen, now)}, {resets}"
    for one in beside:
        if one.length > window.length and one.model is None and room(one, now) == 0.0:
            return f"held up by the {one.name}, {resets}"
    coming = project(window, now)
    if coming and coming.empty_at is not None:
        return f"at this pace empty at {clock(coming.empty_at, now)}, {resets}"
    if coming and coming.lapses >= 0.005:
        return f"{coming.lapses:.0%} will lapse at the reset, {clock(window.resets, now)}"
    return resets
