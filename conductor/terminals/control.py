"""One client of our tmux server in control mode: commands answered in 0.1 ms, output as it comes.

It is attached to a session of its own, which `close` ends; where nobody came to that, the next to
look does (`Tmux.sweep`). Not tmux itself by `destroy-unattached`: 3.3 crashes when it so ends a
session whose client is still leaving. Nor by the end of the client's input: while an agent writes,
tmux ends itself over output that such a client is still owed ("not enough data"). So the client
keeps its own input open, whoever is killed. A server whose control client no longer reads hangs
when told to exit, so `close` comes before anything that ends the server.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
import subprocess
from typing import TYPE_CHECKING

from conductor.terminals import news
from conductor.terminals.errors import TerminalError
from conductor.terminals.live import VIEWER
from conductor.terminals.protocol import Conversation, Lines, Request, single

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conductor.terminals.server import Tmux

_CHUNK = 32 * 1024  # little enough that a flood keeps nobody waiting
_UNSENT = 4 * 1024 * 1024
_LEAVING = 0.1  # seconds for a client that was told to leave
_serial = itertools.count()


class Control:
    """A control-mode client on the running event loop."""

    def __init__(
        self,
        tmux: Tmux,
        *,
        output: Callable[[bytes, bytes], None] | None = None,
        notice: Callable[[str, str], None] | None = None,
        gone: Callable[[TerminalError], None] | None = None,
    ) -> None:
        self.session = f"{VIEWER}{os.getpid()}-{next(_serial)}"
        self._tmux = tmux
        self._gone = gone
        self._wants_output = output is not None
        self._talk = Conversation(output or _nothing, notice or _nothing)
        self._client: subprocess.Popen[bytes] | None = None
        self._in = -1
        self._unsent = b""
        self._ready: asyncio.Future[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def connected(self) -> bool:
        """Whether the client runs and its server answers."""
        return self._client is not None and self._talk.attached

    async def open(self) -> None:
        """Attach to the server; TerminalError with tmux's words if none runs."""
        self._loop = asyncio.get_running_loop()
        self._ready = self._loop.create_future()
        # pause-after bounds what the server keeps for us: a pane we cannot follow is paused and
        # seeded anew, and the agent is not slowed down by a slow reader.
        flags = "ignore-size,pause-after=1" if self._wants_output else "ignore-size,no-output"
        argv = self._tmux.argv(
            *("-C", "new-session", "-s", self.session, "-f", flags, "-x", "200", "-y", "50"),
            *("--", "/bin/sh", "-c", "exec sleep 2147483647"),
        )
        async with news.awaited(self._tmux.folder):
            self._client = self._begin(argv)
            os.set_blocking(self._in, False)
            os.set_blocking(self._out, False)
            self._loop.add_reader(self._out, self._readable)
            await self._ready

    def _begin(self, argv: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start the client, which is given both ends of its input."""
        try:
            reads, writes = os.pipe()
        except OSError as error:
            raise TerminalError(f"tmux cannot be started: {error.strerror}") from error
        try:
            # A session of its own: Ctrl-C in the person's terminal is not meant for it.
            client = subprocess.Popen(
                argv,
                stdin=reads,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=self._tmux.environment(),
                cwd="/",
                start_new_session=True,
                pass_fds=(writes,),
            )
        except OSError as error:
            os.close(writes)
            if isinstance(error, FileNotFoundError):
                raise TerminalError("tmux is not installed; see `conductor doctor`") from error
            raise TerminalError(f"tmux cannot be started: {error.strerror}") from error
        finally:
            os.close(reads)
        self._in = writes
        return client

    async def ask(self, command: str) -> Lines:
        """Run a command and return the lines it prints; not for what an agent can shape."""
        answer: asyncio.Future[Lines] = asyncio.get_running_loop().create_future()

        def done(lines: Sequence[Lines]) -> None:
            if not answer.done():
                answer.set_result(lines[0])

        def failed(error: TerminalError) -> None:
            if not answer.done():
                answer.set_exception(error)

        self.send(single(command, done, failed))
        return await answer

    def tell(self, command: str) -> None:
        """Run a command whose answer does not matter."""
        self.send(single(command, _nothing, _nothing))

    def send(self, request: Request) -> None:
        """Put a request on its way; its callbacks run in the order of what tmux says."""
        if self._client is None:
            request.failed(TerminalError("not connected to tmux; wait until it is back"))
            return
        if len(self._unsent) > _UNSENT:
            request.failed(TerminalError("tmux does not read what it is told; try again later"))
            return
        self._talk.waiting.append(request)
        first = not self._unsent
        self._unsent += request.text.encode()
        if first:
            self._writable()

    def close(self) -> None:
        """End our session and detach, so that the server never waits for us."""
        if self._client is not None and not self._unsent:
            with contextlib.suppress(OSError):
                os.write(self._in, f"kill-session -t '={self.session}'\n".encode())
        self._drop(None)

    @property
    def _out(self) -> int:
        assert self._client is not None
        assert self._client.stdout is not None
        return self._client.stdout.fileno()

    def _readable(self) -> None:
        try:
            data = os.read(self._out, _CHUNK)
        except BlockingIOError:
            return
        try:
            self._talk.read(data)
        except TerminalError as error:
            self._drop(error)
            return
        if not data:
            words = self._talk.words or "the server has ended"
            self._drop(TerminalError(f"tmux: {words}; the terminals are gone or out of reach"))
        elif self._talk.attached and self._ready is not None and not self._ready.done():
            self._ready.set_result(None)

    def _writable(self) -> None:
        if self._client is None or self._loop is None:
            return
        try:
            self._unsent = self._unsent[os.write(self._in, self._unsent) :]
        except BlockingIOError:
            pass
        except BrokenPipeError:
            self._unsent = b""  # the end of its output says so as well, and why
        if self._unsent:
            self._loop.add_writer(self._in, self._writable)
        else:
            self._loop.remove_writer(self._in)

    def _drop(self, why: TerminalError | None) -> None:
        client, self._client = self._client, None
        if client is None or self._loop is None:
            return
        assert client.stdout is not None
        self._loop.remove_reader(client.stdout.fileno())
        self._loop.remove_writer(self._in)
        self._talk.attached = False
        self._unsent = b""
        os.close(self._in)
        with contextlib.suppress(subprocess.TimeoutExpired):
            client.wait(_LEAVING)  # it leaves by itself, unless the server is busy or gone
        client.send_signal(signal.SIGKILL)
        client.stdout.close()
        client.wait()
        error = why or TerminalError("the connection to tmux was closed")
        while self._talk.waiting:
            self._talk.waiting.popleft().failed(error)
        if self._ready is not None and not self._ready.done():
            self._ready.set_exception(error)
        elif why is not None and self._gone is not None:
            self._gone(why)


def _nothing(*_: object) -> None:
    """Stand for a listener where nobody listens."""
