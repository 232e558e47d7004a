"""Waking up when the journal changes: by the file system's own notice, never by asking again.

A writer rings the `bell` file once its facts can be read. Where the system allows, the write-ahead
log is watched as well, and who lets go of it: so a writer killed between commit and bell, for whom
the system does, is noticed too.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from conductor.journal import Journal
    from conductor.state import State

if sys.platform == "linux":
    _MODIFY, _CLOSED, _CREATE, _MOVED_TO = 0x2, 0x8, 0x100, 0x80

    class Bell:
        """A descriptor that becomes readable when the journal in this folder has changed."""

        def __init__(self, folder: str) -> None:
            libc = ctypes.CDLL(None, use_errno=True)
            self._fd = int(libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
            wanted = _MODIFY | _CLOSED | _CREATE | _MOVED_TO
            if self._fd < 0 or libc.inotify_add_watch(self._fd, os.fsencode(folder), wanted) < 0:
                code = ctypes.get_errno()
                raise OSError(code, os.strerror(code), folder)

        def fileno(self) -> int:
            """Return the descriptor to wait on."""
            return self._fd

        def quiet(self) -> None:
            """Take note of what has rung, so that the descriptor waits for the next time."""
            with contextlib.suppress(BlockingIOError):
                while os.read(self._fd, 65536):
                    pass

        def close(self) -> None:
            """Stop listening."""
            os.close(self._fd)

else:

    class Bell:
        """A descriptor that becomes readable when the journal in this folder has changed."""

        def __init__(self, folder: str) -> None:
            self._queue = select.kqueue()
            self._file = os.open(os.path.join(folder, "bell"), os.O_RDONLY)
            flags, notes = select.KQ_EV_ADD | select.KQ_EV_CLEAR, select.KQ_NOTE_WRITE
            rings = select.kevent(self._file, select.KQ_FILTER_VNODE, flags, notes)
            self._queue.control([rings], 0)

        def fileno(self) -> int:
            """Return the descriptor to wait on."""
            return self._queue.fileno()

        def quiet(self) -> None:
            """Take note of what has rung, so that the descriptor waits for the next time."""
            self._queue.control(None, 64, 0)

        def close(self) -> None:
            """Stop listening."""
            os.close(self._file)
            self._queue.close()


def watch(journal: Journal, timeout: float | None = None) -> Iterator[State]:
    """Yield the state now, and again each time it has changed; stop after `timeout` seconds."""
    deadline = None if timeout is None else time.monotonic() + timeout
    bell = Bell(journal.folder)
    try:
        state = journal.catch_up()
        yield state
        while deadline is None or time.monotonic() < deadline:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not select.select([bell], [], [], left)[0]:
                return
            bell.quiet()
            if (newer := journal.catch_up()) is not state:
                state = newer
                yield state
    finally:
        bell.close()
