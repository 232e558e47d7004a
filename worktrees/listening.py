"""Being told which files of worktrees change where a system tells of whole folders, as a Mac does.

A thread a worktree takes in what `watchfiles` says of everything below it. Changes in folders that
nobody asked about, such as those that git ignores, are dropped at once.
"""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Set

_STEP, _GATHER = 50, 200  # milliseconds: between looks at what the system told, and in one answer


class Recursive:
    """Tells which paths of which worktrees have changed since it was last asked."""

    def __init__(self) -> None:
        self._ready, self._wake = os.pipe()
        for end in (self._ready, self._wake):
            os.set_blocking(end, False)
        self._lock = threading.Lock()
        self._folders: dict[str, set[str]] = {}
        self._stops: dict[str, threading.Event] = {}
        self._found: dict[str, set[str] | None] = {}

    def fileno(self) -> int:
        """The descriptor that becomes readable when something has changed."""
        return self._ready

    def close(self) -> None:
        """Stop being told."""
        for root in list(self._stops):
            self.drop(root)
        with self._lock:
            os.close(self._ready)
            os.close(self._wake)
            self._wake = -1

    def add(self, root: str, folders: Set[str]) -> None:
        """Be told of what happens in these folders of a worktree; "" is its top."""
        with self._lock:
            self._folders.setdefault(root, set()).update(folders)
        if root not in self._stops:
            stop = self._stops[root] = threading.Event()
            threading.Thread(target=self._listen, args=(root, stop), daemon=True).start()

    def drop(self, root: str) -> None:
        """Be told no more of a worktree."""
        if stop := self._stops.pop(root, None):
            stop.set()
        with self._lock:
            self._folders.pop(root, None)
            self._found.pop(root, None)

    def changes(self) -> dict[str, set[str] | None]:
        """What changed, by worktree; None where more did than can be told."""
        with self._lock:
            with contextlib.suppress(BlockingIOError):
                os.read(self._ready, 1 << 16)
            found, self._found = self._found, {}
        return found

    def _listen(self, root: str, stop: threading.Event) -> None:
        from watchfiles import watch

        told = watch(
            root, watch_filter=None, stop_event=stop, raise_interrupt=False,
            step=_STEP, debounce=_GATHER, ignore_permission_denied=True,
        )  # fmt: skip
        with contextlib.suppress(OSError):  # its folder is gone: so is what would be told
            for changes in told:
                self._take(root, {os.path.relpath(path, root) for _, path in changes}, stop)

    def _take(self, root: str, paths: set[str], stop: threading.Event) -> None:
        with self._lock:
            known = self._folders.get(root, set())
            news = {path for path in paths if os.path.dirname(path) in known} - {".git", "."}
            if stop.is_set() or not news or self._wake < 0:
                return
            before = self._found.setdefault(root, set())
            if before is not None:
                before |= news
            with contextlib.suppress(BlockingIOError):  # full: it is readable already
                os.write(self._wake, b"!")
