"""Windows that are fuller than the person wants to be told: each level once in a window; pure."""

from __future__ import annotations

from conductor import windows
from conductor.inbox import Item, Need
from conductor.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from conductor.state import State, Window


class Alert(Value):
    """One window that has passed a level."""

    window: Window
    level: int  # percent


def standing(state: State, levels: Iterable[int], now: float) -> list[Alert]:
    """List the windows that are beyond a level, each with the highest; old figures count not."""
    wanted = sorted(levels)
    found = []
    for window in state.windows.values():
        if windows.room(window, now) is None:
            continue
        passed = [level for level in wanted if level <= window.used * 100 + 1e-9]
        if passed:
            found.append(Alert(window, passed[-1]))
    return found


class Told:
    """Remembers what was told, so that a figure that wavers is not told twice."""

    def __init__(self) -> None:
        self._levels: dict[str, tuple[float, int]] = {}

    def news(self, found: Iterable[Alert]) -> list[Alert]:
        """Return those that have not been told of this window."""
        fresh = []
        for one in found:
            resets, level = self._levels.get(one.window.id, (0.0, 0))
            same = abs(resets - one.window.resets) < windows.SAME
            if not same or one.level > level:
                self._levels[one.window.id] = (one.window.resets, one.level)
                fresh.append(one)
        return fresh


def sentence(alert: Alert, now: float) -> str:
    """Say it by itself."""
    return f"{alert.window.subscription}: {_words(alert.window, now)}"


def _words(window: Window, now: float) -> str:
    if windows.room(window, now) == 0.0:
        resets = windows.clock(window.resets, now)
        return f"its {window.name} allowance is used up, resets {resets}."
    about = "about " if window.estimated else ""
    used = f"{about}{window.used:.0%} of its {window.name} allowance is used"
    return f"{used}; {windows.outlook(window, now)}."


def items(state: State, levels: Iterable[int], now: float) -> list[Item]:
    """List them as lines of the inbox."""
    return [
        Item(
            Need.ALLOWANCE, one.window.id, None, None, one.window.subscription,
            (said := _words(one.window, now))[:1].upper() + said[1:], one.window.seen,
        )
        for one in standing(state, levels, now)
    ]  # fmt: skip
