"""The fleet over real agents' terminals: what it costs, and how late it shows what they write.

Each figure comes from the app itself in a terminal of its own, over a tmux server of its own, on
Linux (it reads /proc). `python -m tests.bench.bench_live` prints them beside their targets.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import pty
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from conductor import events as e
from conductor.journal import Journal
from conductor.places import Places
from conductor.terminals.server import Tmux
from conductor.terminals.wall import Wall
from tests.bench.bench_screens import AGENT, ENV, WRITTEN, _server_time

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
QUIET = "import sys\nsys.stdin.read()\n"
FLOOD = """
import sys
sys.stdin.readline()
line = b"".join(b"\\x1b[38;5;%dmwords and " % n for n in range(16, 28)) + b"\\x1b[0m\\r\\n"
many = line * 2000
left = int(sys.argv[1])
while left > 0:
    sys.stdout.buffer.write(many)
    left -= len(many)
sys.stdout.buffer.write(b"\\x1b[2J\\x1b[Hthe end of the flood")
sys.stdout.flush()
sys.stdin.read()
"""


class Seat:
    """A home with so many agents, and the fleet in a terminal that is read as fast as it writes."""

    def __init__(self, folder: Path, agent: str, count: int, size: tuple[int, int]) -> None:
        self.folder = folder
        self.places = Places(str(folder), str(folder))
        self.places.make()
        self.tmux = Tmux(Path(self.places.terminals))
        program = folder / "agent.py"
        program.write_text(agent, encoding="utf-8")
        with Journal(self.places.journal) as journal:
            for n in range(1, count + 1):
                argv = [sys.executable, "-I", "-S", str(program), str(n)]
                self.tmux.start(f"s{n}", argv, cwd=folder, env=ENV)
                journal.append(
                    e.TaskAdded(f"t{n}", f"Piece of work number {n}", "words", "/repo"),
                    e.SessionClaimed(f"s{n}", f"t{n}", "builtin", "local"),
                    e.SessionBusy(f"s{n}", "record"),
                )
        self.server = int(self.tmux.run("display-message", "-p", "-t", "=s1:", "#{pid}"))
        self.seen = b""
        self._look(size)

    def _look(self, size: tuple[int, int]) -> None:
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "PYTHONPATH": str(ROOT)}
        env |= {"LANG": "C.UTF-8", "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        argv = [sys.executable, "-m", "tests.bench.live_app", str(self.folder), self.out]
        self.app = subprocess.Popen(
            argv, stdin=theirs, stdout=theirs, stderr=theirs, env=env, start_new_session=True
        )
        os.close(theirs)
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def out(self) -> str:
        """Where the app tells what it noted."""
        return str(self.folder / "told.json")

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while data := os.read(self.ours, 1 << 16):
                self.seen = (self.seen + data)[-1 << 16 :]

    def press(self, keys: bytes) -> None:
        """Type to the app."""
        self.seen = b""
        os.write(self.ours, keys)

    def until(self, text: bytes) -> float:
        """Wait until this is written to the terminal, and return how long it took, in ms."""
        begun = time.perf_counter()
        while text not in self.seen:
            if time.perf_counter() - begun > 30:
                raise RuntimeError(f"{text!r} never came: {self.seen[-600:]!r}")
            time.sleep(0.0002)
        return (time.perf_counter() - begun) * 1e3

    def spent(self) -> tuple[float, float]:
        """Return the processor seconds of the app and of tmux so far."""
        return _server_time(self.app.pid), _server_time(self.server)

    def told(self) -> tuple[list[float], int]:
        """Ask the app what it noted."""
        Path(self.out).unlink(missing_ok=True)
        self.app.send_signal(signal.SIGUSR1)
        until = time.monotonic() + 10
        while not os.path.exists(self.out) or not os.path.getsize(self.out):
            if time.monotonic() > until:
                raise RuntimeError("the app told nothing")
            time.sleep(0.01)
        waits, followed = json.loads(Path(self.out).read_text())
        return sorted(waits), followed

    def memory(self) -> float:
        """Return the app's own share of memory, in MB."""
        lines = Path(f"/proc/{self.app.pid}/smaps_rollup").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("Pss:")).split()[1]) / 1024

    def leave(self) -> None:
        """End everything."""
        self.app.kill()
        self.app.wait()
        os.close(self.ours)
        self.tmux.stop_server()


