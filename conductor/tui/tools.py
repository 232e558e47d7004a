"""Opening a program beside an agent from the screens, as a tile or in the whole terminal."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from conductor.config import ConfigError, Tool
from conductor.tools import argv, offered
from conductor.tui.attach import attach
from conductor.tui.sources import SourceError
from conductor.tui.widgets.fitting import is_readable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from conductor.state import Session, Task
    from conductor.tui.screens.arranging import Arranging

USUAL = (100, 30)
"""The size of a terminal whose tile is too small to work in."""


def open_tool(fleet: Arranging, task: Task, session: Session, tool: Tool) -> None:
    """Open a tool beside an agent, and go there."""
    screens, folder = fleet.world.screens, session.worktree
    if screens is None or folder is None:
        return
    words = argv(tool, task, session)
    pinned = tool.pinned or not session.live  # there is nothing left for it to end with

    def whole() -> None:
        attach(fleet, screens.open_tool(session.id, folder, tool.name, words, pinned=pinned))

    def beside() -> None:
        size = fleet.wall.room_of_chosen
        size = size if is_readable(size) else USUAL
        fleet.wall.awaited = screens.open_tile(
            session.id, folder, tool.name, words, pinned=pinned, size=size
        )
        fleet.wall.step_on()

    _try(fleet, whole if fleet.view.whole else beside)


def close(fleet: Arranging, terminal: str) -> None:
    """End a person's own program, which may take a moment to go."""
    if (screens := fleet.world.screens) is None:
        return

    async def end() -> None:
        try:
            await asyncio.to_thread(screens.close, terminal)
        except SourceError as error:
            fleet.app.notify(str(error), severity="warning")

    fleet.app.run_worker(end())


def pin(fleet: Arranging, terminal: str) -> None:
    """Let a person's own program go on when its session ends, or end with it."""
    screens = fleet.world.screens
    known = screens.beside().get(terminal) if screens else None
    if screens is None or known is None:
        return
    _try(fleet, lambda: screens.pin(terminal, pinned=not known.pinned))
    fate = "ends with its session again" if known.pinned else "goes on when its session ends"
    fleet.app.notify(f"{known.tool} {fate}.")


def _try(fleet: Arranging, deed: Callable[[], None]) -> None:
    try:
        deed()
    except SourceError as error:
        fleet.app.notify(str(error), severity="warning")


def ask(fleet: Arranging, task: Task, session: Session) -> None:
    """Let the person choose a tool, and where it opens."""
    from conductor.tui.screens.tools import Tools

    try:
        tools = offered(fleet.world.state, task)
    except ConfigError as error:
        fleet.app.notify(str(error), severity="warning")
        return

    def chosen(answer: tuple[Tool, bool] | None) -> None:
        if answer is not None:
            tool, whole = answer
            if whole != fleet.view.whole:
                fleet.view = fleet.view.but(whole=whole)
            open_tool(fleet, task, session, tool)

    heading = f"Beside {session.id} · {task.title}"
    fleet.app.push_screen(Tools(tools, heading, whole=fleet.view.whole), chosen)


def open_by_key(
    fleet: Arranging, task: Task, session: Session, keys: tuple[str | None, ...]
) -> None:
    """Open the tool that has one of these keys, if there is one."""
    with suppress(ConfigError):  # the menu of tools says what is wrong
        for tool in offered(fleet.world.state, task):
            if tool.key and tool.key in keys:
                open_tool(fleet, task, session, tool)
                return
