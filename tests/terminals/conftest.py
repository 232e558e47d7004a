"""A tmux server of its own for each test, and waiting for a condition with a deadline."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conductor.terminals.server import Tmux
from conductor.terminals.settings import term

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator


@pytest.fixture
def folder() -> Iterator[Path]:
    # pytest's own temporary folders can be too deep for a socket.
    path = Path(tempfile.mkdtemp(prefix="terminals-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def tmux(folder: Path) -> Iterator[Tmux]:
    server = Tmux(folder)
    yield server
    server.stop_server()


@pytest.fixture
def env() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "TERM": term(), "LANG": "C.UTF-8"}


@pytest.fixture
def until() -> Callable[..., None]:
    def wait(condition: Callable[[], object], seconds: float = 60.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "the condition did not come true in time"
            time.sleep(0.01)

    return wait


@pytest.fixture
def soon() -> Callable[..., Awaitable[None]]:
    async def wait(condition: Callable[[], object], seconds: float = 60.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "the condition did not come true in time"
            await asyncio.sleep(0.005)

    return wait
