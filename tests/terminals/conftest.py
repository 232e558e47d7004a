"""A tmux server of its own for each test, and waiting for a condition with a deadline."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conductor.terminals.server import Tmux
from conductor.terminals.settings import term
from tests import waiting

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
    return waiting.until


@pytest.fixture
def soon() -> Callable[..., Awaitable[None]]:
    return waiting.soon
