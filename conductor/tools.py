"""The programs that a person opens beside an agent: a shell, an editor, the repository's own."""

from __future__ import annotations

import sys

from conductor.config import Tool, load_repo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.state import Session, State, Task

SHELL = Tool("shell", 'exec "${SHELL:-/bin/sh}"', "s")
_READ = '"$CONDUCTOR_PYTHON" -m conductor diff "$CONDUCTOR_TASK" || read -r _'
OWN = (
    SHELL,
    Tool("editor", "${VISUAL:-${EDITOR:-vi}} .", "e"),
    Tool("diff", f"exec /bin/sh -c '{_READ}'"),
)
"""What is offered in every repository."""

_ABOUT = {
    "shell": "your own, in its worktree",
    "editor": "yours, on its worktree",
    "diff": "what it has changed, page by page",
}

_STAYS = """
code=$?
printf '\\n[%s ended with %s: Enter closes it, F12 leaves it open]\\n' "$0" "$code"
read -r _
"""


def offered(state: State, task: Task) -> tuple[Tool, ...]:
    """Return what can be opened beside a task's agent; ConfigError if the settings are wrong.

    A repository's own may take the names and keys of ours, and so need the person's trust.
    """
    its = load_repo(task.repo).tools if task.repo in state.runs else ()
    own = {tool.name: tool for tool in (*OWN, *its)}
    taken = {tool.key for tool in own.values() if tool not in OWN}
    return tuple(
        tool.but(key=None) if tool in OWN and tool.key in taken else tool for tool in own.values()
    )


def about(tool: Tool) -> str:
    """Say what a tool does: our own in words, the repository's by their command."""
    ours = any(tool.command == one.command for one in OWN)
    return _ABOUT[tool.name] if ours else tool.command.removeprefix("exec ")


def argv(tool: Tool, task: Task, session: Session) -> list[str]:
    """Return the command that runs a tool and lets a person read what it said last."""
    command = tool.command
    if not command.startswith("exec "):
        command = f"(\n{command}\n){_STAYS}"
    told = {
        "CONDUCTOR_TASK": task.id,
        "CONDUCTOR_SESSION": session.id,
        "CONDUCTOR_BASE": session.base or "",
        "CONDUCTOR_PYTHON": sys.executable,
    }
    return [
        *("env", *(f"{name}={value}" for name, value in told.items())),
        *("/bin/sh", "-c", command, tool.name),
    ]
