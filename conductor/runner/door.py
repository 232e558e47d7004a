"""The runner's door: whether it is there, and how whoever needs it starts it."""

from __future__ import annotations

import fcntl
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.places import Places

SESSION = "runner"


def running(places: Places) -> bool:
    """Say whether a runner holds this home's lock."""
    try:
        lock = os.open(places.runner_lock, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(lock)


def ensure(places: Places) -> bool:
    """Start the runner in a tmux session of its own unless it runs; say whether it was started."""
    if running(places):
        return False
    from conductor.terminals.server import Tmux

    tmux = Tmux(places.terminals)
    argv = (sys.executable, "-I", "-m", "conductor.runner")
    tmux.replace(SESSION, argv, cwd=places.state, env=_environment(places))
    return True


def _environment(places: Places) -> dict[str, str]:
    """Return what the runner needs of ours; no key of the person's goes with it."""
    kept = ("HOME", "PATH", "LANG", "LC_ALL", "LC_CTYPE", "USER", "LOGNAME", "SHELL", "TMPDIR")
    env = {name: os.environ[name] for name in kept if name in os.environ}
    for name in (
        "CONDUCTOR_HOME",
        "XDG_CONFIG_HOME",
        "XDG_STATE_HOME",
        "CONDUCTOR_REHEARSAL_SPEED",
    ):
        if name in os.environ:
            env[name] = os.environ[name]
    return env
