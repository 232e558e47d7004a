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
    from conductor.terminals.server import Tmux

SESSION = "runner"
STANDBY = "standby"
_KEPT = (
    "HOME", "PATH", "LANG", "LC_ALL", "LC_CTYPE", "USER", "LOGNAME", "SHELL", "TMPDIR", "TZ",
    "CONDUCTOR_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "CONDUCTOR_REHEARSAL_SPEED",
)  # fmt: skip


def running(places: Places) -> bool:
    """Say whether a runner holds this home's lock."""
    return _held(places.runner_lock)


def _held(path: str) -> bool:
    try:
        lock = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def _up(places: Places) -> bool:
    """Say whether the runner has opened all it needs, and so has put its process into its lock."""
    return running(places) and os.path.getsize(places.runner_lock) > 0


def ensure(places: Places, wait: float = 5.0) -> bool:
    """Start the runner in a tmux session of its own unless it runs; say whether it was started.

    One that ends at once is told of with its own last words.
    """
    if running(places):
        return False
    from pathlib import Path

    from conductor.terminals.server import Tmux

    places.make()
    tmux = Tmux(Path(places.terminals))
    with _one_at_a_time(places):
        if running(places):
            return False
        tmux.kill(SESSION)  # the terminal of one that ended
        argv = (sys.executable, "-I", "-m", "conductor.runner")
        env = {name: os.environ[name] for name in _KEPT if name in os.environ}
        tmux.start(SESSION, argv, cwd=Path(places.state), env=env, size=(120, 30))
        _await(places, tmux, time.monotonic() + wait)
    return True


def renew(places: Places, wait: float = 10.0) -> None:
    """Start the runner anew, with our PATH; agents go on meanwhile."""
    from pathlib import Path

    from conductor.terminals.errors import TerminalError
    from conductor.terminals.server import Tmux

    Tmux(Path(places.terminals)).kill(SESSION)
    until = time.monotonic() + wait
    while running(places):
        if time.monotonic() > until:
            raise TerminalError("the runner that is at work was started by hand: end that one")
        time.sleep(0.02)
    ensure(places)


def stand_by(places: Places) -> None:
    """Have a process stand by that shows further screens at once, unless one does already."""
    if sys.platform != "linux" or _held(places.standby + ".lock"):
        return
    from pathlib import Path

    from conductor.terminals.server import Tmux

    tmux = Tmux(Path(places.terminals))
    tmux.kill(STANDBY)  # the terminal of one that ended
    argv = (sys.executable, "-I", "-m", "conductor.cli.standby")
    env = {name: os.environ[name] for name in _KEPT if name in os.environ}
    tmux.start(STANDBY, argv, cwd=Path(places.state), env=env, size=(80, 24))


def _await(places: Places, tmux: Tmux, until: float) -> None:
    """Wait until the runner is up, or cannot be waited for any longer."""
    from conductor.terminals.errors import TerminalError

    looks = 0
    while not _up(places) and time.monotonic() < until:
        time.sleep(0.02)
        looks += 1
        if looks % 10 == 0 and _ended(tmux) and not running(places):
            raise TerminalError(f"it ended at once, and said: {_last_words(places, tmux)}")


def _ended(tmux: Tmux) -> bool:
    return not any(one.session == SESSION and not one.dead for one in tmux.list())


def _last_words(places: Places, tmux: Tmux) -> str:
    """Return what stands on its screen last, where a crash shows its reason."""
    from conductor.cleaning import clean_line
    from conductor.terminals.errors import TerminalError

    said = ""
    with contextlib.suppress(TerminalError):  # its terminal may be gone with it
        said = tmux.capture(SESSION, ansi=False, history=200)
    lines = [line for line in map(clean_line, said.splitlines()) if line]
    return " ".join(lines[-3:]) or f"nothing; {places.logs} may tell more"


@contextlib.contextmanager
def _one_at_a_time(places: Places) -> Iterator[None]:
    """Keep two doors from starting two runners, or ending each other's."""
    lock = places.open_lock(f"{places.runner_lock}.door")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
