"""A person at a terminal of their own: the app in it, agents behind it, and what both send."""

from __future__ import annotations

import fcntl
import os
import pty
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from conductor import events as e
from conductor.journal import Journal
from conductor.places import Places
from conductor.terminals.ghostty import Emulated
from conductor.terminals.server import Tmux
from conductor.terminals.settings import term
from conductor.tui.ansi import plain_text
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parents[2]
ENV = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
MODES = (1000, 1002, 1003, 1004, 1006, 1049, 2004, 2026, 2048)
APP = """
import asyncio, signal, sys
from pathlib import Path
from conductor.journal import Journal
from conductor.places import Places
from conductor.tui import app, ending
from conductor.tui.live import LiveScreens
from conductor.tui.world import World

class App(app.Conductor):
    CSS_PATH = str(Path(app.__file__).with_name("app.tcss"))
    def on_mount(self):  # no runner: the agents here are nobody's sessions
        self.run_worker(self.lookout.terminals(), name="terminals")
        ending.leave_in_order(self)
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, self.call_later, self.fail)
    def fail(self):
        raise RuntimeError("this went wrong")

places = Places(sys.argv[1], sys.argv[1])
with Journal(places.journal) as journal:
    made = App(World(journal, places, screens=LiveScreens(places)), live=False)
    made.run()
    if made._exception is not None:
        raise made._exception
"""
PROBE = """
import os, sys, tty
tty.setraw(0)
asks = sys.argv[2].encode().decode("unicode_escape").encode("latin-1")
os.write(1, asks + b"ready")
with open(sys.argv[1], "ab", buffering=0) as heard:
    while data := os.read(0, 4096):
        heard.write(data)
        if data == b"?":
            os.write(1, asks + b"again")
"""


class Terminal:
    """A program in a pty, and what a terminal would show of it."""

    def __init__(
        self, argv: Sequence[str], env: Mapping[str, str], size: tuple[int, int] = (120, 36)
    ) -> None:
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.before = termios.tcgetattr(theirs)
        self.screen = Emulated(size)
        self.sent = b""
        self._shown = (-1, "")  # what is on the screen, after so many bytes
        self.theirs = theirs  # kept open, so that what is sent last can be read
        self.process = subprocess.Popen(
            argv, stdin=theirs, stdout=theirs, stderr=theirs, env=env, start_new_session=True
        )
        self._lock = threading.Lock()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self.ours, 1 << 16)
            except OSError:
                return
            with self._lock:
                self.sent += data
                self.screen.feed(data)

    @property
    def shown(self) -> str:
        """What is on the screen."""
        with self._lock:
            if self._shown[0] != len(self.sent):
                rows = map(self.screen.row, range(self.screen.size[1]))
                self._shown = (len(self.sent), plain_text("\n".join(rows)))
            return self._shown[1]

    def row(self, y: int) -> str:
        """What is in one row of the screen."""
        return self.shown.split("\n")[y]

    def modes(self) -> set[int | str]:
        """Whatever of a terminal has to be switched off again, as far as it is on."""
        with self._lock:
            on = {mode for mode in MODES if self.screen._is_set(mode)}
            return on | ({"kitty"} if self.screen.modes().kitty else set())

    def write(self, data: bytes) -> None:
        """Type to it."""
        os.write(self.ours, data)

    def sees(self, *words: str) -> None:
        """Wait until all of this is on the screen."""
        until(lambda: all(word in self.shown for word in words), lambda: f"{words}\n{self.shown}")

    def misses(self, word: str) -> None:
        """Wait until this is not on the screen."""
        until(lambda: word not in self.shown, lambda: self.shown)

    def close(self) -> None:
        """End the program, and let go."""
        self.process.kill()
        self.process.wait()
        os.close(self.theirs)
        os.close(self.ours)


