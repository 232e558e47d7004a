"""Stands by with the screens loaded, and forks to show them in whatever terminal asks.

One process a home, started by screens that have been open for a while. It holds no thread, no
journal and no terminal; a fork gets the asker's environment, folder and mask, and nothing else of
anybody's. It ends when the program it has loaded is not the one on disk any more.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import os
import select
import signal
import socket
import sys
import termios
import threading
import time

from conductor.cli import relay
from conductor.places import Places, places
from conductor.program import stamp
from conductor.values import Value

CHECK = 60.0
"""Seconds between two looks at whether anybody could still find us."""

MOST = 8 << 20
"""Bytes that an environment and a command line may have."""


class Asked(Value):
    """What somebody wants shown, where, and with which environment."""

    terminal: int
    cwd: bytes
    umask: int
    words: tuple[str, ...]
    env: dict[bytes, bytes]


def stand_by(where: Places) -> int:
    """Stand by until nobody can find us any more; in a fork, show the screens and return."""
    lock = where.open_lock(f"{where.standby}.lock")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return 0  # somebody does already
    loaded = stamp()
    _load(where)
    if threading.active_count() != 1:
        print("conductor: something started a thread, so no fork is safe", file=sys.stderr)
        return 1
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the screens
    gc.collect()
    gc.freeze()  # so that a fork shares what it does not change
    path = where.standby
    door, known = _listen(path)
    while stamp() == loaded and _at(path) == known:
        if not select.select([door], [], [], CHECK)[0]:
            continue
        peer, _ = door.accept()
        with peer:
            asked = _receive(peer) if _trusted(peer) and stamp() == loaded else None
            if asked is None:
                continue
            if os.fork() == 0:
                door.close()
                os.close(lock)
                return _show(peer, asked)
            os.close(asked.terminal)
    if _at(path) == known:
        os.unlink(path)
    return 0


def _load(where: Places) -> None:
    """Import the screens, and draw them once, so that all that can be known before is known."""
    import conductor.cli.main
    import conductor.cli.screens
    import conductor.tui.live
    import conductor.tui.opening  # noqa: F401
    from conductor.config import ConfigError, load
    from conductor.tui.shot import ShotError, render

    try:
        render("fleet", (120, 40), load(where.config_file).theme, "evening")
    except (ConfigError, ShotError):  # who opens the screens is told what is wrong in there
        render("fleet", (120, 40), None, "evening")


def _listen(path: str) -> tuple[socket.socket, tuple[int, int] | None]:
    """Open the socket for its owner alone; return it, and what stands at its address now."""
    door = socket.socket(socket.AF_UNIX)
    if _at(path):
        os.unlink(path)
    mask = os.umask(0o177)
    door.bind(path)
    os.umask(mask)
    door.listen(8)
    return door, _at(path)


def _at(path: str) -> tuple[int, int] | None:
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _trusted(peer: socket.socket) -> bool:
    """Say whether a process of the same person asks, from the same side of every container."""
    pid, uid = relay.uid_of(peer)
    try:
        return uid == os.getuid() and all(
            os.readlink(f"/proc/{pid}/ns/{kind}") == os.readlink(f"/proc/self/ns/{kind}")
            for kind in ("mnt", "pid", "user", "net")
        )
    except OSError:
        return False


def _receive(peer: socket.socket) -> Asked | None:
    """Read what is asked for; None if it is for another program, or does not come in time."""
    peer.settimeout(relay.PATIENCE / 4)
    terminals: list[int] = []
    try:
        head, terminals, _, _ = socket.recv_fds(peer, 8, 1)
        content = b""
        while len(content) < int.from_bytes(head, "big"):
            if not (more := peer.recv(1 << 16)) or len(content) > MOST:
                raise ValueError("it ends in the middle")
            content += more
        identity, cwd, umask, count, *rest = content.split(b"\0")
        if identity != relay.identity() or len(terminals) != 1:
            raise ValueError("it is for another program")
        words, env = rest[: int(count)], rest[int(count) :]
    except (OSError, ValueError):
        for each in terminals:
            os.close(each)
        return None
    return Asked(
        terminals[0], cwd, int(umask), tuple(map(os.fsdecode, words)),
        {name: value for name, _, value in (one.partition(b"=") for one in env)},
    )  # fmt: skip


def _show(peer: socket.socket, asked: Asked) -> int:
    """Be, in this fork, what was asked for: its terminal, its environment, its folder."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    fcntl.ioctl(asked.terminal, termios.TIOCSCTTY, 0)
    for fd, name in enumerate(("stdin", "stdout", "stderr")):
        os.dup2(asked.terminal, fd)
        mode = "w" if fd else "r"
        stream = open(fd, mode, buffering=1, closefd=False)  # noqa: SIM115 — for as long as we are
        for known in (name, f"__{name}__"):
            setattr(sys, known, stream)
    os.close(asked.terminal)
    os.environ.clear()
    os.environb.update(asked.env)
    time.tzset()
    os.umask(asked.umask)
    os.chdir(asked.cwd)
    answer = os.dup(peer.fileno())  # open until this process is gone, which is what tells
    os.write(answer, relay.TAKEN)
    relay.inside = True
    sys.argv = ["conductor", *asked.words]
    from conductor.cli.main import main

    code = 1
    try:
        code = main()
        sys.stdout.flush()
    finally:
        with contextlib.suppress(OSError):  # whoever asked was killed meanwhile
            os.write(answer, bytes([code & 0xFF]))
    return code


if __name__ == "__main__":
    sys.exit(stand_by(places()))
