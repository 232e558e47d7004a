"""Running a repository's own setup command in a new worktree, within bounds of time and output.

The command is the repository's: it runs as the person, with whatever environment the caller gives.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
import time
from collections import deque
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from worktrees.errors import GitError
from worktrees.processes import end_group, yielding

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from worktrees.listing import Worktree

_HALF = 1 << 20
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Setup:
    """How a setup command ended; `code` is None when it ran out of time."""

    code: int | None
    seconds: float
    log: Path

    @property
    def ok(self) -> bool:
        """Whether the worktree is ready to work in."""
        return self.code == 0


def setup(
    worktree: Worktree, command: str, env: Mapping[str, str], log_path: Path, timeout: float = 600.0
) -> Setup:
    """Run `command` by the shell in the worktree, and end everything it started when it is done."""
    began = time.monotonic()
    try:
        log = os.fdopen(
            os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb"
        )
    except OSError as error:
        raise GitError(f"{log_path} cannot be written: {error.strerror}", "Look there.") from error
    with log:
        code = _run(worktree.place.folder, command, env, _Log(log), began + timeout)
    return Setup(code, time.monotonic() - began, log_path)


def _run(
    folder: Path, command: str, env: Mapping[str, str], log: _Log, deadline: float
) -> int | None:
    try:
        process = subprocess.Popen(
            yielding(("/bin/sh", "-c", command)),
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise GitError(f"The setup command could not start: {error}") from error
    assert process.stdout is not None
    try:
        _drain(process, process.stdout, log, deadline)
        code = process.poll()
    finally:
        end_group(process)
        with contextlib.suppress(BlockingIOError):
            while piece := os.read(process.stdout.fileno(), _CHUNK):
                log.add(piece)
        process.stdout.close()
        log.close(b"" if code is not None else b"\n[ended: out of time]\n")
    return code


def _drain(process: subprocess.Popen[bytes], output: IO[bytes], log: _Log, deadline: float) -> None:
    """Take output until the shell ends; what it left in the background is not waited for."""
    os.set_blocking(output.fileno(), False)
    with selectors.DefaultSelector() as ready:
        ready.register(output, selectors.EVENT_READ)
        while process.poll() is None and (left := deadline - time.monotonic()) > 0:
            if ready.get_map():
                if ready.select(min(left, 0.05)):
                    piece = os.read(output.fileno(), _CHUNK)
                    log.add(piece)
                    if not piece:
                        ready.unregister(output)
            else:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(left)


@dataclass(slots=True)
class _Log:
    """Keeps the beginning and the end of an output of any length."""

    _file: IO[bytes]
    _written: int = 0
    _dropped: int = 0
    _held: int = 0
    _tail: deque[bytes] = field(default_factory=deque)

    def add(self, piece: bytes) -> None:
        """Write it while there is room, then hold only the latest."""
        now = piece[: _HALF - self._written]
        try:
            self._file.write(now)
            self._file.flush()
        except OSError:  # the disk is full, perhaps by this very command: its end is what tells
            now, self._written = b"", _HALF
        self._written += len(now)
        if rest := piece[len(now) :]:
            self._tail.append(rest)
            self._held += len(rest)
        while self._held > _HALF:
            gone = len(self._tail.popleft())
            self._held -= gone
            self._dropped += gone

    def close(self, last: bytes) -> None:
        """Write the end, and say how much is missing before it."""
        note = b"\n[%d bytes left out]\n" % self._dropped if self._dropped else b""
        with contextlib.suppress(OSError):  # as above: what was written so far must do
            self._file.write(note + b"".join(self._tail) + last)
            self._file.flush()
