"""A person's own programs beside an agent end with it, or go on where they are pinned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conductor.config import Tool
from conductor.terminals.beside import open_beside
from conductor.tools import SHELL, argv

if TYPE_CHECKING:
    from pathlib import Path

    from conductor.terminals.server import Tmux


async def test_a_tool_is_a_window_and_a_pinned_one_a_terminal(
    tmux: Tmux, folder: Path, env, soon
) -> None:
    tmux.start("s1", ["cat"], cwd=folder, env=env)
    said = argv(Tool("what", "pwd; exit 3"))
    assert open_beside(tmux, "s1", folder, "what", said, pinned=False) == "s1"
    windows = tmux.run("list-windows", "-t", "=s1:", "-F", "#{window_name}").split()
    assert windows == ["agent", "what"]
    await soon(lambda: "[what ended with 3" in tmux.run("capture-pane", "-p", "-t", "=s1:what"))
    stays = argv(Tool("Log File", "sleep 100"))
    assert open_beside(tmux, "s1", folder, "Log File", stays, pinned=True) == "s1-log-file"
    assert open_beside(tmux, "s1", folder, "Log File", stays, pinned=True) == "s1-log-file"
    tmux.kill("s1")
    assert [live.session for live in tmux.list()] == ["s1-log-file"]


def test_a_shell_takes_the_place_of_what_opens_it() -> None:
    assert argv(SHELL) == ["/bin/sh", "-c", 'exec "${SHELL:-/bin/sh}"', "shell"]
