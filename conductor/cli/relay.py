"""The quick way to the screens: whoever stands by with all of it loaded shows them here.

They run on a pseudoterminal whose other end is held here: what is typed goes in, what is painted
comes out. So the person's terminal is put back as it was whatever becomes of the screens, and
hanging up, or ending this process, ends them. Anything unusual goes the usual way instead.
"""

from __future__ import annotations

import os
import stat
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import socket

LONGEST_PATH = 100  # what a socket's address holds
PATIENCE = 2.0
"""Seconds until the usual way is quicker after all."""

TAKEN = b"+"
"""The answer once the screens are about to be painted; their exit code follows as another byte."""

# Off the alternate screen; no reports of keys, mouse, focus, paste, size; a cursor, wrapped lines.
_RESET = (
    b"\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?7h\x1b[?1000l\x1b[?1003l\x1b[?1006l\x1b[?1015l"
    b"\x1b[?1004l\x1b[?2004l\x1b[?2048l"
)

inside = False
"""Whether this process is what was asked to show the screens."""


def identity() -> bytes:
    """Say which program this is: another one's screens are not ours."""
    here = os.path.dirname(os.path.abspath(__file__))
    return os.fsencode(f"1 {sys.executable} {here} {sys.stdout.encoding} {os.getuid()}")


def uid_of(peer: socket) -> tuple[int, int]:
    """Ask the system who is at the other end: the process and its user."""
    import _socket

    raw = peer.getsockopt(_socket.SOL_SOCKET, _socket.SO_PEERCRED, 12)
    return tuple(int.from_bytes(raw[at : at + 4], sys.byteorder) for at in (0, 4))  # type: ignore[return-value]


def shown(address: str, words: list[str]) -> int | None:
    """Have the screens shown, and return their exit code; None if it must go the usual way."""
    if inside or not _usual() or len(os.fsencode(address)) > LONGEST_PATH:
        return None
    try:
        found = os.lstat(address)
        if not stat.S_ISSOCK(found.st_mode) or found.st_uid != os.getuid():
            return None
        ours, theirs = _terminal()
    except OSError:
        return None  # nobody stands by
    peer = None
    try:
        peer = _ask(address, words, theirs)
    except OSError:
        pass  # they have just gone, or are busy
    finally:
        os.close(theirs)
        if peer is None:
            os.close(ours)  # which hangs up on screens that come too late
    if peer is None:
        return None
    from conductor.cli.passing import pass_on

    return pass_on(ours, peer, _RESET)


def _usual() -> bool:
    """Say whether the screens would look the same elsewhere: one terminal, nothing set apart."""
    if sys.platform != "linux" or os.getuid() != os.geteuid():
        return False
    special = {name for name in os.environ if name.startswith(("PYTHON", "TEXTUAL", "ESCDELAY"))}
    if special - {"PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}:
        return False  # what is read when a program is loaded, which that one has been
    try:
        ends = {os.fstat(fd).st_rdev for fd in range(3) if os.isatty(fd)}
        return len(ends) == 1 and all(map(os.isatty, range(3)))
    except OSError:
        return False


def _terminal() -> tuple[int, int]:
    """Make a pseudoterminal that is as the person's terminal is now; return both its ends."""
    import fcntl
    import termios

    try:
        modes = termios.tcgetattr(0)
    except termios.error as error:
        raise OSError(*error.args) from error
    size = fcntl.ioctl(0, termios.TIOCGWINSZ, bytes(8))
    ours, theirs = os.openpty()
    termios.tcsetattr(theirs, termios.TCSANOW, modes)
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, size)
    return ours, theirs


def _ask(path: str, words: list[str], terminal: int) -> socket | None:
    """Ask for the screens in this terminal; return the line to them once they are about to come."""
    # `socket` would take as long to import as all the rest of this takes to run.
    import _socket

    peer = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    peer.settimeout(PATIENCE)
    peer.connect(path)
    if uid_of(peer)[1] != os.getuid():
        return None
    about = (os.getcwd(), str(_umask()), str(len(words)), *words)
    env = (name + b"=" + value for name, value in os.environb.items())
    asked = b"\0".join((identity(), *map(os.fsencode, about), *env))
    passed = (_socket.SOL_SOCKET, _socket.SCM_RIGHTS, terminal.to_bytes(4, sys.byteorder))
    peer.sendmsg([len(asked).to_bytes(8, "big")], [passed])
    peer.sendall(asked)
    import conductor.cli.passing  # noqa: F401 — while the other side paints

    return peer if peer.recv(1) == TAKEN else None


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
