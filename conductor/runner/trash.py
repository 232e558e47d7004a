"""Deleting what was put away, once nobody waits for the disk."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from conductor.runner.reach import Reach
from conductor.state import SessionState
from worktrees import removal

LATER = 120.0


def empty_later(reach: Reach, workshop: Path) -> None:
    """Have the trash of a repository's worktrees emptied, if there is something in it."""
    if removal.has_trash(workshop):
        reach.work.begin(f"{workshop} trash", partial(_empty, reach, workshop), standing=True)


async def _empty(reach: Reach, workshop: Path) -> None:
    """Wait a while and for quiet: deleting in bulk slows the creating that follows it."""
    await asyncio.sleep(LATER)
    while any(one.state is SessionState.STARTING for one in reach.state().live.values()):
        await reach.change()
    await asyncio.to_thread(removal.empty_trash, workshop)
