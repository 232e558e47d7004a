"""The app: four rooms over one picture of the world, woken only by the journal."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, ClassVar

os.environ.setdefault("TEXTUAL_FPS", "240")  # the usual 60 adds up to 16 ms to every key

from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType

from conductor.cleaning import clean
from conductor.tui import themes
from conductor.tui.ahead import Ahead
from conductor.tui.ending import leave_in_order
from conductor.tui.lookout import Lookout
from conductor.tui.screens.fleet import Fleet
from conductor.tui.screens.room import Room
from conductor.tui.sheet import Sheet
from conductor.tui.widgets.key_line import key_name
from conductor.tui.world import World

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.console import RenderableType
    from textual.actions import ActionParseResult
    from textual.dom import DOMNode
    from textual.notifications import SeverityLevel
    from textual.screen import Screen


ROOMS = ("fleet", "queue", "review", "inbox", "landing", "meters")

STANDBY_AFTER = 5.0
"""Seconds until whoever shows the next screens quickly is started: these come first."""


class Conductor(App[int]):
    """The command centre."""

    TITLE = "Conductor"
    CSS_PATH = "app.tcss"
    DEFAULT_MODE = "fleet"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new_task", "New task", id="app.new_task", tooltip="Write a task"),
        Binding("f", "room('fleet')", "Fleet", show=False, id="app.fleet",
                tooltip="Every agent at work"),
        Binding("q", "room('queue')", "Queue", show=False, id="app.queue",
                tooltip="All tasks: what is next, what waits, what is over"),
        Binding("r", "room('review')", "Review", show=False, id="app.review",
                tooltip="The changes that wait for you"),
        Binding("i", "room('inbox')", "Inbox", show=False, id="app.inbox",
                tooltip="All that needs you, most urgent first"),
        Binding("L", "room('landing')", "Landing", show=False, id="app.landing",
                tooltip="The trains of what lands, each with its check"),
        Binding("U", "room('meters')", "Meters", show=False, id="app.meters",
                tooltip="Tokens and windows of your subscriptions"),
        Binding("question_mark,f1", "help", "Help", id="app.help", tooltip="What this room knows"),
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True, id="app.quit",
                tooltip="Leave; agents go on"),
        Binding("ctrl+z", "help_quit", show=False, system=True),  # as ctrl+c, of Textual's own
    ]  # fmt: skip

    def __init__(
        self,
        world: World,
        *,
        live: bool = True,
        stands_by: bool = False,
        theme: str | None = None,
    ) -> None:
        self.world = world
        super().__init__()
        self.live = live
        self.stands_by = stands_by
        self.lookout = Lookout(self)
        self.ahead = Ahead(self)
        self.keys: Mapping[str, str] = {}  # the person's own, by binding id
        self.register_theme(themes.DARK)
        self.register_theme(themes.LIGHT)
        self.set_reactive(App.theme, self._first_theme(theme))
        self._refresh_truecolor_filter(self.ansi_theme)  # which it has chosen for another theme
        self.stylesheet = Sheet(variables=self.get_css_variables())

    def _first_theme(self, wanted: str | None) -> str:
        if wanted is None and self.world.settings:
            wanted = self.world.settings.theme
        if wanted and wanted in self.available_themes:
            return wanted
        few = self.console.color_system == "standard"  # 16 colours: the person's own
        return "ansi-dark" if few else themes.DARK.name

    def _make(self, room: str) -> Room:
        """Make a room when it is first entered, so that the first frame pays for one only."""
        match room:
            case "queue":
                from conductor.tui.screens.queue import Queue

                return Queue(self.world)
            case "review":
                from conductor.tui.screens.review import Review

                self._learn_git()
                return Review(self.world)
            case "landing":
                from conductor.tui.screens.landing import Landing

                return Landing(self.world)
            case "meters":
                from conductor.tui.screens.meters import Meters

                return Meters(self.world)
            case "inbox":
                from conductor.tui.screens.inbox import Inbox

                return Inbox(self.world)
            case _:
                return Fleet(self.world)

    def get_default_screen(self) -> Fleet:
        """Begin with the fleet itself: an empty screen before it would cost a tenth more."""
        return Fleet(self.world)

    def on_mount(self) -> None:
        """Begin once the first frame has been drawn; a key may come before that."""
        for name in ROOMS:
            self.add_mode(name, partial(self._make, name))
        if self.live:
            leave_in_order(self)
        self.call_after_refresh(self._begin)

    def exit(
        self, result: int | None = None, return_code: int = 0, message: RenderableType | None = None
    ) -> None:
        """Leave, once terminals have the size back that they had before somebody looked closely."""
        for room in self._screen_stacks.get("fleet", []):
            if isinstance(room, Fleet):
                room.wall.give_back()
        super().exit(result, return_code, message)

    def on_unmount(self) -> None:
        """Let go of what was listened to."""
        self.lookout.close()

    def _begin(self) -> None:
        """Start what the first frame did not need."""
        import gc

        self._learn_git()
        self.lookout.journal()
        self.world.measure(force=True)
        self._keys()
        self.follow()
        gc.collect()
        gc.freeze()
        gc.enable()
        if self.live:
            self.set_interval(1.0, self._tick)
            self.run_worker(self.lookout.runner(), name="runner")
            self.run_worker(self.lookout.terminals(), name="terminals")
        if self.stands_by:
            self.set_timer(STANDBY_AFTER, self.lookout.stand_by)

    def _fatal_error(self) -> None:
        """Leave after a bug without showing what stands in its frames, which may be anything."""
        self._close_messages_no_wait()

    def _learn_git(self) -> None:
        """Make changes readable, which the first frame need not wait for."""
        if self.live and self.world.changes is None:
            from conductor.tui.git_changes import GitChanges

            self.world.changes = GitChanges()

    def _keys(self) -> None:
        """Use the person's own keys, and say which of them cannot be used."""
        settings = self.world.settings
        wanted = settings.keys if settings else {}
        if not wanted and not self.keys:
            return
        from conductor.tui.keymap import checked

        self.keys, wrong = checked(wanted)
        self.set_keymap(self.keys)
        for sentence in wrong:
            self.notify(f"{self.world.places.config_file}: {sentence}", severity="warning")

    async def on_event(self, event: events.Event) -> None:
        """Keep what is pressed ahead of a dialog for the dialog."""
        if isinstance(event, events.Key | events.Paste) and await self.ahead.keeps(event):
            return
        await super().on_event(event)

    # Following the world.

    def follow(self) -> None:
        """Show the world as it is now, in the room that is seen."""
        if (room := self.room) is not None:
            room.follow()

    @property
    def room(self) -> Room | None:
        """The room the person is in, also under a dialog."""
        for screen in reversed(self.screen_stack):
            if isinstance(screen, Room):
                return screen if screen.is_mounted else None  # it follows by itself once it is
        return None

    def _tick(self) -> None:
        if self.world.read_settings():
            self._keys()
            self.follow()
        if (room := self.room) is not None and self.world.measure() | True:
            room.top_line.refresh()
            room.tick()

    def dirty(self, sessions: frozenset[str]) -> None:
        """Draw what these sessions' terminals show now."""
        if isinstance(self.room, Fleet):
            self.room.wall.dirty(sessions)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Show a sentence: as plain text always, because it may quote anything."""
        super().notify(
            clean(message), title=title, severity=severity, timeout=timeout, markup=False
        )

    # Acts.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave every key to the agent while the person is inside its tile."""
        room = self.room
        inside = isinstance(room, Fleet) and room.wall.inside is not None
        return not (inside and self.screen is room)

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Do what a key asks for, or say why it makes no sense now."""
        done = await super().run_action(action, default_namespace, namespaces)
        if not done and isinstance(action, str) and (room := self.room) is default_namespace:
            from conductor.tui.palette import say_why

            if room is not None:
                say_why(self, room, action)
        return done

    async def action_room(self, name: str) -> None:
        """Go to a room."""
        before = self.room
        await self.switch_mode(name)
        if (room := self.room) is not None and room is not before:
            room.enter()

    def action_new_task(self) -> None:
        """Write a task."""
        from conductor.tui.screens.new_task import NewTask

        self.push_screen(NewTask(self.world))

    def action_help_quit(self) -> None:
        """Say how to leave, to who presses what ends or suspends other programs."""
        key = key_name(self.keys.get("app.quit", "ctrl+q").partition(",")[0])
        self.notify(f"{key} leaves; agents go on, and `conductor` shows them again.")

    def action_help(self) -> None:
        """Explain the room."""
        from conductor.tui.screens.help import Help

        if (room := self.room) is not None:
            self.push_screen(Help(room))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer every binding by name, with the reason where it makes no sense now."""
        from conductor.tui.palette import commands

        yield from commands(self)
