"""The titles an agent gives its terminal, told to its session's inbox by tmux itself."""

from __future__ import annotations

import shlex
from pathlib import Path

from conductor.terminals.server import Tmux


def follow(tmux: Tmux, pane: str, inbox: Path) -> None:
    """Have each new title of a pane appended to the inbox as a line `title: TEXT`."""
    # `q:` makes tmux quote the title, which is the agent's text, for the shell.
    tell = f"printf 'title: %s\\n' #{{q:pane_title}} >>{shlex.quote(str(inbox))}"
    tmux.run("set-hook", "-p", "-t", pane, "pane-title-changed", f"run-shell -b {_quoted(tell)}")


def _quoted(text: str) -> str:
    """Quote a word for tmux's own parser."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return f'"{escaped}"'
