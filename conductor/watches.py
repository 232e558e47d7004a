"""Being told by the system which files change, without being ended where it is short of threads."""

from __future__ import annotations

import errno
import os
import threading
from typing import TYPE_CHECKING, Any

from watchfiles import awatch

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from watchfiles.main import FileChange

_NEEDED = 2
"""Threads that a watch takes: one that listens, and one that waits for it."""


def watch(*paths: str, **how: Any) -> AsyncGenerator[set[FileChange]]:
    """Watch as `awatch` does, which aborts its whole process where it cannot have its threads."""
    done = threading.Event()
    tried = [threading.Thread(target=done.wait, daemon=True) for _ in range(_NEEDED)]
    try:
        for thread in tried:
            thread.start()
    except RuntimeError as error:
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN), "a thread to watch files") from error
    finally:
        done.set()
    for thread in tried:
        thread.join()
    return awatch(*paths, **how)
