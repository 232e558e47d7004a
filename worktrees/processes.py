"""Running one program with bounded time, bounded output, and nothing of it left behind."""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from worktrees.errors import GitError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping
    from pathlib import Path

_CHUNK = 1 << 16
_ERROR_BYTES = 1 << 16
_LONG = 5.0


_gentle: ContextVar[bool] = ContextVar("gentle", default=False)


@contextlib.contextmanager
def gently() -> Iterator[None]:
    """Have every program that is started in here give way to all others."""
    token = _gentle.set(True)
    try:
        yield
    finally:
        _gentle.reset(token)


def yielding(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a program, so that it gives way to all others where that was asked for."""
    if not _gentle.get():
        return words
    idle = ("ionice", "-c", "3") if shutil.which("ionice", path=os.defpath) else ()
    return (*idle, "nice", "-n", "10", *words)


@dataclass(frozen=True, slots=True)
class Command:
    """A program to run: its words, where, with which environment and input.

    `keep` are file descriptors it inherits, so that a lock lasts as long as the program does.
    `doubt` is asked once when it says nothing for long, and raises if it can come to no end.
    """

    words: tuple[str, ...]
    folder: Path
    env: Mapping[str, str]
    given: bytes | None = None
    keep: tuple[int, ...] = ()
    doubt: Callable[[], None] | None = None

    @property
    def name(self) -> str:
        """What to call it in a message."""
        return " ".join(self.words[1:2])


@dataclass(frozen=True, slots=True)
class Answer:
    """What the program said, and how it ended."""

    code: int
    out: bytes
    words: str


def finish(command: Command, timeout: float, max_bytes: int) -> Answer:
    """Run to the end and return everything, or raise when it takes too long or says too much."""
    deadline = time.monotonic() + timeout
    out = bytearray()
    with running(command) as pump:
        while pump.open:
            out += pump.turn(deadline, timeout)
            if len(out) > max_bytes:
                raise GitError(
                    f"git {command.name} answered more than {max_bytes >> 20} MB",
                    "Ask for fewer files at once.",
                )
        code = pump.code(deadline, timeout)
        return Answer(code, bytes(out), pump.complaint())


def in_terminal(command: Command, timeout: float) -> tuple[int, str]:
    """Run where the person sits, who may be asked something; return its code and what it says."""
    try:
        done = subprocess.run(
            command.words, cwd=command.folder, env=command.env, stdout=subprocess.PIPE,
            timeout=timeout, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GitError(f"git {command.name} did not come to an end: {error}") from error
    return done.returncode, done.stdout.decode("utf-8", "replace")


def pieces(command: Command, timeout: float) -> Generator[bytes]:
    """Yield the output as it comes; `timeout` bounds the wait for each piece."""
    with running(command) as pump:
        while pump.open:
            if piece := pump.turn(time.monotonic() + timeout, timeout):
                yield piece
        if code := pump.code(time.monotonic() + timeout, timeout):
            raise GitError(pump.complaint() or f"git {command.name} ended with {code}")


@contextlib.contextmanager
def running(command: Command) -> Iterator[Pump]:
    """Start a program in a process group of its own, and end the group on the way out."""
    try:
        process = subprocess.Popen(
            yielding(command.words),
            cwd=command.folder,
            env=command.env,
            stdin=subprocess.DEVNULL if command.given is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            pass_fds=command.keep,
        )
    except OSError as error:
        raise GitError(
            f"git could not start in {command.folder}: {error.strerror}",
            "Look whether the folder is still there and the machine has processes to spare.",
        ) from error
    pump = Pump(command, process)
    try:
        yield pump
    finally:
        pump.close()


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill the whole group that a program was started with, and collect the program."""
    # The group may be empty, or (on a Mac) hold only what has already ended.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@dataclass(slots=True)
class Pump:
    """Feeds a program its input and takes both its outputs, waiting for whichever is ready."""

    _command: Command
    _process: subprocess.Popen[bytes]
    _left: memoryview = field(init=False)
    _doubt: Callable[[], None] | None = field(init=False)
    _complaint: bytearray = field(default_factory=bytearray)
    _ready: selectors.DefaultSelector = field(default_factory=selectors.DefaultSelector)

    def __post_init__(self) -> None:
        self._left = memoryview(self._command.given or b"")
        self._doubt = self._command.doubt
        for pipe in (self._process.stdout, self._process.stderr):
            assert pipe is not None
            self._ready.register(pipe, selectors.EVENT_READ)
        if self._process.stdin is not None:
            os.set_blocking(self._process.stdin.fileno(), False)
            self._ready.register(self._process.stdin, selectors.EVENT_WRITE)

    @property
    def open(self) -> bool:
        """Whether the program may still say something."""
        return bool(self._ready.get_map())

    def turn(self, deadline: float, timeout: float) -> bytes:
        """Move what can be moved now, waiting until `deadline` at most; return what was said."""
        patience = max(0.0, deadline - time.monotonic())
        if self._doubt is not None:
            patience = min(patience, _LONG)
        ready = self._ready.select(patience)
        if not ready and time.monotonic() >= deadline:
            raise self._late(timeout)
        if not ready and self._doubt is not None:
            doubt, self._doubt = self._doubt, None
            doubt()
        said = b""
        for key, _ in ready:
            if key.fileobj is self._process.stdin:
                self._feed(key.fd)
                continue
            piece = os.read(key.fd, _CHUNK)
            if not piece:
                self._ready.unregister(key.fileobj)
            elif key.fileobj is self._process.stdout:
                said = piece
            else:
                self._complaint += piece[: _ERROR_BYTES - len(self._complaint)]
        return said

    def code(self, deadline: float, timeout: float) -> int:
        """How the program ended, once it has nothing more to say."""
        try:
            return self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired as error:
            raise self._late(timeout) from error

    def complaint(self) -> str:
        """What the program wrote to its error output."""
        return self._complaint.decode("utf-8", "replace").strip()

    def close(self) -> None:
        """End the program's group and let go of its pipes."""
        end_group(self._process)
        self._ready.close()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def _late(self, timeout: float) -> GitError:
        return GitError(
            f"git {self._command.name} did not finish within {timeout:g} seconds and was ended",
            "Look for a program that git waits for, a hung disk, or a very large file.",
        )

    def _feed(self, fd: int) -> None:
        assert self._process.stdin is not None
        try:
            if self._left:
                self._left = self._left[os.write(fd, self._left[:_CHUNK]) :]
        except BrokenPipeError:
            self._left = memoryview(b"")  # it has heard enough; its exit code says the rest
        if not self._left:
            self._ready.unregister(self._process.stdin)
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
