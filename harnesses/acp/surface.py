"""The terminal of a pane and the pipe beside it: where it is drawn, and how it is told things."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from harnesses import hooks
from harnesses.builtin.terminal import Row, Screen, raw, width_of


class Surface:
    """A terminal that is the pane's, but while the agent's own program has it."""

    def __init__(self, typed: Callable[[bytes], None]) -> None:
        self._keys, self._out = 0, 1
        self._typed = typed
        self._screen = Screen(self._out)
        self._held = ExitStack()
        self.away = False  # whether the agent's own program has it

    @property
    def width(self) -> int:
        """How wide a row may be."""
        return width_of(self._out)

    def take(self) -> None:
        """Have every key as it is pressed."""
        self._held.enter_context(raw(self._out, self._keys))
        asyncio.get_running_loop().add_reader(self._keys, self._read)
        self.away = False

    def give(self) -> None:
        """Leave it as it was."""
        self.away = True
        asyncio.get_running_loop().remove_reader(self._keys)
        self._held.close()

    def draw(self, finished: Sequence[Row], live: Sequence[Row]) -> None:
        """Add finished rows, and draw the live ones below anew."""
        if not self.away:
            self._screen.draw(finished, live)

    def _read(self) -> None:
        try:
            data = os.read(self._keys, 65_536)
        except OSError:  # the terminal has gone away
            data = b""
        self._typed(data)


class Wishes:
    """The pipe by which Conductor has a say: a JSON object a line."""

    def __init__(self, path: Path, granted: Callable[[Mapping[str, Any]], None]) -> None:
        self._granted = granted
        self._rest = b""  # of a wish that is not whole yet
        with suppress(FileNotFoundError):
            path.unlink()  # what was meant for an earlier run is not meant for this one
        os.mkfifo(path, 0o600)
        self._pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)  # never at its end
        asyncio.get_running_loop().add_reader(self._pipe, self._read)

    def close(self) -> None:
        """Hear no more of them."""
        asyncio.get_running_loop().remove_reader(self._pipe)
        os.close(self._pipe)

    def _read(self) -> None:
        with suppress(BlockingIOError):
            self._rest += os.read(self._pipe, 1 << 20)
        *lines, self._rest = self._rest.split(b"\n")
        for wish in _whole(lines):
            self._granted(wish)


def _whole(lines: Sequence[bytes]) -> Iterator[Mapping[str, Any]]:
    for line in filter(None, lines):
        wish = hooks.parse(line)
        if wish is not None:  # else cut off by the end of whoever wrote it, who writes again
            yield wish
