"""An agent's own process: its pipes, the end of what it says beside them, and its end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
from collections.abc import Sequence
from functools import partial

from harnesses import HarnessError

_LONGEST = 64 << 20  # bytes of one line that it writes: a whole file may stand in it
_TAIL = 8 << 10  # bytes that are kept of what it writes beside the protocol
_SEQUENCE = re.compile(  # for a terminal; nothing of the protocol, which spells an escape out
    rb"\x1b(?:\][^\x07\x1b\n]*(?:\x07|\x1b\\)|\[[0-?]*[ -/]*[@-~]|[ -/]*[0-Z\\^-z])"
)
_BEGUN = re.compile(rb"\x1b(?:\][^\x07\x1b\n]*\x1b?|\[[0-?]*[ -/]*|[ -/]*)\Z")
_LEAVING = 2.0  # seconds it may take to end when it is told that nothing will follow


class _Protocol(asyncio.subprocess.SubprocessStreamProtocol):
    """Tells of its end, though what it has left behind may hold its pipes for ever.

    It also keeps what a person may have to know of one that does not begin: the end of what it
    writes beside the protocol, and how it begins where the protocol should be.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(limit=_LONGEST, loop=loop)
        self.ended = asyncio.Event()
        self.spoke = asyncio.Event()
        self.beside = self.first = self._begun = b""
        self._pipes: list[asyncio.BaseTransport] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        assert isinstance(transport, asyncio.SubprocessTransport)
        self._pipes = [pipe for n in (1, 2) if (pipe := transport.get_pipe_transport(n))]

    def pipe_data_received(self, fd: int, data: bytes | str) -> None:
        assert isinstance(data, bytes)
        if fd == 2:
            self.beside = (self.beside + data)[-_TAIL:]
            self.spoke.set()
            return
        data = self._plain(data)
        super().pipe_data_received(fd, data)
        if len(self.first) < _TAIL:
            self.first = (self.first + data)[:_TAIL]
            if self.first.strip()[:1] not in (b"", b"{"):
                self.spoke.set()

    def _plain(self, data: bytes) -> bytes:
        """Take out what is meant for a terminal: some set its colours before they look about."""
        data, self._begun = self._begun + data, b""
        if b"\x1b" not in data:
            return data
        data = _SEQUENCE.sub(b"", data)
        if begun := _BEGUN.search(data, max(0, len(data) - _TAIL)):
            data, self._begun = data[: begun.start()], begun[0]
        return data

    def process_exited(self) -> None:
        super().process_exited()
        self.ended.set()
        for pipe in self._pipes:  # once its last words are read
            asyncio.get_running_loop().call_later(_LEAVING, pipe.close)


class Child:
    """One process with all that it starts, in a group of its own."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, heard: _Protocol) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.name = name
        self.given, self.told = process.stdin, process.stdout
        self._process, self._heard, self._ended = process, heard, heard.ended
        self.spoke = heard.spoke  # whether it has written anything but the protocol
        self._let_go = False

    @classmethod
    async def start(cls, name: str, command: Sequence[str], folder: str) -> Child:
        """Start it."""
        loop = asyncio.get_running_loop()
        try:
            transport, protocol = await loop.subprocess_exec(
                partial(_Protocol, loop),
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd=folder,
                start_new_session=True,  # keys pressed here are not signals there
            )
        except OSError as error:
            raise HarnessError(f"{command[0]} cannot be started: {error.strerror}") from error
        process = asyncio.subprocess.Process(transport, protocol, loop)
        return cls(name, process, protocol)

    @property
    def code(self) -> int | None:
        """How it ended, as a shell tells it; None while it runs."""
        code = self._process.returncode
        return 128 - code if code is not None and code < 0 else code

    async def gone(self) -> str:
        """Wait until it ends by itself, and say how it did; nothing if it was let go."""
        await self._ended.wait()
        return "" if self._let_go else await self.end()

    async def end(self) -> str:
        """Say how it ended by itself."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), _LEAVING)
        how = "ended its side" if self.code is None else f"ended with {self.code}"
        return "\n".join([f"{self.name} {how}", *self.words()])

    def words(self) -> list[str]:
        """Return the last lines it wrote beside the protocol, or else instead of it."""
        heard = self._heard
        plain = [line for line in heard.first.splitlines() if not line.lstrip().startswith(b"{")]
        told = _SEQUENCE.sub(b"", heard.beside).strip() or b"\n".join(plain).strip()
        return told.decode("utf-8", "replace").splitlines()[-6:]

    def interrupt(self) -> None:
        """Ask it to break off what it does."""
        if self.code is None:
            self._signal(signal.SIGINT)

    async def close(self) -> None:
        """Let it go, and end what it has started and left."""
        self._let_go = True
        self.given.close()
        for number in (None, signal.SIGTERM, signal.SIGKILL):
            if number is not None:
                self._signal(number)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), _LEAVING)

    def _signal(self, number: signal.Signals) -> None:
        """Signal its group: while it runs or what it has left does, never whoever came after it."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self.code is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self._process.pid, 0)
                    return  # somebody has its number, so nobody was left in its group
            os.killpg(self._process.pid, number)


async def in_terminal(command: Sequence[str], folder: str) -> str:
    """Run a program in this terminal to its end; say why it could not be started."""
    try:
        child = await asyncio.create_subprocess_exec(*command, cwd=folder)
        await child.wait()
    except OSError as error:
        return f"{command[0]} cannot be started: {error.strerror}"
    return ""
