"""The one picture all screens are drawn from: the state, the meters, and the person's settings."""

from __future__ import annotations

import os
import time

from conductor import contexts, meters
from conductor.state import ALIVE, TaskState
from conductor.tui import layouts, wording

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.config import Settings, Subscription
    from conductor.journal import Journal
    from conductor.places import Places
    from conductor.state import Session, State, Task
    from conductor.stints import Stints
    from conductor.tui.sources import Changes, Screens
    from conductor.tui.view import View

ALERTS = (80, 95)
"""Percents of a window, where the person has said nothing of it."""

RATES_FOR = 5.0
"""Seconds for which measured rates are believed, so that a burst of facts asks once."""

SPARKS, SPARK = 8, 30.0
"""How many columns a tile's small plot of tokens has, and the seconds of each."""


class World:
    """What the screens see; they change it only by the person's acts."""

    def __init__(
        self,
        journal: Journal,
        places: Places,
        *,
        screens: Screens | None = None,
        changes: Changes | None = None,
        folders: tuple[str, ...] = (),
        clock: float | None = None,
        read: bool = True,
        name: str = layouts.FIRST,
    ) -> None:
        self.journal = journal
        self.places = places
        self.screens = screens
        self.changes = changes
        self.folders = folders
        self.name = name  # of these screens, if the person has several
        self.view = layouts.load(places, name)
        self.read = read  # whether a person reads what is shown; nobody reads a picture
        self.state: State = journal.state
        self.rates: dict[str, float] = {}
        self.speeds: dict[str, float] = {}  # of each subscription, in tokens a second
        self.sparks: dict[str, str] = {}
        self.contexts: dict[str, contexts.Context] = {}
        self.settings: Settings | None = None  # none until there is a file of them
        self.trouble: str | None = None  # what is wrong with the settings
        self.runner: bool | None = None  # None until it has been looked for
        self.terminals_trouble: str | None = None
        self._clock = clock
        self._rated = 0.0
        self._stamp: tuple[int, int, int] | None = None  # of the settings as they were read
        self._stints: Stints | None = None

    @property
    def now(self) -> float:
        """The time, standing still in pictures."""
        return time.time() if self._clock is None else self._clock

    @property
    def goes_on(self) -> bool:
        """Whether this is the machine as it is now, and not a picture of another."""
        return self._clock is None

    def arrange(self, view: View) -> None:
        """Take another arrangement of the fleet, and keep it."""
        before, self.view = self.view, view
        if self.read and before.but(words="") != view.but(words=""):
            layouts.save(self.places, self.name, view)

    def read_settings(self) -> bool:
        """Read the person's configuration if it is another one, and say whether it is.

        What is wrong with it is shown, not guessed around.
        """
        before, self._stamp = self._stamp, _stamp(self.places.config_file)
        if self._stamp == before:
            return False
        if self._stamp is None:
            self.settings = self.trouble = None
            return True  # TOML need not be learnt before the first frame
        from conductor.config import ConfigError, load

        try:
            self.settings = load(self.places.config_file)
            self.trouble = " ".join(self.settings.wrong) or None
        except ConfigError as error:
            self.trouble = str(error)
        return True

    @property
    def subscriptions(self) -> tuple[Subscription, ...]:
        """The person's subscriptions."""
        return self.settings.subscriptions if self.settings else ()

    @property
    def alerts(self) -> tuple[int, ...]:
        """The percents of a window at which the person wants to be told."""
        return self.settings.alerts if self.settings else ALERTS

    def catch_up(self) -> bool:
        """See what is new, and say whether anything is."""
        before = self.state
        self.state = self.journal.catch_up()
        return self.state is not before

    def measure(self, *, force: bool = False) -> bool:
        """Read tokens per minute anew if they are old, and say whether they changed."""
        if not force and 0 <= self.now - self._rated < RATES_FOR:
            return False
        before, self._rated = (self.rates, self.speeds, self.contexts), self.now
        self.rates = meters.rate(self.journal, self.now)
        self.speeds = meters.now(self.journal, self.now)
        self.sparks = self._sparks() if self.rates else {}
        self.contexts = contexts.read(self.journal.db)
        return (self.rates, self.speeds, self.contexts) != before

    @property
    def stints(self) -> Stints:
        """How agents spent their time; read when somebody first asks."""
        if self._stints is None:
            from conductor.stints import Stints

            self._stints = Stints(self.journal)
        return self._stints

    def _sparks(self) -> dict[str, str]:
        """Draw what each session took in the last minutes, all in one scale."""
        begin, step = self.now - SPARKS * SPARK, SPARK
        taken = meters.series(self.journal, begin, self.now, step, by=meters.Split.SESSION)
        most = max((max(each) for each in taken.amounts.values()), default=0.0)
        return {key: wording.spark(each[-SPARKS:], most) for key, each in taken.amounts.items()}

    def session_of(self, task: Task) -> Session | None:
        """Return the session a task is at, or was last at."""
        return self.state.sessions.get(task.session or "")

    def fleet(self, *, finished: bool) -> list[Task]:
        """List the tasks that have an agent, in the order they were given one."""
        state = self.state
        shown = {task for task in state.under_way.values() if task.state in ALIVE}
        if finished:
            over = [t for t in state.tasks.values() if t.state in _OVER and t.session]
            shown.update(sorted(over, key=lambda task: task.since)[-FINISHED:])
        numbers = {t: s.number for t in shown if (s := state.sessions.get(t.session or ""))}
        return sorted(numbers, key=lambda task: numbers[task])

    def repos(self) -> list[str]:
        """List the repositories a task may be for: where the person stands first."""
        known = dict.fromkeys(os.path.abspath(folder) for folder in self.folders)
        return [*known, *(repo for repo in self.state.repos if repo not in known)]


def _stamp(path: str) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


FINISHED = 12
"""How many finished tasks stay on the wall when they are shown at all."""

_OVER = (
    TaskState.LANDED, TaskState.REJECTED, TaskState.FAILED, TaskState.CANCELLED, TaskState.DONE,
)  # fmt: skip
