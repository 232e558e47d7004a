"""Follows a worktree that an agent works in, by the files that change, never by asking git."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_IGNORED = frozenset(
    {
        ".git", "node_modules", "__pycache__", ".venv", "venv", "target", ".mypy_cache",
        ".ruff_cache", ".pytest_cache", ".tox", ".hg", "dist", "build", ".next",
    }
)  # fmt: skip
CALM = 1.0
"""Seconds between two readings of a worktree in which much happens."""


async def follow(folder: str, changed: Callable[[], None]) -> None:
    """Tell of changes below a folder until cancelled; returns when it is gone."""
    import os

    from watchfiles import Change, awatch

    root = len(folder.rstrip("/")) + 1

    def counts(_: Change, path: str) -> bool:
        return not _IGNORED.intersection(path[root:].split(os.sep))

    async for _ in awatch(
        folder, watch_filter=counts, debounce=400, step=80, ignore_permission_denied=True
    ):
        changed()
        await asyncio.sleep(CALM)


__all__ = ["follow"]
