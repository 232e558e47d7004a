"""The demo on the screens, once, in a real terminal as a person would play it."""

import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conductor.demo.closing import end_processes
from conductor.demo.stage import Stage

PLAY = "import sys; from conductor.demo import run; sys.exit(run(headless=False, into={into}))"


class Terminal:
    """A terminal of a size of its own: a tmux server on a socket of its own."""

    def __init__(self, folder):
        self.socket = str(folder / "terminal.sock")
        # As a login gives it: what a test runner says of columns and frames is not for the screens.
        kept = {
            name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ
        }
        self.env = kept | {"LANG": "C.UTF-8", "TMPDIR": str(folder)}

    def tmux(self, *args):
        return subprocess.run(
            ["tmux", "-f", os.devnull, "-S", self.socket, *args],
            capture_output=True, text=True, check=False, env=self.env,
        ).stdout  # fmt: skip

    def run(self, into):
        words = [sys.executable, "-c", PLAY.format(into=repr(into))]
        command = f"{shlex.join(words)}; echo left with $?; cat"
        self.tmux("new-session", "-d", "-x", "160", "-y", "45", command)

    def wait_for(self, words, seconds=30):
        until = time.monotonic() + seconds
        while words not in (shown := self.tmux("capture-pane", "-p", "-J")):
            assert time.monotonic() < until, shown
            time.sleep(0.05)  # between looks, until the deadline
        return shown


@pytest.fixture
def terminal(tmp_path):
    made = Terminal(tmp_path)
    yield made
    made.tmux("kill-server")
    for mark in tmp_path.glob("*/conductor-demo.txt"):
        end_processes(Stage(mark.parent))


def processes_in(folder):
    listed = subprocess.run(
        ["ps", "axeww", "-o", "pid=,command="], check=True, capture_output=True, text=True
    ).stdout
    return [row for row in listed.splitlines() if f"{folder}/" in row and "ps axeww" not in row]


@pytest.mark.slow
def test_six_agents_within_ten_seconds_and_nothing_left(terminal):
    terminal.run(None)
    began = time.monotonic()
    for title in ("Lose no cent", "as Markdown", "as JSON", "decimal", "Say which", "A README"):
        terminal.wait_for(title)
    terminal.wait_for("5 working")
    assert time.monotonic() - began < 20, "ten on a machine that does nothing else"
    terminal.tmux("send-keys", "C-q")
    shown = terminal.wait_for("left with")
    assert "left with 0" in shown
    assert "nothing is left running" in shown
    found = re.search(r"conductor demo --into (\S+)", shown)
    assert found
    assert Path(found[1], "project", "fairshare").is_dir()
    assert processes_in(found[1]) == []


@pytest.mark.slow
def test_a_named_folder_goes_on_behind_the_screens(terminal, tmp_path):
    stage = Stage((tmp_path / "kept").resolve())
    terminal.run(str(stage.folder))
    terminal.wait_for("5 working")
    terminal.tmux("send-keys", "C-q")
    shown = terminal.wait_for("left with 0")
    assert "Its agents go on meanwhile" in shown
    assert any("harnesses.builtin" in row for row in processes_in(stage.folder))
    end_processes(stage)
    assert processes_in(stage.folder) == []
