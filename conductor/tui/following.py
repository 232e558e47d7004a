"""Follows a worktree that an agent works in, by the files that change, never by asking git."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
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


def watched(folder: str) -> tuple[str, str]:
    """Return a worktree's true folder, and where git notes what is committed in it."""
    from worktrees.places import locate

    root = os.path.realpath(folder)
    log = os.path.join(os.path.realpath(locate(Path(root)).git_dir), "logs")
    return root, log if os.path.isdir(log) else ""


async def follow(folder: str, changed: Callable[[], None]) -> None:
    """Tell of changed files and new commits until cancelled."""
    from watchfiles import Change

    from conductor.watches import watch
    from worktrees.errors import GitError

    try:
        root, log = await asyncio.to_thread(watched, folder)
    except GitError:
        return  # it has gone; the next reading says so

    def counts(_: Change, path: str) -> bool:
        if log and path.startswith(log):
            return path == f"{log}/HEAD"
        return not _IGNORED.intersection(path[len(root) + 1 :].split(os.sep))

    folders = (root, log) if log else (root,)
    async for _ in watch(
        *folders, watch_filter=counts, debounce=400, step=80, ignore_permission_denied=True
    ):
        changed()
        await asyncio.sleep(CALM)
