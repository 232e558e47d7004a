"""One evening at the screens, in a real terminal: agents, git and tmux are all real."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conductor.journal import Journal
from conductor.places import Places
from conductor.state import TaskState
from conductor.terminals.server import Tmux

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPT = """
[[turn]]
[[turn.reply]]
text = "I look around first."
command = "ls"
[[turn.reply]]
question = "Blue or green?"
[[turn.reply]]
text = "So be it."
command = "echo green >> colour.txt"
[[turn.reply]]
text = "It is painted."
"""


class Evening:
    """A person's terminal, a home, and a repository."""

    def __init__(self, folder: Path) -> None:
        self.socket = str(folder / "terminal.sock")
        self.repo = folder / "project"
        home = folder / "home"
        home.mkdir()
        self.places = Places(str(home), str(home))
        script = folder / "script.toml"
        script.write_text(SCRIPT)
        (home / "config.toml").write_text(
            f'[[subscription]]\nname = "local"\nharness = "builtin"\n'
            f'model = "rehearsal:{script}"\nslots = 2\n'
            'env = { CONDUCTOR_REHEARSAL_SPEED = "20", GIT_CONFIG_GLOBAL = "/dev/null" }\n'
        )
        self.git("init", "-q", "-b", "main", str(self.repo), at=folder)
        (self.repo / "README").write_text("To be painted.\n")
        (self.repo / "conductor.toml").write_text('verify = "test -s colour.txt"\n')
        self.git("config", "user.name", "A")
        self.git("config", "user.email", "a@example.org")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "begin")
        self.env = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        self.env |= {"LANG": "C.UTF-8", "HOME": str(home), "CONDUCTOR_HOME": str(home)}
        self.env |= {"PYTHONPATH": str(Path(__file__).parents[2]), "GIT_CONFIG_GLOBAL": "/dev/null"}

    def git(self, *words: str, at: Path | None = None) -> str:
        done = subprocess.run(
            ["git", *words], cwd=at or self.repo, check=True, capture_output=True, text=True
        )
        return done.stdout

    def tmux(self, *words: str) -> str:
        done = subprocess.run(
            ["tmux", "-f", os.devnull, "-S", self.socket, *words],
            capture_output=True, text=True, check=False, env=self.env,
        )  # fmt: skip
        return done.stdout

    def sit_down(self) -> None:
        words = shlex.join([sys.executable, "-m", "conductor", str(self.repo)])
        self.tmux("new-session", "-d", "-x", "120", "-y", "36", f"{words}; echo left with $?; cat")

    def press(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)

    def type(self, words: str) -> None:
        self.tmux("send-keys", "-l", words)

    def sees(self, *wanted: str, gone: tuple[str, ...] = (), seconds: float = 15.0) -> str:
        until = time.monotonic() + seconds
        while True:
            shown = self.tmux("capture-pane", "-p")
            if all(words in shown for words in wanted) and not any(w in shown for w in gone):
                return shown
            assert time.monotonic() < until, f"{wanted} without {gone} never came:\n{shown}"
            time.sleep(0.03)  # between looks, until the deadline

    def become(self, task: str, state: TaskState) -> None:
        """Wait for what the journal says, which the screen then shows."""
        until = time.monotonic() + 15
        with Journal(self.places.journal) as journal:
            while journal.catch_up().tasks[task].state is not state:
                assert time.monotonic() < until, (journal.state.tasks[task], self.sees())
                time.sleep(0.03)  # between looks, until the deadline


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[Evening]:
    made = Evening(tmp_path)
    yield made
    made.tmux("kill-server")
    Tmux(Path(made.places.terminals)).stop_server()


@pytest.mark.slow
def test_one_evening_from_the_first_task_to_leaving(evening: Evening) -> None:
    evening.sit_down()
    evening.sees("No agent is at work", "New task")

    evening.press("n")
    evening.sees("What is to be done?")
    evening.type("Paint it")
    evening.press("C-s")
    evening.sees("t1 Paint it", "waits for you", "Blue or green?")

    evening.press("Enter")
    evening.sees("F12 leaves")
    evening.type("quinine")  # keys that mean other things outside
    evening.sees("quinine")
    evening.press("C-u")
    evening.sees(gone=("quinine",))
    evening.press("F12")
    evening.sees("Step in", gone=("You type to",))

    evening.press("v")
    evening.sees("s1 · Paint it", "I look around first.", "Search")
    evening.press("Escape")
    evening.sees("Step in", gone=("Search",))

    evening.press("i")
    evening.sees("answer", "Blue or green?")
    evening.press("Enter")
    evening.sees("ctrl-s answer")
    evening.type("green")
    evening.press("C-s")
    evening.become("t1", TaskState.REVIEW)

    evening.press("r")
    evening.sees("colour.txt", "+green", "Approve", "verified in")
    evening.press("y")
    evening.sees("landed", "Undo")
    evening.become("t1", TaskState.LANDED)
    assert "green" in evening.git("show", "main:colour.txt")

    evening.press("f")
    evening.press("n")
    evening.sees("What is to be done?")
    evening.type("Paint again")
    evening.press("C-s")
    evening.sees("t2 Paint again", "waits for you", gone=("is in the queue",))
    evening.press("a")
    evening.sees("waiting for your answer", gone=("Inbox",))
    evening.press("F12")
    evening.sees("Inbox", "t2 Paint again", "Step in")

    evening.press("C-q")
    evening.sees("left with 0")
    assert evening.tmux("display-message", "-p", "#{alternate_on}#{cursor_flag}").strip() == "01"