@contextlib.contextmanager
def seat(agent: str, count: int, size: tuple[int, int] = (250, 70)) -> Iterator[Seat]:
    """Sit down before so many agents."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        here = Seat(folder, agent, count, size)
        try:
            here.until(b"words" if agent is AGENT else b"t1")
            time.sleep(3)  # until it runs evenly: no figure depends on how long exactly
            yield here
        finally:
            here.leave()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def percentile(figures: list[float], share: float) -> float:
    """Return the figure that this share of all are at most."""
    return figures[min(len(figures) - 1, int(len(figures) * share))] if figures else float("nan")


def said(label: str, figure: float, unit: str, target: float, *, least: bool = False) -> bool:
    """Print a figure beside its target, and say whether it is reached."""
    reached = figure >= target if least else figure <= target
    sign = "≥" if least else "≤"
    print(
        f"  {'reached' if reached else 'MISSED '}: {label}: {figure:.2f} {unit} ({sign} {target})"
    )
    return reached


def hundred(seconds: float = 8.0) -> bool:
    """A hundred agents at ten updates a second, of which a screenful is seen."""
    with seat(AGENT, 100, (120, 24)) as here:
        here.app.send_signal(signal.SIGUSR2)
        before = here.spent()
        time.sleep(seconds)
        after = here.spent()
        waits, followed = here.told()
    shares = [100 * (b - a) / seconds for a, b in zip(before, after, strict=True)]
    print(f"100 agents, {followed} in sight: {shares[0]:.1f} % app + {shares[1]:.1f} % tmux")
    reached = said("app and tmux", sum(shares), "% of a core", 45)
    reached &= said("write to our hands, p50", statistics.median(waits), "ms", 1)
    return reached & said("write to our hands, p95", percentile(waits, 0.95), "ms", 5)


def typing(letters: int = 60) -> bool:
    """Letters typed inside a tile, with thirty busy ones around it."""
    waits = []
    with seat(AGENT, 30) as here:
        here.tmux.start("s31", ["cat"], cwd=here.folder, env=ENV)
        with Journal(here.places.journal) as journal:
            journal.append(
                e.TaskAdded("t31", "Echo", "words", "/repo"),
                e.SessionClaimed("s31", "t31", "builtin", "local"),
                e.SessionWaiting("s31", "record", "a1", "question", "What now?"),
            )
        time.sleep(1)
        here.press(b"w\r")  # to the one that waits, and into it
        here.until(b"F12 leaves")
        typed = b""
        for n in range(letters):
            typed += b"QZXJ"[n % 4 : n % 4 + 1]
            if len(typed) > 12:
                typed = typed[-1:]
                here.press(b"\r")
                time.sleep(0.1)
            here.press(typed[-1:])
            waits.append(here.until(typed))
            time.sleep(0.03)
    waits.sort()
    print("typing inside a tile, thirty busy ones around it")
    reached = said("echo p50", statistics.median(waits), "ms", 5)
    return reached & said("echo p95", percentile(waits, 0.95), "ms", 20)


def idle(seconds: float = 10.0) -> bool:
    """Thirty agents that do nothing."""
    with seat(QUIET, 30) as here:
        before = here.spent()
        time.sleep(seconds)
        after = here.spent()
        memory = here.memory()
    print("30 idle agents")
    reached = said("app", 100 * (after[0] - before[0]) / seconds, "% of a core", 0.5)
    return reached & said("memory", memory, "MB", 60 + 1.6 * 30)


async def _flood(tmux: Tmux, names: list[str], size: int) -> tuple[float, list[float], float]:
    changed = asyncio.Event()
    waits: list[float] = []
    seen: dict[str, str] = {}
    async with Wall(tmux, on_dirty=changed.set) as wall:
        wall.follow([*names, "flood"])
        async for _ in wall.changes():
            if all(wall.screen(name) is not None for name in (*names, "flood")):
                break
        wall.send("flood", b"\n")
        begun = time.monotonic()
        while True:
            await changed.wait()
            changed.clear()
            now = time.monotonic_ns()
            for name in wall.take():
                screen = wall.screen(name)
                if screen is None:
                    continue
                if name == "flood":
                    if "the end of the flood" in screen.row(0):
                        took = time.monotonic() - begun
                        return size / took / 1e6, sorted(waits), _resident()
                    continue
                found = WRITTEN.search(screen.row(0))
                if found and seen.get(name) != found[1]:
                    if name in seen:
                        waits.append((now - int(found[1])) / 1e6)
                    seen[name] = found[1]


def _resident() -> float:
    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def flood(size: int = 64_000_000) -> bool:
    """One agent prints 64 MB while nine others go on calmly."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    tmux = Tmux(folder)
    (folder / "agent.py").write_text(AGENT, encoding="utf-8")
    (folder / "flood.py").write_text(FLOOD, encoding="utf-8")
    names = [f"s{n}" for n in range(1, 10)]
    try:
        for n, name in enumerate(names):
            argv = [sys.executable, "-I", "-S", str(folder / "agent.py"), str(n)]
            tmux.start(name, argv, cwd=folder, env=ENV)
        argv = [sys.executable, "-I", "-S", str(folder / "flood.py"), str(size)]
        tmux.start("flood", argv, cwd=folder, env=ENV)
        server = int(tmux.run("display-message", "-p", "-t", "=flood:", "#{pid}"))
        before, spent, served = _resident(), time.process_time(), _server_time(server)
        rate, waits, after = asyncio.run(_flood(tmux, names, size))
        spent, served = time.process_time() - spent, _server_time(server) - served
    finally:
        tmux.stop_server()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"one agent prints 64 MB, nine others go on: {spent:.1f} s here, {served:.1f} s tmux")
    reached = said("flood", rate, "MB/s", 10, least=True)
    reached &= said("the others' wait, p95", percentile(waits, 0.95), "ms", 5)
    return reached & said("memory grown by", after - before, "MB", 64)


def main(names: list[str] | None = None) -> bool:
    """Measure all of it, or what is named."""
    every = {"hundred": hundred, "typing": typing, "idle": idle, "flood": flood}
    reached = [every[name]() for name in names or every]
    return all(reached)


if __name__ == "__main__":
    sys.exit(not main(sys.argv[1:]))
