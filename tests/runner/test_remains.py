"""What an agent has left is ended, and nobody else who has its number by now."""

from __future__ import annotations

import subprocess
from pathlib import Path

from conductor import events as e
from conductor.fold import fold
from conductor.runner.remains import end_all
from conductor.state import EMPTY, Record, Session
from conductor.terminals import processes
from conductor.terminals.server import Tmux
from tests.conductor.facts import added, claimed


def agent(pid: int) -> Session:
    facts = (added(), claimed(), e.SessionStarted("s1", pid))
    return fold(EMPTY, [Record(n, 1.0, f) for n, f in enumerate(facts, 1)]).sessions["s1"]


def test_a_number_that_is_another_s_by_now_is_left_alone(tmp_path: Path) -> None:
    tmux = Tmux(tmp_path / "terminals")
    with subprocess.Popen(["sleep", "60"]) as another:
        try:
            assert end_all(tmux, agent(another.pid)) == ()
            env = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
            begun = tmux.start("s1", ["sh", "-c", "sleep 60 & wait"], cwd=tmp_path, env=env)
            assert end_all(tmux, agent(another.pid)) == ()  # of an agent that was there before
            assert not processes.tree(begun.pid)
            assert another.poll() is None
        finally:
            another.kill()
            tmux.stop_server()
