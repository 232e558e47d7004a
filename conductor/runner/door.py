"""The runner's door: whether it is there, and how whoever needs it starts it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from conductor.places import Places

SESSION = "runner"
_KEPT = (
    "HOME", "PATH", "LANG", "LC_ALL", "LC_CTYPE", "USER", "LOGNAME", "SHELL", "TMPDIR", "TZ",
    "CONDUCTOR_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "CONDUCTOR_REHEARSAL_SPEED",
)  # fmt: skip


def running(places: Places) -> bool:
    """Say whether a runner holds this home's lock."""
    try:
        lock = os.open(places.runner_lock, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def ensure(places: Places, wait: float = 5.0) -> bool:
    """Start the runner in a tmux session of its own unless it runs; say whether it was started."""
    if running(places):
        return False
    from pathlib import Path

    from conductor.terminals.server import Tmux

    tmux = Tmux(Path(places.terminals))
    with _one_at_a_time(places):
        if running(places):
            return False
        tmux.kill(SESSION)  # the terminal of one that ended
        argv = (sys.executable, "-I", "-m", "conductor.runner")
        env = {name: os.environ[name] for name in _KEPT if name in os.environ}
        tmux.start(SESSION, argv, cwd=Path(places.state), env=env, size=(120, 30))
        until = time.monotonic() + wait
        while not running(places) and time.monotonic() < until:
            time.sleep(0.02)
    return True


@contextlib.contextmanager
def _one_at_a_time(places: Places) -> Iterator[None]:
    """Keep two doors from starting two runners, or ending each other's."""
    lock = os.open(f"{places.runner_lock}.door", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
