"""What a subscription can take now, whose allowance would lapse first, until when none has any.

The longest of a subscription's windows is its real allowance: what is left of a 5-hour window at
its reset is lost only if the week's is lost, too. So who is most behind an even pace through the
longest window goes first. Only fresh figures count as room; old ones merely say whom to try first.
"""

from __future__ import annotations

import time

from conductor import windows
from conductor.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conductor.config import Subscription
    from conductor.samples import Tokens
    from conductor.state import State, Task, Wait, Window

UNTRIED = 100.0
"""The lag of a subscription that has told nothing yet: its first task finds out how it stands."""

TIGHT = 0.02
"""What is left of a window that the next task would only run against."""

LAST_PART = 0.25
"""The end of the longest window in which fillers may start: before, the person may still come."""

WORTH = 0.05
"""What must be about to lapse for a filler to start."""


class Standing(Value):
    """How a subscription stands for work with a model."""

    lag: float  # how far it is behind an even pace: who has most goes first
    tight: bool = False  # what is left would not last
    until: float | None = None  # when it has room again; None: it may have room now
    why: str = ""  # why not


def standing(
    state: State, one: Subscription, model: str | None, now: float, spent: Tokens | None = None
) -> Standing:
    """Say how a subscription stands for work with this model."""
    told = windows.of(state, one.name, model or one.model)
    walls = [
        (windows.back(window.resets), f"its {window.name} allowance is used up")
        for window in told
        if windows.room(window, now) == 0.0
    ]
    if (returns := state.limits.get(one.name, 0.0)) > now and not walls:
        walls.append((returns, "its allowance is used up"))
    if spent is not None and (why := _over_ceiling(one, spent)):
        walls.append((windows.back(next_midnight(now)), why))
    left = [room for window in told if (room := windows.room(window, now)) is not None]
    tight = any(room < TIGHT for room in left)
    lag = _lag(told, now) if told else _lag_of_untold(state, one.name)
    if not walls:
        return Standing(lag, tight)
    until, why = max(walls)
    return Standing(lag, tight, until, why)


def _lag_of_untold(state: State, name: str) -> float:
    """Try what nobody knows of once, at first; what tells no windows has none that would lapse."""
    return 0.0 if name in state.tried else UNTRIED


def _lag(told: list[Window], now: float) -> float:
    """Estimate from the last figures how far the longest window is behind an even pace."""
    lags = []
    for window in told:
        if window.length < told[0].length:
            break
        if windows.is_over(window, now):
            lags.append(1.0)  # begun anew since, and empty unless somebody else used it
        elif not window.uncertain:
            left = max(0.0, 1.0 - window.used)
            lags.append(left * (window.length or windows.DAY) / max(window.resets - now, 60.0))
    return min(lags, default=1.0)


def _over_ceiling(one: Subscription, spent: Tokens) -> str:
    if one.daily_tokens is not None and spent.total >= one.daily_tokens:
        return f"it has had the {one.daily_tokens} tokens that its daily_tokens allow"
    if one.daily_usd is not None and (spent.cost_usd or 0.0) >= one.daily_usd:
        return f"it has cost the ${one.daily_usd:g} that its daily_usd allows"
    return ""


def next_midnight(now: float) -> float:
    """Return when the person's day ends."""
    return midnight(now, 1)


def midnight(now: float, days: int = 0) -> float:
    """Return when the person's day begins, or one so many days later: days have 23 to 25 hours."""
    day = time.localtime(now)
    return time.mktime((day.tm_year, day.tm_mon, day.tm_mday + days, 0, 0, 0, 0, 0, -1))


def would_lapse(state: State, one: Subscription, model: str | None, now: float) -> bool:
    """Say whether fresh figures show that allowance is about to lapse unused."""
    told = windows.of(state, one.name, model or one.model)
    if not told or any((windows.room(each, now) or 0.0) < TIGHT for each in told):
        return False
    coming = windows.project(told[0], now)
    soon = told[0].resets - now <= LAST_PART * told[0].length
    return soon and coming is not None and coming.lapses >= WORTH


def may_lapse(state: State, one: Subscription, model: str | None, now: float) -> bool:
    """Say whether old figures make it worth asking the vendor for new ones, for a filler."""
    told = windows.of(state, one.name, model or one.model)
    if not any(windows.is_stale(each, now) for each in told):
        return False
    longest = told[0]
    soon = longest.resets - now <= LAST_PART * longest.length
    return not windows.is_over(longest, now) and soon and 1.0 - longest.used >= WORTH


def fits(one: Subscription, task: Task) -> bool:
    """Say whether a task's wishes allow a subscription."""
    return task.subscription in (None, one.name) and task.harness in (None, one.harness)


def waits(
    state: State,
    known: Iterable[Subscription],
    now: float,
    spent: Mapping[str, Tokens] | None = None,
) -> dict[str, tuple[str, float]]:
    """Say, by wish, why no subscription has allowance for queued tasks, and until when."""
    found: dict[str, tuple[str, float]] = {}
    seen: set[str] = set()
    for _, number in state.queue:
        task = state.tasks[f"t{number}"]
        wish = task.wish
        if wish in seen or task.filler:
            continue
        seen.add(wish)
        fitting = [one for one in known if fits(one, task)]
        stands = [(one, standing(state, one, task.model, now, _of(spent, one))) for one in fitting]
        walls = [(how.until, one.name, how.why) for one, how in stands if how.until is not None]
        if walls and len(walls) == len(stands):
            found[wish] = _sentence(sorted(walls), now)
    return found


def _of(spent: Mapping[str, Tokens] | None, one: Subscription) -> Tokens | None:
    return spent.get(one.name) if spent else None


def _sentence(walls: list[tuple[float, str, str]], now: float) -> tuple[str, float]:
    first, name, why = walls[0]
    others = [f"{name} at {windows.opens(at, now)} ({why})" for at, name, why in walls[1:4]]
    told = f"It waits until {windows.opens(first, now)}, when {name} has room again: {why}."
    return " ".join([told, *([f"After that {'; '.join(others)}."] if others else [])]), first


def differences(
    known: Mapping[str, Wait], found: Mapping[str, tuple[str, float]]
) -> list[tuple[str, str, float | None]]:
    """List what changed about who waits for room: wish, why (empty: over), until when."""
    changed: list[tuple[str, str, float | None]] = [
        (wish, why, until)
        for wish, (why, until) in found.items()
        if wish not in known or known[wish].why != why
    ]
    return changed + [(wish, "", None) for wish in known if wish not in found]
