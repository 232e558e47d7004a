"""A settings file, followed: what a running runner knows of it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from conductor import events as e
from conductor.config import ConfigError, Settings

T = TypeVar("T")

BEING_WRITTEN = 1_000_000_000
"""Nanoseconds for which a settings file that was just emptied is taken to be in the making."""


class Followed(Generic[T]):
    """A settings file that is read again when it changes; a broken one leaves what was there."""

    def __init__(self, path: str, read: Callable[[], T], content: T) -> None:
        self.path = path
        self.content = content
        self._read = read
        self._stamp: tuple[int, int, int] | None = (-1, 0, 0)

    def look(self) -> e.TroubleSeen | e.TroubleCleared | None:
        """Read the file again if it changed, and say whether it is right."""
        try:
            found = os.stat(self.path)
            stamp = (found.st_ino, found.st_size, found.st_mtime_ns)
        except FileNotFoundError:
            stamp = None
        except OSError as error:  # no folder any more, or no right to look: reading it says so
            stamp = (-2, error.errno or 0, 0)
        if stamp == self._stamp:
            return None
        if stamp and not stamp[1] and 0 <= time.time_ns() - stamp[2] < BEING_WRITTEN:
            return None  # most editors empty a file first
        self._stamp = stamp
        try:
            self.content = self._read()
        except ConfigError as error:
            return e.TroubleSeen(self.path, str(error))
        if isinstance(self.content, Settings) and self.content.wrong:
            return e.TroubleSeen(self.path, " ".join(self.content.wrong))
        return e.TroubleCleared(self.path)
