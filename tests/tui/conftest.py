"""A person at the screens: presses keys, reads what is drawn, and looks up what was written."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import shutil
import tempfile
import time
from typing import TYPE_CHECKING

import pytest
from textual.worker import WorkerCancelled

from conductor.journal import Journal
from conductor.places import Places
from conductor.tui import story as stories
from conductor.tui.app import Conductor
from conductor.tui.screens.new_task import NewTask
from conductor.tui.screens.words import Words
from conductor.tui.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from textual.pilot import Pilot

    from conductor.events import Fact
    from tests.tui.project import Project


READING = frozenset({"files", "diff", "stands", "remarks", "scopes", "default"})
"""Groups of workers that come to an end by themselves."""


class Person:
    """Somebody in front of the app."""

    def __init__(self, app: Conductor, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot
        self.world = app.world
        self._from = len(app.world.journal)

    async def press(self, *keys: str) -> Person:
        await self.pilot.press(*keys)
        await self.settled()
        return self

    async def type(self, text: str) -> Person:
        return await self.press(
            *["space" if c == " " else "enter" if c == "\n" else c for c in text]
        )

    async def settled(self) -> None:
        """Wait until what was begun has come to its end; one reading begins another."""
        await self.pilot.pause()
        while reading := [
            one for one in self.app.workers if one.group in READING and not one.is_finished
        ]:
            with contextlib.suppress(WorkerCancelled):  # something else is read instead
                await self.app.workers.wait_for_complete(reading)
            await self.pilot.pause()
        await self.pilot.pause()

    @property
    def drawn(self) -> str:
        """What is on the screen, as text."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text for strip in strips)

    @property
    def told(self) -> str:
        """What is said in words, however it is wrapped."""
        return " ".join(self.drawn.translate({ord("▌"): " ", ord("│"): " "}).split())

    @property
    def sent(self) -> str:
        """What the terminal is sent for it."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.render(self.app.console) for strip in strips)

    def sees(self, *texts: str) -> Person:
        drawn = self.drawn
        for text in texts:
            assert text in drawn, f"{text!r} is not on the screen:\n{drawn}"
        return self

    def misses(self, *texts: str) -> Person:
        drawn = self.drawn
        for text in texts:
            assert text not in drawn, f"{text!r} is on the screen:\n{drawn}"
        return self

    @property
    def written(self) -> list[Fact]:
        """The facts written since the app began."""
        return [r.fact for r in self.world.journal.since(self._from) if r.fact is not None]

    async def comes(self, *texts: str) -> Person:
        """Wait until something is on the screen that others, or threads, bring there."""
        return await self.until(lambda: all(text in self.drawn for text in texts))

    async def stands_in(self, room: str) -> Person:
        """Wait until the person is in a room, which is in none for a moment on the way."""
        return await self.until(lambda: getattr(self.app.room, "NAME", "") == room)

    async def until(self, seen: Callable[[], bool], seconds: float = 60.0) -> Person:
        deadline = time.monotonic() + seconds
        while not seen():
            assert time.monotonic() < deadline, f"it never came:\n{self.drawn}"
            await asyncio.sleep(0.005)
            await self.pilot.pause()
        return self


@functools.cache
def _told(name: str | None) -> tuple[stories.Story, str]:
    """Read a story, and write it into a home that each test gets a copy of."""
    nothing = stories.Story(1_790_000_000.0, (), (), {}, {})
    story = stories.read(stories.find(name)) if name else nothing
    home = tempfile.mkdtemp(prefix="told-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    stories.told(story, home)[0].close()
    return story, home


@pytest.fixture
def in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have clocks on the screen say the same everywhere."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(autouse=True)
def no_drafts() -> None:
    NewTask.draft = {}
    Words.drafts.clear()


@pytest.fixture
def sit(tmp_path: Path) -> Callable[..., contextlib.AbstractAsyncContextManager[Person]]:
    """Sit down in front of a story, or of a folder of facts."""

    @contextlib.asynccontextmanager
    async def sitting(  # noqa: PLR0917 — all of them are named where it is called
        story: str | None = "evening",
        size: tuple[int, int] = (160, 45),
        theme: str | None = None,
        folders: tuple[str, ...] = (),
        journal: Journal | None = None,
        config: str = "",
    ) -> AsyncIterator[Person]:
        told, home = _told(story)
        clock = told.clock
        if not (tmp_path / "home").exists():  # else they sit down once more, where they left
            shutil.copytree(home, tmp_path / "home")
        places = Places(str(tmp_path / "home"), str(tmp_path / "home"))
        own = Journal(places.journal)
        world = World(
            journal or own, places, screens=stories.StoryScreens(told),
            changes=stories.StoryChanges(told), folders=folders, clock=clock,
        )  # fmt: skip
        world.runner = True
        if config:
            (tmp_path / "home" / "config.toml").write_text(config)
            world.read_settings()
        app = Conductor(world, live=False)
        if theme:
            app.theme = theme
        async with app.run_test(size=size, notifications=True) as pilot:
            person = Person(app, pilot)
            await person.settled()
            yield person
        own.close()

    return sitting


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A repository whose agent has made a change, in two turns."""
    from tests.tui.project import Project

    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "work").mkdir()
    return Project(tmp_path / "work")