class Seat:
    """A home with agents that are any programs, and somebody in front of it."""

    def __init__(self) -> None:
        # pytest's own temporary folders can be too deep for a socket.
        self.folder = folder = Path(tempfile.mkdtemp(prefix="seat-"))
        self.places = Places(str(folder), str(folder))
        self.places.make()
        self.tmux = Tmux(Path(self.places.terminals))
        self.heard_in = folder / "heard"
        self.heard_in.touch()
        (folder / "app.py").write_text(APP)
        (folder / "probe.py").write_text(PROBE)
        self._open: list[Terminal] = []
        self._nested: list[str] = []

    def probe(self, writes: str = "") -> list[str]:
        """Return an agent that writes this, again when it reads `?`, and tells what it reads."""
        probe, heard = self.folder / "probe.py", self.heard_in
        return [sys.executable, "-I", "-S", str(probe), str(heard), writes]

    def agents(self, *programs: Sequence[str], size: tuple[int, int] = (80, 24)) -> None:
        """Start these as agents s1, s2, …"""
        with Journal(self.places.journal) as journal:
            for n, argv in enumerate(programs, 1):
                env = ENV | {"TERM": term(), "HOME": str(self.folder)}
                self.tmux.start(f"s{n}", argv, cwd=self.folder, env=env, size=size)
                journal.append(
                    e.TaskAdded(f"t{n}", f"Piece of work {n}", "words", "/repo"),
                    e.SessionClaimed(f"s{n}", f"t{n}", "builtin", "local"),
                    e.SessionBusy(f"s{n}", "record"),
                )

    def sit_down(
        self, size: tuple[int, int] = (120, 36), env: Mapping[str, str] | None = None
    ) -> Terminal:
        """Open the app in a terminal."""
        given = {"HOME": str(self.folder), "PYTHONPATH": str(ROOT), "TERM": "xterm-256color"}
        env = ENV | given | dict(env or {})
        return self._opened(Terminal(self._app, env, size))

    def sit_down_nested(self, size: tuple[int, int] = (120, 36)) -> Terminal:
        """Open the app inside of a tmux that knows 256 colours and the mouse, inside of another."""
        conf, app = self.folder / "nested.conf", shlex.join(self._app)
        conf.write_text("set -g default-terminal screen-256color\nset -g mouse on\n")
        for name in ("inner", "outer"):
            self._nested.append(str(self.folder / f"{name}.sock"))
            argv = [
                "env",
                "-u",
                "TMUX",
                "tmux",
                "-f",
                str(conf),
                "-S",
                self._nested[-1],
                "new",
                app,
            ]
            app = shlex.join(argv)
        env = ENV | {"HOME": str(self.folder), "PYTHONPATH": str(ROOT), "TERM": "xterm-256color"}
        return self._opened(Terminal(argv, env, size))

    @property
    def _app(self) -> list[str]:
        return [sys.executable, str(self.folder / "app.py"), str(self.folder)]

    def attach(self, size: tuple[int, int] = (80, 25)) -> Terminal:
        """Open the first agent's terminal by tmux itself, with one line for its status."""
        env = ENV | {"TERM": "xterm-256color"}
        return self._opened(Terminal(self.tmux.attach_argv("s1"), env, size))

    def _opened(self, terminal: Terminal) -> Terminal:
        self._open.append(terminal)
        return terminal

    @property
    def heard(self) -> bytes:
        """What the probe has read since this was asked last."""
        data = self.heard_in.read_bytes()
        os.truncate(self.heard_in, 0)
        return data

    def hears(self, wanted: bytes) -> bytes:
        """Wait until the probe has read this, and return all it read until then."""
        until(lambda: wanted in self.heard_in.read_bytes(), self.heard_in.read_text)
        return self.heard

    def close(self) -> None:
        """Let go of everything."""
        for terminal in self._open:
            terminal.close()
        for socket in self._nested:
            kill = ["tmux", "-S", socket, "kill-server"]
            subprocess.run(kill, capture_output=True, check=False)
        self.tmux.stop_server()
        shutil.rmtree(self.folder, ignore_errors=True)
