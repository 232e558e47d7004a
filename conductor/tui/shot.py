"""Pictures of the screens, made without a terminal: for documents, tests and bug reports."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from textual.pilot import Pilot

    from conductor.places import Places
    from conductor.tui.app import Conductor

SCREENS = ("fleet", "queue", "review", "inbox", "new", "help", "palette", "zoom", "about", "empty")


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

    from conductor.journal import Journal
    from conductor.tui.app import Conductor
    from conductor.tui.live import GitChanges, LiveScreens
    from conductor.tui.story import Story, StoryChanges, StoryScreens, find, read, told
    from conductor.tui.themes import DARK
    from conductor.tui.world import World

    with tempfile.TemporaryDirectory() as folder:
        if screen == "empty" and isinstance(source, str):
            story = Story(1.0, (), (), {}, {})
            journal, places = told(story, folder)
            world = World(journal, places, clock=1.0)
        elif isinstance(source, str):
            story = read(find(source))
            journal, places = told(story, folder)
            world = World(
                journal, places, screens=StoryScreens(story), changes=StoryChanges(story),
                clock=story.clock,
            )  # fmt: skip
            world.runner = True
        else:
            journal = Journal(source.journal)
            world = World(journal, source, screens=LiveScreens(source), changes=GitChanges())
            world.read_settings()
        live = not isinstance(source, str)
        app = Conductor(world, live=live)
        if theme is None:
            theme = world.settings.theme if world.settings else None
        if theme is not None:
            if theme not in app.available_themes:
                names = ", ".join(sorted(app.available_themes))
                raise ShotError(f"There is no theme {theme!r}; there are {names}.")
            app.theme = theme
        elif not live:
            app.theme = DARK.name
        with journal:
            async with app.run_test(size=size) as pilot:
                await _go(app, pilot, screen)
                return app.export_screenshot(title="Conductor")


async def _go(app: Conductor, pilot: Pilot[int], screen: str) -> None:
    """Go to a screen as a person would."""
    await pilot.pause()
    keys = {
        "queue": "q", "inbox": "i", "review": "r", "about": "r", "zoom": "z", "new": "n",
        "help": "question_mark", "palette": "ctrl+p",
    }  # fmt: skip
    if screen in keys:
        await pilot.press(keys[screen])
        await pilot.pause()
    if screen == "about":
        await pilot.press("v")
    await app.workers.wait_for_complete([w for w in app.workers if w.group in ("files", "diff")])
    await pilot.pause()
    await app.workers.wait_for_complete([w for w in app.workers if w.group == "diff"])
    await pilot.pause()
