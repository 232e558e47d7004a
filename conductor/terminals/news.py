"""Keeps apart what tmux 3.3 cannot have at once: news for its control clients, and a new one.

It tells of every session that comes or goes to each client that has said it is one for control,
also to one that has not finished introducing itself, and crashes over that, with every agent. So
whoever makes such news does it while nobody introduces itself. Both are over in milliseconds; one
who waits longer than `PATIENCE` goes on, since a rare crash is better than a sure halt.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

PATIENCE = 5.0
_PAUSE = 0.002


@contextlib.contextmanager
def made(folder: Path) -> Iterator[None]:
    """Make news: a session begins or ends. Many may do so at once."""
    with _opened(folder) as lock:
        until = time.monotonic() + PATIENCE
        while not _taken(lock, fcntl.LOCK_SH) and time.monotonic() < until:
            time.sleep(_PAUSE)
        yield


@contextlib.asynccontextmanager
async def awaited(folder: Path) -> AsyncIterator[None]:
    """Introduce a control client, while nobody makes news."""
    with _opened(folder) as lock:
        until = time.monotonic() + PATIENCE
        # Other processes hold it, so there is no event to wait for.
        while not _taken(lock, fcntl.LOCK_EX) and time.monotonic() < until:  # noqa: ASYNC110
            await asyncio.sleep(_PAUSE)
        yield


@contextlib.contextmanager
def _opened(folder: Path) -> Iterator[int | None]:
    try:
        lock = os.open(folder / "news.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except (
        OSError
    ):  # no folder, and so no server either; or a full disk, which is no reason to halt
        yield None
        return
    try:
        yield lock
    finally:
        os.close(lock)


def _taken(lock: int | None, how: int) -> bool:
    if lock is None:
        return True
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
