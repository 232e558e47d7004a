"""Keeps the screens true while they are open: woken by the journal, the runner, the terminals."""

from __future__ import annotations

import asyncio
import contextlib

from conductor.journal import JournalError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.alerts import Told
    from conductor.bell import Bell
    from conductor.tui.app import Conductor

AGAIN = (0.002, 0.02)
"""Seconds after a bell without news: a writer may ring before its facts can be read."""

ANEW = 30.0
"""Seconds a runner must have had before it is started again: one that ends at once says why."""


class Lookout:
    """Looks where something can have changed, and has the app show it."""

    def __init__(self, app: Conductor) -> None:
        self._app = app
        self._world = app.world
        self._bell: Bell | None = None
        self._told: Told | None = None
        self._begun = False

    def journal(self) -> None:
        """Be woken by the journal from now on."""
        from conductor.bell import Bell

        self._bell = Bell(self._world.journal.folder)
        asyncio.get_running_loop().add_reader(self._bell.fileno(), self._rung)
        self._alert()
        self.look()

    def close(self) -> None:
        """Be woken no more."""
        if self._bell is not None:
            asyncio.get_running_loop().remove_reader(self._bell.fileno())
            self._bell.close()
            self._bell = None

    def _rung(self) -> None:
        if self._bell is not None:
            self._bell.quiet()
            if not self.look():
                for pause in AGAIN:
                    self._app.set_timer(pause, self.look)

    def look(self) -> bool:
        """Show what is new in the journal, and say whether anything is."""
        try:
            news = self._world.catch_up()
        except JournalError as error:
            self._app.notify(str(error), severity="error")
            return False
        if news:
            self._world.measure()
            self._app.follow()
            self._alert()
        return news

    def _alert(self) -> None:
        """Tell of windows that become nearly used up while the person is here."""
        world = self._world
        if not world.state.windows:
            self._begun = True
            return
        from conductor.alerts import Told, sentence, standing

        self._told = self._told or Told()
        for one in self._told.news(standing(world.state, world.alerts, world.now)):
            if self._begun:  # what was so before they came is in the inbox
                self._app.notify(sentence(one, world.now), severity="warning", timeout=12)
        self._begun = True

    async def runner(self) -> None:
        """Have a runner, without which nothing starts and no state is true; also after it died."""
        from conductor.runner import door

        now = asyncio.get_running_loop().time
        await self._start_runner()
        started, said = now(), False
        while True:
            alive = await asyncio.to_thread(door.running, self._world.places)
            if alive is not self._world.runner:
                self._world.runner = alive
                self._app.follow()
            if not alive and now() - started > ANEW:
                await self._start_runner()
                started, said = now(), False
                continue
            if not alive and not said:
                said = True
                self._app.notify(
                    "The runner is not running, so nothing starts or lands: "
                    "`conductor run` in another terminal says why.",
                    severity="warning",
                )
            await asyncio.sleep(5.0 if alive else 1.0)

    async def _start_runner(self) -> None:
        from conductor.runner import door
        from conductor.terminals.errors import TerminalError

        try:
            await asyncio.to_thread(door.ensure, self._world.places)
        except TerminalError as error:
            self._app.notify(f"The runner cannot start: {error}", severity="error")

    async def stand_by(self) -> None:
        """Have a process stand by that shows further screens at once."""
        from conductor.runner import door
        from conductor.terminals.errors import TerminalError

        with contextlib.suppress(TerminalError):  # screens come without it, too
            await asyncio.to_thread(door.stand_by, self._world.places)

    async def terminals(self) -> None:
        """Follow the agents' terminals."""
        if self._world.screens is not None:
            await self._world.screens.open(self._app.dirty, self._gone)

    def _gone(self, why: str | None) -> None:
        self._world.terminals_trouble = why
        self._app.follow()
