"""Waiting for what comes true in its own time: where tests let time pass, up to a deadline."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

DEADLINE = 60.0
"""Seconds: a machine that is busy with other tests takes its time."""

PAUSE = 0.01


def until(come: Callable[[], Any], told: Callable[[], object] = str, *, seconds: float = DEADLINE,
          pause: float = PAUSE) -> Any:  # fmt: skip
    """Wait until something comes true, and return it; where it does not, say what is `told`."""
    end = time.monotonic() + seconds
    while not (found := come()):
        _in_time(end, told, seconds)
        time.sleep(pause)
    return found


async def soon(come: Callable[[], Any], told: Callable[[], object] = str, *,
               seconds: float = DEADLINE) -> Any:  # fmt: skip
    """Wait for it while other tasks go on."""
    end = time.monotonic() + seconds
    while not (found := come()):
        _in_time(end, told, seconds)
        await asyncio.sleep(PAUSE)
    return found


def _in_time(end: float, told: Callable[[], object], seconds: float) -> None:
    if time.monotonic() > end:
        pytest.fail(f"it did not come true in {seconds:g} s\n{told()}".rstrip())
