"""The one tool: run a shell command in the worktree, bounded in time and output, ended whole.

A command runs in a process group of its own, and what is left of that group when the shell ends is
ended with it. A process that leaves the group on purpose (setsid) is out of reach here; the runner
ends the session's whole process tree when the session stops.
"""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from harnesses.builtin.models import Result

TIMEOUT = 600.0
KEEP = 12_000  # bytes of output kept at each end
_GRACE = 2.0
_TICK = 0.1
_GLIMPSE = 1000  # bytes of the end of the output that are told as it comes
_SURROGATE = re.compile("[\ud800-\udfff]")
_SECRETS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "OPENAI_API_KEY", "OPENAI_ADMIN_KEY")
_QUIET = {"TERM": "dumb", "PAGER": "cat", "GIT_PAGER": "cat", "GIT_TERMINAL_PROMPT": "0"}


class _Bounded:
    """The first and the last bytes of a stream of any length."""

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._head = bytearray()
        self._tail = bytearray()
        self._dropped = 0

    def add(self, data: bytes) -> None:
        room = self._keep - len(self._head)
        self._head += data[:room]
        self._tail += data[room:] if room < len(data) else b""
        if len(self._tail) > 2 * self._keep:
            self._shorten()

    def _shorten(self) -> None:
        over = len(self._tail) - self._keep
        if over > 0:
            self._dropped += over
            del self._tail[:over]

    def end(self, size: int) -> str:
        last = self._tail[-size:] if self._tail else self._head[-size:]
        return bytes(last).decode(errors="replace")

    def text(self) -> str:
        self._shorten()
        gap = f"\n… {self._dropped:,} bytes left out …\n".encode() if self._dropped else b""
        return (bytes(self._head) + gap + bytes(self._tail)).decode(errors="replace")


class _Heard:
    """Output on its way to be kept, its end told now and then to whoever watches."""

    def __init__(self, kept: _Bounded, hear: Callable[[str], None]) -> None:
        self._kept, self._hear = kept, hear
        self._told = 0.0

    def add(self, data: bytes) -> None:
        self._kept.add(data)
        now = time.monotonic()
        if now - self._told >= _TICK:
            self._told = now
            self._hear(self._kept.end(_GLIMPSE))


def run_command(
    command: str,
    worktree: Path,
    call: str = "",
    *,
    stop: threading.Event,
    timeout: float = TIMEOUT,
    hear: Callable[[str], None] = lambda tail: None,
) -> Result:
    """Run a command to its end, its timeout or the person's interrupt, and say what it did."""
    began = time.monotonic()
    if "\0" in command or _SURROGATE.search(command):
        return Result(call, "", None, 0.0, "not run: NUL and surrogates cannot be in a command")
    try:
        process = subprocess.Popen(
            ["/bin/sh", "-c", command],
            cwd=worktree,
            env=_environment(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:  # the worktree is gone, or the machine is out of something
        return Result(call, "", None, 0.0, f"not run: {error.strerror}: {error.filename}")
    output = _Bounded(KEEP)
    try:
        note = _follow(process, _Heard(output, hear), began + timeout, stop)
    finally:
        _end_group(process)
    seconds = time.monotonic() - began
    if note:
        note = f"{note} after {seconds:.0f} s"
    return Result(call, output.text(), None if note else process.returncode, seconds, note)


def interrupted(result: Result) -> bool:
    """Say whether the person stopped the command."""
    return result.note.startswith("interrupted")


def _follow(
    process: subprocess.Popen[bytes], output: _Heard, deadline: float, stop: threading.Event
) -> str:
    """Collect output until the shell ends; say why it was cut short, if it was."""
    assert process.stdout is not None
    pipe = process.stdout.fileno()
    os.set_blocking(pipe, False)
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            if stop.is_set():
                return "interrupted by the person"
            if time.monotonic() > deadline:
                return "timed out"
            closed = bool(selector.select(_TICK)) and not _drain(pipe, output, once=True)
            if closed:
                selector.unregister(pipe)
                selector.close()
                return _outlive(process, deadline, stop)
            if process.poll() is not None:
                _drain(pipe, output)
                return ""


def _outlive(process: subprocess.Popen[bytes], deadline: float, stop: threading.Event) -> str:
    """Wait for a shell that has closed its output."""
    while process.poll() is None:
        if stop.wait(_TICK / 5):
            return "interrupted by the person"
        if time.monotonic() > deadline:
            return "timed out"
    return ""


def _drain(pipe: int, output: _Heard, *, once: bool = False) -> bool:
    """Take what is there; says whether the pipe is still open."""
    for _ in range(1 if once else 64):  # a background process could write for ever
        try:
            data = os.read(pipe, 65_536)
        except BlockingIOError:
            return True
        if not data:
            return False
        output.add(data)
    return True


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End what is left of the command, politely first."""
    assert process.stdout is not None
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + _GRACE
        while time.monotonic() < deadline:
            process.poll()
            os.killpg(process.pid, 0)  # raises once the group is gone
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
    process.stdout.close()
    process.wait()


def _environment(given: Mapping[str, str]) -> dict[str, str]:
    """Make a command's environment: ours, without the keys that pay for the model."""
    return {key: value for key, value in given.items() if key not in _SECRETS} | _QUIET
