"""The top line: which room this is, and the whole fleet in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conductor.inbox import inbox
from conductor.state import SessionState, TaskState
from conductor.tui import figures, looks, plots
from conductor.tui.inks import Run, cells, spread
from conductor.tui.widgets.key_line import key_name
from conductor.tui.widgets.painted import Painted
from conductor.tui.wording import count
from conductor.windows import FULL, is_stale

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual import events
    from textual.strip import Strip

    from conductor.state import State, Window
    from conductor.tui.world import World

ROOMS = (
    ("fleet", "Fleet", "f"), ("queue", "Queue", "q"), ("review", "Review", "r"),
    ("inbox", "Inbox", "i"), ("landing", "Landing", "L"), ("meters", "Meters", "U"),
)  # fmt: skip
"""Each room, its word and the key that leads there, unless the person has another one."""

WIDE = 130
"""Columns from which the line has room for words that stand elsewhere, too."""


class TopLine(Painted):
    """Rooms to the left, counts and the runner's health to the right."""

    def __init__(self, room: str) -> None:
        super().__init__()
        self.room = room
        self._world: World | None = None
        self._ends: list[tuple[int, str]] = []

    def show(self, world: World) -> None:
        """Show the world as it is now."""
        self._world = world
        self.refresh()

    def paint(self, y: int, width: int) -> Strip:
        """Return the line."""
        world = self._world
        if world is None:
            return self.inks.line((), width, "bar")
        tallied = tally(world.state)
        numbers = {"inbox": len(inbox(world.state)), "review": tallied[looks.REVIEW]}
        numbers["landing"] = tallied[looks.LANDING]
        for keys in (True, False):
            left = self._rooms(numbers, width, keys=keys)
            right, fits = self._beside(world, width, width - _width(left))
            if fits:
                break  # the meter comes before the keys
        return self.inks.line(spread(left, right, width, "bar"), width, "bar")

    def _beside(self, world: World, width: int, room: int) -> tuple[list[Run], bool]:
        """Return the counts, and the meter if it has room; and whether all there is fits."""
        right: list[Run] = []
        for short, tiny in ((width < WIDE, width < 100), (True, width < 100), (True, True)):
            counts = self._counts(world, short=short, tiny=tiny)
            meter = _meter(world, room - _width(counts) - 1, tiny=tiny)
            if meter or not right:
                right = [*meter, *counts]
            if meter:
                return right, True
        return right, not _meter(world, 10 * width, tiny=True) and _width(right) <= room

    def _rooms(self, numbers: Mapping[str, int], width: int, *, keys: bool) -> list[Run]:
        runs: list[Run] = [(" ⌁ ", "title bar")] if width >= 100 else []
        at = _width(runs)
        self._ends = [(at, "")]
        for name, word, key in ROOMS:
            number, on = numbers.get(name, 0), name == self.room
            if name == "landing" and width < (100 if on else WIDE):
                continue  # the meter has the room
            ink = "strong on" if on else "waiting bar" if name == "inbox" and number else "dim bar"
            if keys:
                its = self._keys.get(f"app.{name}", key).partition(",")[0]
                runs.append((f" {key_name(its)}", "key on" if on else "key bar"))
                at += cells(runs[-1][0])
            runs.append((f" {word}{f' {number}' if number else ''} ", ink))
            at += cells(runs[-1][0])
            self._ends.append((at, name))
        return runs

    @property
    def _keys(self) -> Mapping[str, str]:
        """The person's own keys, by the ids of bindings."""
        from conductor.tui.app import Conductor

        assert isinstance(self.app, Conductor)
        return self.app.keys

    def _counts(self, world: World, *, short: bool, tiny: bool) -> list[Run]:
        runs: list[Run] = []
        for look, number in tally(world.state).items():
            if number:
                word = (
                    "" if short else f" {look.word.replace('waits', 'wait' + 's' * (number == 1))}"
                )
                said = f"{look.glyph}{number} " if tiny else f"{look.glyph} {number}{word}  "
                runs.append((said, f"{look.ink} bar"))
        if world.terminals_trouble and world.state.live:
            runs.append((" terminals are gone " if not tiny else " no tmux ", "failed bar"))
        if world.runner is False:
            runs.append((" runner is not running " if not tiny else " no runner ", "failed bar"))
        elif world.runner and not tiny:
            runs.append(("runner ✓ ", "faint bar"))
        return runs

    def on_click(self, event: events.Click) -> None:
        """Go to the room that is clicked."""
        for end, name in self._ends:
            if event.x < end:
                if name:
                    self.app.run_worker(self.app.run_action(f"room('{name}')"))
                return


def _width(runs: list[Run]) -> int:
    return sum(cells(text) for text, _ in runs)


_FORMS = ((True, True, " "), (False, True, " "), (False, False, " "), (False, False, ""))
"""With names, with numbers, with gaps: the first that there is room for."""


def _meter(world: World, room: int, *, tiny: bool) -> list[Run]:
    """Say how much goes through and how full each tightest window is; nothing without room."""
    speed = sum(world.speeds.values())
    said: list[Run] = []
    if speed >= 1:
        said = [(f"{count(speed)}/s " if tiny else f"{count(speed)} tok/s  ", "plain bar")]
    tight = list(figures.tightest(world, world.now).items())[:8]
    for names, numbers, gap in _FORMS:
        gauges = _gauges(tight, world.now, names=names, numbers=numbers, gap=gap)
        runs = [*said, *gauges]
        if _width(runs) <= room:
            return runs
    return []


def _gauges(
    tight: list[tuple[str, Window]], now: float, *, names: bool, numbers: bool, gap: str = " "
) -> list[Run]:
    runs: list[Run] = []
    for name, window in tight:
        ink, mark = figures.heat(window.used)
        if is_stale(window, now) and window.used < FULL:
            ink, mark = "faint", "?"
        number = f" {window.used:.0%}{mark.strip()} " if numbers else mark.strip() or gap
        named = f"{name[:12]} " if names else ""
        runs += [(named, "dim bar"), (f"{plots.level(window.used)}{number}", f"{ink} bar")]
    return [*runs, (" ", "bar")] if runs else []


def tally(state: State) -> dict[looks.Look, int]:
    """Count what the fleet does, in the order of the top line."""
    by_state: dict[str, int] = {}
    for key, number in state.counts.items():
        name = key.partition(" ")[0]
        by_state[name] = by_state.get(name, 0) + number
    sessions: dict[SessionState, int] = {}
    for session in state.live.values():
        task = state.tasks.get(session.task)
        if task and task.state in (TaskState.RUNNING, TaskState.WAITING):
            how = looks.standing(session)
            sessions[how] = sessions.get(how, 0) + 1
    return {
        looks.WAITING: sessions.get(SessionState.WAITING, 0),
        looks.WORKING: sessions.get(SessionState.BUSY, 0) + sessions.get(SessionState.STARTING, 0),
        looks.IDLE: sessions.get(SessionState.IDLE, 0),
        looks.LIMITED: sessions.get(SessionState.LIMITED, 0),
        looks.REVIEW: by_state.get(TaskState.REVIEW, 0),
        looks.LANDING: by_state.get(TaskState.LANDING, 0),
        looks.QUEUED: sum(
            by_state.get(s, 0) for s in (TaskState.QUEUED, TaskState.HELD, TaskState.BLOCKED)
        ),
    }
