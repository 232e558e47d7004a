"""Which sessions there are, and the windows of those that are followed: linked to our client.

tmux tells a control client only of the windows in its own session, so each is linked into it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conductor.terminals.followed import Followed
from conductor.terminals.live import LIST_FORMAT, Live, read_list
from conductor.terminals.protocol import Lines, quote, single

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from conductor.terminals.control import Control
    from conductor.terminals.errors import TerminalError
    from conductor.terminals.frames import Frames
    from conductor.terminals.live import Beside


class Linked:
    """The wanted sessions' panes: kept as tmux's own are, by one look at all of them at a time."""

    def __init__(
        self, frames: Frames, *, emulate: bool, on_beside: Callable[[], None] | None
    ) -> None:
        self.tiles: dict[str, Followed] = {}
        self.live: dict[str, Live] = {}  # every session of ours as tmux last told it
        self.by_pane: dict[bytes, Followed] = {}
        self._frames = frames
        self._emulate = emulate
        self._on_beside = on_beside
        self._control: Control | None = None
        self._wanted: frozenset[str] = frozenset()
        self._looking = False
        self._again = False

    @property
    def beside(self) -> dict[str, Beside]:
        """The terminals that persons opened beside agents, by their names."""
        return {name: live.beside for name, live in self.live.items() if live.beside}

    def connect(self, control: Control) -> None:
        """Link from now on by this connection."""
        self._control = control
        self.look()

    def lose(self) -> None:
        """Know that the connection is gone: what is followed is seeded anew with the next one."""
        self._control = None
        self._looking = False
        self.live, self.by_pane = {}, {}
        for tile in self.tiles.values():
            tile.lose()

    def close(self) -> None:
        """Give up every screen."""
        self._control = None
        for tile in self.tiles.values():
            tile.screen.close()
        self.tiles, self.by_pane = {}, {}

    def want(self, names: Iterable[str]) -> None:
        """Follow exactly these; those not started yet come by then."""
        self._wanted = frozenset(names)
        for name in set(self.tiles) - self._wanted:
            self._leave(self.tiles[name])
        self.look()

    def look(self) -> None:
        """See which sessions there are, and link those that are wanted."""
        if self._control is None:
            return
        if self._looking:
            self._again = True
            return
        self._looking = True
        self._control.send(
            single(f"list-panes -a -F {quote(LIST_FORMAT)}", self._seen, self._unseen)
        )

    def _unseen(self, _: TerminalError) -> None:
        self._looking = False  # listing fails only with the connection, and that is told

    def _seen(self, answers: Sequence[Lines]) -> None:
        self._looking = False
        text = "\n".join(line.decode(errors="replace") for line in answers[0])
        before = self.beside
        self.live = {live.session: live for live in read_list(text)}
        if self._on_beside is not None and self.beside != before:
            self._on_beside()
        for name in self._wanted:
            live, known = self.live.get(name), self.tiles.get(name)
            if live is None:
                if known is not None and known.pane:
                    self._unlink(known)
            elif known is None or known.pane != live.pane:
                self._link(live, known)
            elif live.pid and known.pid != live.pid:
                known.pid = live.pid
                known.seed()  # another program in the same pane, which has asked for nothing
        if self._again:
            self._again = False
            self.look()

    def _link(self, live: Live, tile: Followed | None) -> None:
        assert self._control is not None
        if tile is None:
            tile = Followed(live, emulate=self._emulate, changed=self._frames.mark)
            self.tiles[live.session] = tile
        elif tile.pane:
            self._unlink(tile)
        self.by_pane[live.pane.encode()] = tile
        tile.link(self._control, live)

    def _leave(self, tile: Followed) -> None:
        del self.tiles[tile.name]
        self._frames.forget(tile.name)
        if tile.pane:
            self._unlink(tile)
        tile.screen.close()

    def _unlink(self, tile: Followed) -> None:
        self.by_pane.pop(tile.pane.encode(), None)
        tile.unlink()
