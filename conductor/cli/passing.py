"""Passing what is typed to a pseudoterminal, and what is painted there to the person's terminal."""

from __future__ import annotations

import fcntl
import os
import select
import sys
import termios
import tty

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from _socket import socket
else:
    import _signal as signal  # the same without names for its numbers, which take 6 ms to import

MOST = 1 << 16
"""Bytes typed, or pasted, that may be on their way: then no more is read until they have gone."""


class _Ended(Exception):
    """This process was told to end, by the signal of that number."""


def pass_on(ours: int, peer: socket, reset: bytes) -> int:
    """Pass everything on until the screens have ended; return their exit code."""
    before = termios.tcgetattr(0)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, _end)

    def resize(*_: object) -> None:
        fcntl.ioctl(ours, termios.TIOCSWINSZ, fcntl.ioctl(0, termios.TIOCGWINSZ, bytes(8)))

    signal.signal(signal.SIGWINCH, resize)
    os.set_blocking(ours, False)
    code: int | None = None
    why = "the screens ended in the middle of something; `conductor` shows them again"
    try:
        tty.setraw(0, termios.TCSANOW)
        resize()
        code = _until_ended(ours, peer)
    except _Ended as ended:
        code, why = 128 + ended.args[0], ""
    finally:
        signal.signal(signal.SIGWINCH, signal.SIG_IGN)
        os.close(ours)  # which hangs up on them, if they are still there
        try:
            if code is None or not why:
                _write(1, reset)
            termios.tcsetattr(0, termios.TCSANOW, before)
        except (OSError, termios.error):
            pass  # there may be no terminal any more
    if code is None:
        print(f"conductor: {why}", file=sys.stderr)
        return 1
    return code


def _end(number: int, _: object) -> None:
    raise _Ended(number)


def _until_ended(ours: int, peer: socket) -> int | None:
    typed, code = b"", b""
    watched = {ours, peer.fileno()}
    while True:
        reading = watched if len(typed) > MOST else {0, *watched}
        ready, free, _ = select.select(reading, [ours] if typed else [], [])
        if ours in ready and not _painted(ours):
            watched.discard(ours)  # all is closed there: only the exit code is missing
        if 0 in ready:
            typed += _typed()
        if typed and (free or 0 in ready):
            typed = typed[_taken(ours, typed) :]
        if peer.fileno() in ready:
            news = peer.recv(1)
            if not news:
                while _painted(ours):
                    pass
                return code[0] if code else None
            code = news


def _typed() -> bytes:
    try:
        content = os.read(0, MOST)
    except OSError:  # how Linux says that the terminal is gone
        content = b""
    if not content:
        raise _Ended(signal.SIGHUP)
    return content


def _painted(ours: int) -> bool:
    """Pass on what was painted, and say whether there was anything."""
    try:
        content = os.read(ours, MOST)
    except BlockingIOError:
        return False
    except OSError:  # how Linux says that the other end is closed
        return False
    try:
        _write(1, content)
    except OSError:
        raise _Ended(signal.SIGHUP) from None
    return bool(content)


def _taken(ours: int, typed: bytes) -> int:
    try:
        return os.write(ours, typed)
    except BlockingIOError:
        return 0
    except OSError:  # nobody is there to take it
        return len(typed)


def _write(fd: int, content: bytes) -> None:
    while content:
        content = content[os.write(fd, content) :]
