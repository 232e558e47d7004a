"""Kill -9 of the runner, demo, screens, terminals at random points: it completes, nothing twice.

CONDUCTOR_CRASHES says how often (6 by default, 50 in the long one, which has the screens open),
CONDUCTOR_CRASH_SEED which points; a failing run prints its seed.
"""

import contextlib
import os
import random
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conductor.terminals.errors import TerminalError
from conductor.terminals.server import Tmux

SEED = int(os.environ.get("CONDUCTOR_CRASH_SEED", str(random.randrange(10**6))))

pytestmark = [
    pytest.mark.crash,
    pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds the runner by /proc"),
]

STATUS = "#{pane_dead_status} #{?pane_dead_signal,signal #{pane_dead_signal},}"


def crashes(usual):
    return int(os.environ.get("CONDUCTOR_CRASHES", usual))


def runner_of(demo):
    """Return the pid of the demo's runner, or None while there is none."""
    try:
        pid = int(Path(demo.stage.places.runner_lock).read_text() or "0")
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return pid if b"conductor.runner" in words else None


def terminals_of(demo):
    """Return the pid of the tmux in which agents and runner are; None while there is none."""
    tmux = Tmux(Path(demo.stage.places.terminals))
    with contextlib.suppress(TerminalError):
        return int(tmux.run("display-message", "-p", "#{pid}"))
    return None


class Screens:
    """The real screens on the demo's home, in a terminal of their own."""

    def __init__(self, demo, folder):
        self.stage = demo.stage
        self.socket = str(folder / "screens.sock")
        self.said = ""  # what tmux complained of last
        self.seen = 0  # how often they were up when they were killed

    def tmux(self, *args):
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        asked = subprocess.run(
            ["tmux", "-f", os.devnull, "-S", self.socket, *args],
            capture_output=True, text=True, check=False, env=kept | {"LANG": "C.UTF-8"},
        )  # fmt: skip
        self.said = asked.stderr or self.said
        return asked.stdout

    def open(self):
        words = [
            "env",
            f"CONDUCTOR_HOME={self.stage.places.state}",
            sys.executable,
            "-m",
            "conductor",
        ]
        command = f"exec {shlex.join(words)}"
        if self.tmux("list-panes"):
            self.tmux("respawn-pane", "-k", command)
        else:
            at = ("-c", str(self.stage.project), "-x", "120", "-y", "40")
            stays = ("start-server", ";", "set-option", "-g", "remain-on-exit", "on", ";")
            self.tmux(*stays, "new-session", "-d", *at, command)
        # Nothing else in here tells that tmux itself could not, or is gone.
        assert self.tmux("display-message", "-p", "#{pane_pid}").strip(), self.said

    def kill(self):
        """Kill what runs in the terminal, and open the screens anew."""
        if not self.tmux("list-panes"):
            if self.stage.project.is_dir():
                self.open()
            return
        shown = self.tmux("capture-pane", "-p")
        assert "Traceback" not in shown, shown
        self.seen += "Fleet" in shown
        pid, dead = self.tmux("display-message", "-p", "#{pane_pid} #{pane_dead}").split()
        assert dead == "0", shown
        os.kill(int(pid), signal.SIGKILL)
        self.open()

    def told(self):
        """Say all that can be seen of screens that ended in no known way."""
        pane = self.tmux("display-message", "-p", "#{pane_pid} dead: #{pane_dead}").strip()
        pid = pane.partition(" ")[0] or "none"
        seen = [f"{pane}; tmux complained: {self.said!r}", self.tmux("capture-pane", "-p").strip()]
        for name in ("status", "cmdline", "wchan", "stack"):
            with contextlib.suppress(OSError):
                seen.append(Path(f"/proc/{pid}/{name}").read_text().replace("\0", " "))
        return "\n".join(seen)

    def leave(self):
        """Close the screens as a person does, and say how they ended."""
        until = time.monotonic() + 60
        while self.tmux("display-message", "-p", "#{pane_dead}").strip() == "0":
            self.tmux("send-keys", "C-q")
            assert time.monotonic() < until, self.tmux("capture-pane", "-p")
            time.sleep(0.5)  # between asking, until the deadline
        # The terminal closes a moment before its process is seen to have ended.
        while not (status := self.tmux("display-message", "-p", STATUS).strip(" \n")):
            assert time.monotonic() < until, f"how did they end? {self.told()}"
            # tmux 3.3a can miss that a child of its own has ended; it looks with the next one.
            self.tmux("run-shell", "true")
        self.tmux("kill-server")
        return status


def kill_somewhere(demo, process, chance, screens):
    """Let some time pass, then kill one of them; say which, or None if the demo had ended."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(chance.uniform(0.05, 1.5))
        return None
    if screens:
        screens.tmux("send-keys", chance.choice("fqriL"))  # so that they draw one room or another
    others = ("screens", "screens", "screens", "terminals") if screens else ()
    victim = chance.choice(("runner", "runner", "demo", *others))
    if victim == "screens":
        screens.kill()
        return victim
    found = {"runner": runner_of, "terminals": terminals_of}.get(victim, lambda _: process.pid)
    pid = found(demo)
    if pid is None:
        return "nobody"
    os.kill(pid, signal.SIGKILL)
    return victim


def endure(demo, count, screens=None):
    """Play the demo through so many kills, and see that everything happened, once."""
    print(f"CONDUCTOR_CRASH_SEED={SEED}")
    chance = random.Random(SEED)
    demo.speed = str(max(1, 7 * demo.tasks // count))  # slow enough that it is not over before
    kills, said, until = [], "", time.monotonic() + 60 + 5 * count
    process = demo.start()
    try:
        while len(kills) < count and time.monotonic() < until:
            victim = kill_somewhere(demo, process, chance, screens)
            if victim is None:
                break  # it had come to its end before all the kills
            if victim != "nobody":
                kills.append(victim)
            if victim == "demo":
                said += process.communicate(timeout=60)[0]
                process = demo.start()
        # Before the demo closes what they would start anew.
        left = screens.leave() if screens else "0"
        out, _ = process.communicate(timeout=300)
    finally:
        process.kill()  # on failure, so that it does not go on with what the next test makes
    print(f"{said}{out}\n{len(kills)} kills: {' '.join(kills)}")
    assert process.returncode == 0
    assert left == "0"
    assert len(kills) >= count // 2
    demo.is_whole(terminals_lost="terminals" in kills)
    assert demo.processes() == []


@pytest.mark.slow
def test_it_completes_after_kills_anywhere(demo):
    demo.tasks = 5  # with a question and a conflict among them; the long one plays all
    endure(demo, crashes(6))


@pytest.mark.long
def test_it_completes_with_the_screens_killed_as_well(demo, tmp_path):
    (tmp_path / "screens").mkdir()
    screens = Screens(demo, tmp_path / "screens")
    try:
        endure(demo, crashes(50), screens)
    finally:
        screens.tmux("kill-server")
    assert screens.seen
