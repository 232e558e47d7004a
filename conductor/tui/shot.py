"""Pictures of the screens, made without a terminal: for documents, tests and bug reports."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from textual.pilot import Pilot

    from conductor.places import Places
    from conductor.tui.app import Conductor
    from conductor.tui.world import World

SCREENS = (
    "fleet",
    "queue",
    "review",
    "columns",
    "inbox",
    "landing",
    "meters",
    "new",
    "help",
    "palette",
    "zoom",
    "dense",
    "about",
    "empty",
)

PATIENCE = 3.0
"""Seconds that a picture of the live state waits for agents' terminals."""


class ShotError(Exception):
    """A picture cannot be made; the text says why and what to do."""


def render(
    screen: str,
    size: tuple[int, int],
    theme: str | None,
    source: Places | str,
    out: str | None = None,
) -> str:
    """Draw a screen, from a story or the live state, as SVG; write it if `out` says where."""
    import asyncio

    from conductor.journal import JournalError
    from conductor.tui.story import StoryError

    if screen not in SCREENS:
        raise ShotError(f"There is no screen {screen!r}; there are {', '.join(SCREENS)}.")
    os.environ.setdefault("COLORTERM", "truecolor")
    try:
        svg = asyncio.run(_picture(screen, size, theme, source))
        if out is not None:
            with open(out, "w", encoding="utf-8") as file:
                file.write(svg)
    except (StoryError, JournalError) as error:
        raise ShotError(str(error)) from error
    except OSError as error:
        raise ShotError(f"{out} cannot be written: {error.strerror or error}.") from error
    return svg


async def _picture(
    screen: str, size: tuple[int, int], theme: str | None, source: Places | str
) -> str:
    import tempfile

    from conductor.tui.app import Conductor
    from conductor.tui.themes import DARK

    with tempfile.TemporaryDirectory() as folder:
        told = isinstance(source, str)
        world = _told(source, folder, screen) if isinstance(source, str) else _live(source)
        if theme is None:
            theme = world.settings.theme if world.settings else None
        app = Conductor(world, live=False, theme=theme or (DARK.name if told else None))
        if theme is not None and theme not in app.available_themes:
            names = ", ".join(sorted(app.available_themes))
            raise ShotError(f"There is no theme {theme!r}; there are {names}.")
        with world.journal:
            async with app.run_test(size=size, tooltips=True, notifications=True) as pilot:
                if not told:
                    await _terminals(app, pilot)
                await _go(app, pilot, screen)
                await _hold_cursors(app, pilot)
                return app.export_screenshot(title="Conductor")


def _told(name: str, folder: str, screen: str) -> World:
    """Make the world that a story tells."""
    from conductor.tui.story import Story, StoryChanges, StoryScreens, find, read, told
    from conductor.tui.world import World

    if screen == "empty":
        journal, places = told(Story(1.0, (), (), {}, {}), folder)
        return World(journal, places, folders=("/project",), clock=1.0)
    story = read(find(name))
    journal, places = told(story, folder)
    world = World(
        journal, places, screens=StoryScreens(story), changes=StoryChanges(story),
        clock=story.clock,
    )  # fmt: skip
    world.runner = True
    return world


def _live(places: Places) -> World:
    """Make the world as it is now, standing still; looking at it changes nothing."""
    import time

    from conductor.journal import Journal
    from conductor.runner import door
    from conductor.tui.git_changes import GitChanges
    from conductor.tui.live import LiveScreens
    from conductor.tui.world import World

    world = World(
        Journal(places.journal), places, screens=LiveScreens(places), changes=GitChanges(),
        clock=time.time(), read=False,
    )  # fmt: skip
    world.read_settings()
    world.runner = door.running(places)
    return world


async def _terminals(app: Conductor, pilot: Pilot[int]) -> None:
    """Wait until the agents' terminals are there, as long as may be waited for them."""
    import asyncio
    import time

    from conductor.tui.screens.fleet import Fleet

    screens, state = app.world.screens, app.world.state
    if screens is None or not state.live:
        return
    app.run_worker(app.lookout.terminals(), name="terminals")
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        await pilot.pause()
        if app.world.terminals_trouble:
            return
        wanted = app.room.wall.followed if isinstance(app.room, Fleet) else ()
        missing = [s for s in wanted if s in state.live and screens.screen(s) is None]
        if wanted and not missing:
            return
        await asyncio.sleep(0.02)


async def _hold_cursors(app: Conductor, pilot: Pilot[int]) -> None:
    """Show the cursor in what is typed into, at whatever moment of its blinking that is."""
    from textual.widgets import Input, TextArea

    typed_into = [*app.screen.query(TextArea), *app.screen.query(Input)]
    for one in typed_into:
        one.cursor_blink = False
    if typed_into:
        await pilot.pause()


async def _go(app: Conductor, pilot: Pilot[int], screen: str) -> None:
    """Go to a screen as a person would."""
    from conductor.tui.screens.fleet import Fleet
    from conductor.tui.screens.review import Review

    await pilot.pause()
    room = {"about": "review", "columns": "review"}.get(screen, screen)
    if room in ("queue", "inbox", "review", "landing", "meters"):
        await app.action_room(room)
        await pilot.pause()
    match screen, app.room:
        case "new", _:
            app.action_new_task()
        case "help", _:
            app.action_help()
        case "palette", _:
            app.action_command_palette()
        case "zoom", Fleet() as fleet:
            fleet.action_zoom()
        case "dense", Fleet() as fleet:
            fleet.action_dense()
        case "about", Review() as review:
            review.action_about()
        case "columns", Review() as review:
            review.action_columns()
    await pilot.pause()
    for _ in range(2):  # a change is read first, then looked through for what stands out
        reading = [one for one in app.workers if one.group in ("files", "diff", "remarks")]
        if reading:  # of an empty list, Textual makes all workers, also those that never end
            await app.workers.wait_for_complete(reading)
        await pilot.pause()
