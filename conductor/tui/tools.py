"""Opening a program beside an agent from the screens, and going there."""

from __future__ import annotations

from conductor.config import ConfigError, Tool
from conductor.tools import argv, offered
from conductor.tui.attach import attach
from conductor.tui.sources import SourceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.state import Session, Task
    from conductor.tui.screens.room import Room


def open_tool(room: Room, session: Session, tool: Tool) -> None:
    """Open a tool beside an agent, and go there."""
    screens = room.world.screens
    if screens is None or session.worktree is None:
        return
    try:
        terminal = screens.open_tool(
            session.id, session.worktree, tool.name, argv(tool), pinned=tool.pinned
        )
    except SourceError as error:
        room.app.notify(str(error), severity="warning", markup=False)
        return
    attach(room, terminal)


def ask(room: Room, task: Task, session: Session) -> None:
    """Let the person choose a tool."""
    from conductor.tui.screens.tools import Tools

    try:
        tools = offered(task)
    except ConfigError as error:
        room.app.notify(str(error), severity="warning", markup=False)
        return

    def chosen(tool: Tool | None) -> None:
        if tool is not None:
            open_tool(room, session, tool)

    room.app.push_screen(Tools(tools, f"Beside {session.id} · {task.title}"), chosen)


def open_by_key(room: Room, task: Task, session: Session, keys: tuple[str | None, ...]) -> bool:
    """Open the tool that has one of these keys, if there is one."""
    try:
        tools = offered(task)
    except ConfigError:
        return False  # the menu of tools says what is wrong
    for tool in tools:
        if tool.key and tool.key in keys:
            open_tool(room, session, tool)
            return True
    return False
