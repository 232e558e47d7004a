"""Where the tmux socket of a state folder lives, also when its path is too long for a socket."""

from __future__ import annotations

import os

from conductor.terminals.errors import TerminalError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

LONGEST = 100  # sun_path holds 104 bytes on macOS and 108 on Linux, the NUL included
_RECORD = "tmux.socket"


def plain_socket(folder: str) -> str | None:
    """Return the socket's path in the state folder itself, unless that is too deep."""
    plain = os.path.join(folder, "tmux.sock")
    return plain if len(os.fsencode(plain)) <= LONGEST else None


def socket_for(folder: Path) -> Path:
    """Return the socket's path; a short private folder stands in for one that is too deep."""
    from pathlib import Path

    if plain := plain_socket(os.fspath(folder)):
        return Path(plain)
    # Recorded, because XDG_RUNTIME_DIR differs between a desktop and an ssh login.
    record = folder / _RECORD
    try:
        known = Path(os.fsdecode(record.read_bytes()))
    except FileNotFoundError:
        known = None
    if known is not None and known.parent.is_dir():
        _check_private(known.parent)
        return known
    private = _private_folder(folder)
    record.write_bytes(os.fsencode(private / "tmux.sock"))
    record.chmod(0o600)
    return private / "tmux.sock"


def _private_folder(folder: Path) -> Path:
    import hashlib
    from pathlib import Path

    root = os.environ.get("XDG_RUNTIME_DIR") or "/tmp"  # noqa: S108 - checked to be ours below
    name = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:12]
    private = Path(root) / f"conductor-{os.getuid()}-{name}"
    if len(os.fsencode(private / "tmux.sock")) > LONGEST:
        private = Path("/tmp") / private.name  # noqa: S108 - checked to be ours below
    try:
        private.mkdir(mode=0o700)
    except FileExistsError:
        pass
    except OSError as error:
        raise TerminalError(
            f"cannot make a folder for tmux's socket: {error}; choose a shorter state folder"
        ) from error
    _check_private(private)
    return private


def _check_private(private: Path) -> None:
    """Refuse a folder that another user could have put in our place."""
    import stat

    found = private.lstat()
    if (
        not stat.S_ISDIR(found.st_mode)
        or found.st_uid != os.getuid()
        or stat.S_IMODE(found.st_mode) & 0o077
    ):
        raise TerminalError(
            f"{private} is not a private folder of yours; remove it and start again"
        )
