"""The programs that a person opens beside an agent: a shell, an editor, the repository's own."""

from __future__ import annotations

from conductor.config import Tool, load_repo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.state import Task

SHELL = Tool("shell", 'exec "${SHELL:-/bin/sh}"', "s")
OWN = (SHELL, Tool("editor", "${VISUAL:-${EDITOR:-vi}} .", "e"))
"""What is offered in every repository."""

_STAYS = """
code=$?
printf '\\n[%s ended with %s: Enter closes it, F12 leaves it open]\\n' "$0" "$code"
read -r _
"""


def offered(task: Task) -> tuple[Tool, ...]:
    """Return what can be opened beside a task's agent; ConfigError if the settings are wrong."""
    own = {tool.name: tool for tool in (*OWN, *load_repo(task.repo).tools)}
    taken = {tool.key for tool in own.values() if tool not in OWN}
    return tuple(
        tool.but(key=None) if tool in OWN and tool.key in taken else tool for tool in own.values()
    )


def argv(tool: Tool) -> list[str]:
    """Return the command that runs a tool and lets a person read what it said last."""
    if tool.command.startswith("exec "):
        return ["/bin/sh", "-c", tool.command, tool.name]
    return ["/bin/sh", "-c", f"(\n{tool.command}\n){_STAYS}", tool.name]
