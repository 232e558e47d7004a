"""What both print modes have in common: lines of JSON, and a record that appears somewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from harnesses import hooks
from harnesses.acp.process import Child
from harnesses.acp.told import Entry


async def told(child: Child) -> AsyncIterator[Mapping[str, Any]]:
    """Give what an agent writes, one entry after the other, until its end."""
    while True:
        try:
            line = await child.told.readline()
        except ValueError:  # longer than any that is read
            continue
        if not line:
            return
        if (entry := hooks.parse(line)) is not None:  # else words for a person, or cut off
            yield entry


def recorded(home: str, pattern: str) -> list[Entry]:
    """Say where an agent keeps its own record of a conversation, once that is there."""
    found = sorted(Path(home).glob(pattern))
    return [Entry("recorded", {"path": str(path)}) for path in found[-1:]]
