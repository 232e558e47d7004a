"""Words handed to a hook of ours that waits on a pipe, or to an agent that follows a file."""

from __future__ import annotations

import errno
import os
import stat
import time
from pathlib import Path

from harnesses import HarnessError

PATIENCE = 1.0
"""How long a hook may take from telling that it asks to reading its pipe."""


def write(pipe: Path, text: str) -> None:
    """Write to whoever reads the pipe; nobody does when the ask was answered elsewhere."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            opened = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
            break
        except OSError as error:
            if error.errno not in (errno.ENXIO, errno.ENOENT, errno.ELOOP):
                raise
            if error.errno != errno.ENXIO or time.monotonic() > until:
                raise HarnessError("nothing waits for this answer any more") from error
        time.sleep(0.02)
    with open(opened, "wb") as file:
        if not stat.S_ISFIFO(os.fstat(opened).st_mode):
            raise HarnessError(f"{pipe} is not a pipe of ours")
        os.set_blocking(opened, True)  # longer than a pipe holds: the hook reads on
        file.write(text.encode("utf-8", "replace"))


def append(path: Path, line: str) -> None:
    """Add a line to a file that the agent follows, in one piece."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    with open(os.open(path, flags, 0o600), "ab", buffering=0) as file:
        file.write(f"{line}\n".encode("utf-8", "replace"))
