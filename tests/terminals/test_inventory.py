"""What stands on our tmux server, told to a person who asks."""

from __future__ import annotations

from pathlib import Path

from conductor.terminals.inventory import Room, inventory
from conductor.terminals.server import Tmux


def test_nothing_without_a_server(tmp_path: Path) -> None:
    assert inventory(Tmux(tmp_path)) == []


def test_tells_sessions_and_their_windows(tmp_path: Path) -> None:
    tmux = Tmux(tmp_path)
    try:
        tmux.start("s1", ["sleep", "60"], cwd=tmp_path, env={})
        tmux.start("s2", ["sleep", "60"], cwd=tmp_path, env={})
        tmux.shell_window("s2", tmp_path, ["sleep", "60"])
        assert inventory(tmux) == [Room("s1", 1, attached=False), Room("s2", 2, attached=False)]
    finally:
        tmux.stop_server()
