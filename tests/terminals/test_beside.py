"""A person's own programs beside an agent: windows of its terminal, or terminals of their own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from conductor.config import Tool
from conductor.terminals.beside import close, open_alone, open_beside, pin
from conductor.terminals.live import Beside
from conductor.terminals.wall import Wall
from conductor.tools import SHELL, argv
from tests.conductor.facts import added, claimed, told

if TYPE_CHECKING:
    from pathlib import Path

    from conductor.terminals.server import Tmux

STATE = told(added(), claimed())


def words(tool: Tool) -> list[str]:
    return argv(tool, STATE.tasks["t1"], STATE.sessions["s1"])


async def test_a_tool_is_a_window_and_a_pinned_one_a_terminal(
    tmux: Tmux, folder: Path, env, soon
) -> None:
    tmux.start("s1", ["cat"], cwd=folder, env=env)
    said = words(Tool("what", "pwd; exit 3"))
    assert open_beside(tmux, "s1", folder, "what", said, pinned=False) == "s1"
    windows = tmux.run("list-windows", "-t", "=s1:", "-F", "#{window_name}").split()
    assert windows == ["agent", "what"]
    await soon(lambda: "[what ended with 3" in tmux.run("capture-pane", "-p", "-t", "=s1:what"))
    stays = words(Tool("Log File", "sleep 100"))
    assert open_beside(tmux, "s1", folder, "Log File", stays, pinned=True) == "s1-log-file"
    assert open_beside(tmux, "s1", folder, "Log File", stays, pinned=True) == "s1-log-file"
    tmux.kill("s1")
    assert [live.session for live in tmux.list()] == ["s1-log-file"]


async def test_a_program_of_its_own_is_told_of_pinned_and_closed(
    tmux: Tmux, folder: Path, env, soon, monkeypatch
) -> None:
    monkeypatch.setenv("MY_SECRET", "not to be kept")
    tmux.start("s1", ["cat"], cwd=folder, env=env)
    told_of: list[dict[str, Beside]] = []
    async with Wall(tmux, on_beside=lambda: told_of.append(wall.beside)) as wall:
        say = words(Tool("tests", 'echo "for $CONDUCTOR_TASK"; sleep 1000'))
        name = open_alone(tmux, "s1", folder, "tests", say, pinned=False, size=(60, 20))
        await soon(lambda: told_of)
        assert told_of == [{"s1-tests": Beside("s1", "tests", False)}]
        wall.follow([name])
        await soon(lambda: (one := wall.screen(name)) and "for t1" in one.row(0))
        assert wall.live[name].size == (60, 20)
        await soon(lambda: not list((folder / "launch").glob("s1-tests.*")))
        pin(tmux, name, Beside("s1", "tests", True))
        await soon(lambda: told_of[-1] == {"s1-tests": Beside("s1", "tests", True)})
        close(tmux, wall.live[name])
        await soon(lambda: told_of[-1] == {})
    assert [live.session for live in tmux.list()] == ["s1"]


async def test_what_ends_by_itself_takes_its_terminal_along(tmux: Tmux, folder: Path, soon) -> None:
    once = words(Tool("once", "exec true"))
    open_alone(tmux, "s1", folder, "once", once, pinned=False)
    await soon(lambda: not tmux.list())


def test_a_shell_takes_the_place_of_what_opens_it() -> None:
    said = words(SHELL)
    assert said[-4:] == ["/bin/sh", "-c", 'exec "${SHELL:-/bin/sh}"', "shell"]
    assert {"CONDUCTOR_TASK=t1", "CONDUCTOR_SESSION=s1"} < set(said)
    assert os.access(next(w for w in said if "PYTHON" in w).partition("=")[2], os.X_OK)
