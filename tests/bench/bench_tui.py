"""First paint of the screens beside an empty Textual app: new, with a past, and stood by for.

Baseline: an empty Textual app in the same run, byte-compiled, each run in turn so that a noisy
neighbour hits both. What counts is the time from the start of the process to its first frame, and
of several runs the fastest: what the program takes, not what the machine was busy with meanwhile.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time

RUNS = 15
LIMIT = 1.25
LIMIT_STOOD_BY = 0.36  # 60 ms where an empty app takes 0.17 s
EMPTY = "from textual.app import App\nApp().run()\n"
COMMAND = os.path.join(os.path.dirname(sys.executable), "conductor")
OURS = "import sys\nfrom conductor.cli.screens import screens\nsys.exit(screens([]))\n"


def first_frame(
    script: str | list[str], env: dict[str, str], size: tuple[int, int] = (120, 40)
) -> float:
    """Return the seconds until a program has painted its first frame into a terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    begun = time.perf_counter()
    argv = [sys.executable, "-c", script] if isinstance(script, str) else script
    process = subprocess.Popen(
        argv, stdin=theirs, stdout=theirs, stderr=theirs, env=env,
        start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    seen = b""
    try:
        while time.perf_counter() - begun < 20:
            if not select.select([ours], [], [], 1)[0]:
                continue
            try:
                seen += os.read(ours, 65536)
            except OSError:
                break
            # A frame is a screen's worth of lines, each on a ground of the theme.
            if seen.count(b"48;2;") >= size[1] - 1:
                return time.perf_counter() - begun
        raise RuntimeError(f"no frame came: {seen[-400:]!r}")
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def past(home: str, tasks: int, facts: int) -> None:
    """Fill a journal with finished tasks and many facts about them."""
    from conductor import events as e
    from conductor.journal import Journal
    from conductor.places import places

    where = places({"CONDUCTOR_HOME": home})
    where.make()
    with Journal(where.journal) as journal:
        each = max(1, facts // tasks - 8)
        for n in range(1, tasks + 1):
            task, session, commit = f"t{n}", f"s{n}", f"{n:040x}"
            journal.append(
                e.TaskAdded(task, f"Task {n} of long ago", "words", "/repo"),
                e.SessionClaimed(session, task, "builtin", "local"),
                *[e.SessionBusy(session, "record") for _ in range(each)],
                e.SnapshotTaken(session, commit, commit, ("a.py",), (), 4, 2),
                e.SessionIdle(session, "record", "Done."),
                e.ReviewReady(task, session, commit),
                e.ChangeApproved(task, session, commit),
                e.ChangeLanded(task, "main", commit, commit),
                e.SessionEnded(session, "process", 0),
            )


def measure(runs: int = RUNS) -> dict[str, float]:
    """Return the fastest in seconds: an empty app, an empty home, and a long past."""
    with tempfile.TemporaryDirectory() as folder:
        env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        env |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        homes = {"home": os.path.join(folder, "new"), "past": os.path.join(folder, "old")}
        past(homes["past"], 500, 100_000)
        kinds: dict[str, tuple[str | list[str], dict[str, str]]] = {"empty app": (EMPTY, env)}
        kinds |= {name: (OURS, env | {"CONDUCTOR_HOME": home}) for name, home in homes.items()}
        kinds["stood by"] = ([COMMAND], env | {"CONDUCTOR_HOME": homes["past"]})
        times: dict[str, list[float]] = {name: [] for name in kinds}
        try:
            _stand_by(homes["past"])
            for turn in range(runs + 1):
                for name, (script, given) in kinds.items():
                    seconds = first_frame(script, given)
                    if turn:  # the first of each compiles
                        times[name].append(seconds)
        finally:
            for home in homes.values():
                _end(home)
        return {name: min(found) for name, found in times.items()}


def _stand_by(home: str) -> None:
    from conductor.places import places
    from conductor.runner.door import stand_by

    where = places({"CONDUCTOR_HOME": home})
    os.environ["CONDUCTOR_HOME"] = home
    stand_by(where)
    while not os.path.exists(where.standby):
        time.sleep(0.05)


def _end(home: str) -> None:
    """End the runner that a screen may have started, and its terminals."""
    from pathlib import Path

    from conductor.places import places
    from conductor.terminals.server import Tmux

    Tmux(Path(places({"CONDUCTOR_HOME": home}).terminals)).stop_server()


def main() -> int:
    """Print the figures; fail where the limit is passed."""
    found = measure()
    base = found.pop("empty app")
    print(f"first paint: empty Textual app {base * 1000:.0f} ms")
    worst = 0.0
    for name, seconds in found.items():
        ratio = seconds / base
        words, limit = {
            "home": ("empty home", LIMIT),
            "past": ("100,000 facts, 500 finished tasks", LIMIT),
            "stood by": ("the same, with one that stands by", LIMIT_STOOD_BY),
        }[name]
        worst = max(worst, ratio / limit)
        print(f"first paint: {words}: {seconds * 1000:.0f} ms, {ratio:.2f} x (at most {limit})")
    return int(worst > 1)


if __name__ == "__main__":
    sys.exit(main())
