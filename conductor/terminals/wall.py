"""The screens of many sessions at once, as they change, over one connection to tmux.

Nothing runs while nothing changes: no timer, no polling. Only while the server is gone is it
looked for, a few times a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
from typing import TYPE_CHECKING

from conductor.terminals.control import Control
from conductor.terminals.errors import TerminalError
from conductor.terminals.frames import Frames
from conductor.terminals.libghostty import library
from conductor.terminals.linked import Linked
from conductor.terminals.live import VISITOR

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from conductor.terminals.emulator import Screen
    from conductor.terminals.followed import Followed
    from conductor.terminals.live import Beside, Live
    from conductor.terminals.pointing import Pointing
    from conductor.terminals.server import Tmux

_LOOK_EVERY = 0.2
_QUIET = 0.3  # seconds without output after which tmux may hold back that it has paused a pane
_MOVES = frozenset(
    {
        *("sessions-changed", "session-renamed", "window-close", "unlinked-window-close"),
        *("window-add", "client-session-changed", "client-detached"),
        *("window-renamed", "unlinked-window-renamed"),  # so a death is told: see settings
    }
)


class Wall:
    """What a screen full of agents is drawn from: `async with Wall(tmux) as wall`."""

    def __init__(
        self,
        tmux: Tmux,
        *,
        on_dirty: Callable[[], None] | None = None,
        on_connection: Callable[[TerminalError | None], None] | None = None,
        on_beside: Callable[[], None] | None = None,
        emulate: bool = True,
    ) -> None:
        self._tmux = tmux
        self._on_connection = on_connection
        self._control: Control | None = None
        self._frames = Frames(on_dirty)
        emulate = emulate and library() is not None
        self._linked = Linked(self._frames, emulate=emulate, on_beside=on_beside)
        self._looking: asyncio.Task[None] | None = None
        self._heard = 0.0  # when there was output last
        self._nudging = False
        self.why: TerminalError | None = None  # why there is no connection, if there is none

    async def __aenter__(self) -> Wall:
        """Connect; without a server, go on looking for one."""
        try:
            await self._connect()
        except TerminalError as error:
            self._lost(error)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Let go of every window; the sessions go on."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        if self._control is not None:
            self._control.close()
            self._control = None
        self._linked.close()

    @property
    def connected(self) -> bool:
        """Whether the server answers."""
        return self._control is not None and self._control.connected

    @property
    def live(self) -> dict[str, Live]:
        """Every session of ours as tmux last told it."""
        return dict(self._linked.live)

    @property
    def beside(self) -> dict[str, Beside]:
        """The terminals that persons opened beside agents, by their names."""
        return self._linked.beside

    def follow(self, names: Iterable[str]) -> None:
        """Keep exactly these sessions' screens up to date; those not started yet come by then."""
        self._linked.want(names)

    def screen(self, name: str) -> Screen | None:
        """Return a followed session's screen, once it has one; it stays when the session ends."""
        tile = self._linked.tiles.get(name)
        return tile.screen if tile is not None else None

    def take(self) -> frozenset[str]:
        """Return the sessions whose screens changed since the last call: once a frame."""
        return self._frames.take()

    def changes(self, fps: float = 30.0) -> AsyncIterator[frozenset[str]]:
        """Yield what changed: the first at once, further ones at most so often a second."""
        return self._frames.changes(fps)

    def hurry(self, name: str | None) -> None:
        """Let the screen that a person types into wait for no frame, and tell tmux who is in it."""
        before, self._frames.urgent = self._frames.urgent, name
        if self._control is None:
            return
        for one, who in ((before, ""), (name, self._control.session)):
            if one is not None and one in self._linked.tiles:
                self._tell(one, f"set-option -t ={one}: {VISITOR} '{who}'")

    def send(self, name: str, data: bytes) -> None:
        """Type these bytes into the agent's terminal."""
        self._reach(name).send(data)

    def press(self, name: str, *keys: str) -> None:
        """Press keys by tmux's names for them, encoded as the agent has asked its terminal."""
        self._reach(name).press(*keys)

    def point(self, name: str, at: Pointing) -> bool:
        """Tell the agent what the mouse does over its screen; False if it is not interested."""
        return self._reach(name).point(at)

    def focus(self, name: str, *, there: bool) -> None:
        """Tell an agent that asked for it that a person looks at it, or away."""
        tile = self._linked.tiles.get(name)
        if tile is not None and tile.pane and tile.screen.modes().focus:
            tile.send(b"\x1b[I" if there else b"\x1b[O")

    async def paste(self, name: str, text: bytes) -> None:
        """Paste as a person would: byte for byte, bracketed if the agent asked for that."""
        await asyncio.to_thread(self._tmux.paste, name, text)

    def resize(self, name: str, cols: int, rows: int) -> None:
        """Give the agent's window this size, unless a person is inside it with tmux."""
        if cols < 1 or rows < 1:
            raise TerminalError(f"a terminal of {cols}x{rows} cannot be; enlarge the tile")
        tile = self._linked.tiles.get(name)
        if tile is None:
            raise TerminalError(f"{name} has no terminal to resize")
        live = self._linked.live.get(name)
        # Not left to tmux by if-shell: it answers twice, and the answers would get out of step.
        if live is not None and live.attached == 0:
            self._tell(name, f"resize-window -t {tile.window} -x {cols} -y {rows}")

    def _reach(self, name: str) -> Followed:
        tile = self._linked.tiles.get(name)
        if self._control is None:
            raise self.why or TerminalError(f"not connected to tmux, so {name} was not reached")
        if tile is None or not tile.pane:
            raise TerminalError(f"{name} has no terminal to type into")
        return tile

    def _tell(self, name: str, command: str) -> None:
        if self._control is None:
            raise self.why or TerminalError(f"not connected to tmux, so {name} was not reached")
        self._control.tell(command)

    async def _connect(self) -> None:
        control = Control(self._tmux, output=self._output, notice=self._notice, gone=self._lost)
        await control.open()
        self._control, self.why = control, None
        self.hurry(self._frames.urgent)  # tmux knows us by this connection
        self._linked.connect(control)
        if self._on_connection is not None:
            self._on_connection(None)
        with contextlib.suppress(TerminalError):  # then the next look does it
            await asyncio.to_thread(self._tmux.sweep)

    def _lost(self, error: TerminalError) -> None:
        self._control, self.why = None, error
        self._linked.lose()
        if self._on_connection is not None:
            self._on_connection(error)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._look())

    async def _look(self) -> None:
        """Wait for a server to come back, which nothing tells us."""
        while self._control is None:
            await asyncio.sleep(_LOOK_EVERY)
            if not self._answers():
                continue
            try:
                await self._connect()
            except TerminalError as error:
                self.why = error

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.setblocking(False)
            return probe.connect_ex(os.fspath(self._tmux.socket)) == 0

    def _notice(self, kind: str, rest: str) -> None:
        if kind in _MOVES:
            self._linked.look()
        elif kind == "layout-change":
            window = rest.partition(" ")[0]
            for tile in self._linked.tiles.values():
                if tile.window == window and tile.pane:
                    tile.seed()
        elif kind == "pause":
            paused = self._linked.by_pane.get(rest.encode())
            if paused is not None:
                paused.paused()

    def _output(self, pane: bytes, data: bytes) -> None:
        tile = self._linked.by_pane.get(pane)
        if tile is None:
            return
        self._heard = time.monotonic()
        if not self._nudging:
            self._nudging = True
            asyncio.get_running_loop().call_later(_QUIET, self._nudge)
        tile.read(data, self._heard)

    def _nudge(self) -> None:
        """Make tmux say what it holds back, once after output has ended.

        When we were too slow, tmux drops what a pane wrote and says that it is paused; but where
        that held for every pane, it says so only with the next thing it has to say.
        """
        left = self._heard + _QUIET - time.monotonic()
        self._nudging = left > 0 and self._control is not None
        if self._nudging:
            asyncio.get_running_loop().call_later(left, self._nudge)
        elif self._control is not None:
            self._control.tell("display-message -p ''")
