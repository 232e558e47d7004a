"""A person's seat: a real terminal of their own, a home, a repository, and only keys to press."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from conductor.journal import Journal
from conductor.places import Places
from conductor.terminals.server import Tmux

if TYPE_CHECKING:
    from collections.abc import Callable

    from conductor.state import State, TaskState

DEADLINE = 60.0
"""Seconds until something that is to come is missed; a busy machine takes its time."""


class Seat:
    """A terminal with the screens in it; agents, git and tmux are all real."""

    def __init__(self, folder: Path, script: str, *, slots: int = 2, speed: int = 20) -> None:
        self.socket = str(folder / "terminal.sock")
        self.repo = folder / "project"
        home = folder / "home"
        home.mkdir()
        self.places = Places(str(home), str(home))
        played = folder / "script.toml"
        played.write_text(script)
        (home / "config.toml").write_text(
            f'[[subscription]]\nname = "local"\nharness = "builtin"\n'
            f'model = "rehearsal:{played}"\nslots = {slots}\n'
            f'env = {{ CONDUCTOR_REHEARSAL_SPEED = "{speed}", GIT_CONFIG_GLOBAL = "/dev/null" }}\n'
        )
        self.git("init", "-q", "-b", "main", str(self.repo), at=folder)
        self.git("config", "user.name", "A")
        self.git("config", "user.email", "a@example.org")
        self.env = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        self.env |= {"LANG": "C.UTF-8", "HOME": str(home), "CONDUCTOR_HOME": str(home)}
        self.env |= {"PYTHONPATH": str(Path(__file__).parents[2]), "GIT_CONFIG_GLOBAL": "/dev/null"}

    def git(self, *words: str, at: Path | None = None) -> str:
        done = subprocess.run(
            ["git", *words], cwd=at or self.repo, check=True, capture_output=True, text=True
        )
        return done.stdout

    def shown(self, path: str) -> str:
        """What the target has of a file."""
        return self.git("show", f"main:{path}")

    def tmux(self, *words: str) -> str:
        done = subprocess.run(
            ["tmux", "-f", os.devnull, "-S", self.socket, *words],
            capture_output=True, text=True, check=False, env=self.env,
        )  # fmt: skip
        return done.stdout

    def sit_down(self, width: int = 120, height: int = 36) -> None:
        words = shlex.join([sys.executable, "-m", "conductor", str(self.repo)])
        size = ("-x", str(width), "-y", str(height))
        self.tmux("new-session", "-d", *size, f"{words}; echo left with $?; cat")

    def stand_up(self) -> None:
        """End whatever was started at this seat."""
        self.tmux("kill-server")
        Tmux(Path(self.places.terminals)).stop_server()

    def press(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)

    def type(self, words: str) -> None:
        self.tmux("send-keys", "-l", words)

    def sees(self, *wanted: str, gone: tuple[str, ...] = (), seconds: float = DEADLINE) -> str:
        until = time.monotonic() + seconds
        while True:
            shown = self.tmux("capture-pane", "-p")
            if all(words in shown for words in wanted) and not any(w in shown for w in gone):
                return shown
            assert time.monotonic() < until, f"{wanted} without {gone} never came:\n{shown}"
            time.sleep(0.03)  # between looks, until the deadline

    def until(self, come: Callable[[State], bool], seconds: float = DEADLINE) -> None:
        """Wait for what the journal says, which the screen then shows."""
        until = time.monotonic() + seconds
        with Journal(self.places.journal) as journal:
            while not come(journal.catch_up()):
                assert time.monotonic() < until, f"it never came:\n{self._told(journal)}"
                time.sleep(0.03)  # between looks, until the deadline

    def _told(self, journal: Journal) -> str:
        facts = "\n".join(f"{r.seq} {str(r.fact)[:200]}" for r in journal.since(0))
        return f"{facts}\n{self.tmux('capture-pane', '-p')}"

    def become(self, task: str, state: TaskState) -> None:
        self.until(lambda now: now.tasks[task].state is state)
