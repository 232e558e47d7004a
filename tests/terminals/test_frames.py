"""Changed screens are handed out a frame at a time, but for the one that is typed into."""

from __future__ import annotations

import asyncio
import time

from conductor.terminals.frames import Frames


async def test_the_screen_that_is_typed_into_waits_for_no_frame() -> None:
    frames = Frames()
    changes = frames.changes(fps=0.5)  # two seconds a frame: longer than the test
    frames.mark("s1")
    assert await anext(changes) == {"s1"}
    begun = time.monotonic()
    frames.urgent = "s2"
    asyncio.get_running_loop().call_later(0.01, frames.mark, "s1")
    asyncio.get_running_loop().call_later(0.02, frames.mark, "s2")
    assert await anext(changes) == {"s2"}
    assert time.monotonic() - begun < 1.5
    assert frames.take() == {"s1"}  # the others' changes are still there for the next frame


async def test_others_are_told_of_together() -> None:
    frames = Frames()
    changes = frames.changes(fps=50)
    frames.mark("s1")
    assert await anext(changes) == {"s1"}
    asyncio.get_running_loop().call_soon(frames.mark, "s2")
    asyncio.get_running_loop().call_soon(frames.mark, "s3")
    assert await anext(changes) == {"s2", "s3"}
    frames.mark("s4")
    frames.forget("s4")
    assert frames.take() == frozenset()
