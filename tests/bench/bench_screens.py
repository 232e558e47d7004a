"""Live screens against polling tmux with libtmux: latency and processor time, in one run.

Run it as `python -m tests.bench.bench_screens [panes] [seconds]`. Agents redraw a few coloured
lines of a 200x50 screen ten times a second and print the moment they wrote them.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from conductor.terminals.server import Tmux
from conductor.terminals.wall import Wall

if TYPE_CHECKING:
    from collections.abc import Callable

RATE = 10
AGENT = f"""
import random, sys, time
dice = random.Random(int(sys.argv[1]))
sys.stdout.write("\\x1b[?1049h\\x1b[2J")
time.sleep(dice.random())
while True:
    out = []
    for _ in range(4):
        out.append("\\x1b[%d;1H" % dice.randint(2, 49))
        for _ in range(12):
            out.append("\\x1b[38;5;%dmwords and " % dice.randint(0, 255))
    out.append("\\x1b[0m\\x1b[1;1Hat %d!" % time.monotonic_ns())
    sys.stdout.write("".join(out))
    sys.stdout.flush()
    time.sleep(1 / {RATE})
"""
WRITTEN = re.compile(r"at (\d+)!")
ENV = {"PATH": os.environ["PATH"], "TERM": "tmux-256color", "LANG": "C.UTF-8"}


class Meter:
    """Notes when what an agent wrote was first seen."""

    def __init__(self) -> None:
        self._seen: dict[str, str] = {}
        self.latencies: list[float] = []

    def see(self, name: str, row: str) -> None:
        """Take the first row of a screen."""
        found = WRITTEN.search(row)
        if found and self._seen.get(name) != found[1]:
            if name in self._seen:
                self.latencies.append((time.monotonic_ns() - int(found[1])) / 1e6)
            self._seen[name] = found[1]


async def ours(tmux: Tmux, names: list[str], meter: Meter, seconds: float) -> None:
    """Follow every screen and read each row that changed."""
    changed = asyncio.Event()
    async with Wall(tmux, on_dirty=changed.set) as wall:
        wall.follow(names)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            await changed.wait()
            changed.clear()
            for name in wall.take():
                screen = wall.screen(name)
                if screen is not None:
                    rows = [screen.row(y) for y in screen.dirty()]
                    meter.see(name, rows[0] if rows else "")


def polling(tmux: Tmux, names: list[str], meter: Meter, seconds: float) -> None:
    """Capture every screen ten times a second, as a libtmux program would."""
    import libtmux

    server = libtmux.Server(socket_path=str(tmux.socket))
    panes = {
        session.session_name: session.active_pane
        for session in server.sessions
        if session.session_name in names
    }
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        begun = time.monotonic()
        for name, pane in panes.items():
            assert pane is not None
            rows = pane.capture_pane(escape_sequences=True)
            meter.see(str(name), rows[0] if rows else "")
        time.sleep(max(0.0, 0.1 - (time.monotonic() - begun)))


def measure(
    label: str, tmux: Tmux, run: Callable[[Meter], None], seconds: float
) -> tuple[float, float]:
    """Run one way of looking and print what it costs; return latency and processor time."""
    server = int(tmux.run("display-message", "-p", "-t", "=s0:", "#{pid}"))
    meter, before, served = Meter(), _own(), _server_time(server)
    run(meter)
    spent = 100 * (_own() - before) / seconds
    serving = 100 * (_server_time(server) - served) / seconds
    lags = sorted(meter.latencies) or [float("nan")]
    median, late = statistics.median(lags), lags[int(len(lags) * 0.95) - 1]
    print(
        f"{label:18} {len(lags) / seconds:6.0f} updates/s seen   p50 {median:7.2f} ms"
        f"   p95 {late:7.2f} ms   CPU {spent:5.1f} % here + {serving:5.1f} % tmux"
    )
    return median, spent + serving


def _own() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _server_time(pid: int) -> float:
    """Return the seconds of processor time a process has used; 0 where there is no /proc."""
    path = Path(f"/proc/{pid}/stat")
    if not path.exists():
        return 0.0
    fields = path.read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main(panes: int = 30, seconds: float = 8.0) -> None:
    """Measure both ways on the same agents and print the ratios."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    tmux = Tmux(folder)
    (folder / "agent.py").write_text(AGENT, encoding="utf-8")
    names = [f"s{number}" for number in range(panes)]
    try:
        for number, name in enumerate(names):
            argv = [sys.executable, "-I", "-S", str(folder / "agent.py"), str(number)]
            tmux.start(name, argv, cwd=folder, env=ENV)
        time.sleep(2)  # until every agent draws: no figure depends on how long exactly
        print(f"{panes} agents, {RATE} updates a second each, 200x50, {seconds:.0f} s each way")
        mine = measure(
            "wall", tmux, lambda meter: asyncio.run(ours(tmux, names, meter, seconds)), seconds
        )
        theirs = measure(
            "libtmux at 10 Hz", tmux, lambda meter: polling(tmux, names, meter, seconds), seconds
        )
        print(f"latency 1/{theirs[0] / mine[0]:.0f}, processor time 1/{theirs[1] / mine[1]:.1f}")
    finally:
        tmux.stop_server()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
