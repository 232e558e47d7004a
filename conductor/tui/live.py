"""The real thing behind the screens: agents' terminals in tmux."""

from __future__ import annotations

from conductor.tui.sources import SourceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from conductor.places import Places
    from conductor.terminals.emulator import Screen
    from conductor.terminals.live import Beside
    from conductor.terminals.pointing import Pointing
    from conductor.terminals.server import Tmux
    from conductor.terminals.wall import Wall

REMEMBERED = 20_000
"""Rows of a terminal's past that are read at most."""


class LiveScreens:
    """All agents' terminals over one connection to our tmux server."""

    def __init__(self, places: Places) -> None:
        self._folder = places.terminals
        self._wall: Wall | None = None
        self._wanted: frozenset[str] = frozenset()
        self._urgent: str | None = None

    def _tmux(self) -> Tmux:
        from pathlib import Path

        from conductor.terminals.server import Tmux

        return Tmux(Path(self._folder))

    async def open(
        self, on_dirty: Callable[[frozenset[str]], None], on_trouble: Callable[[str | None], None]
    ) -> None:
        """Follow until cancelled, and tell of changes at most 30 times a second."""
        from conductor.terminals.wall import Wall

        def told(error: Exception | None) -> None:
            on_trouble(None if error is None else str(error))

        async with Wall(
            self._tmux(), on_connection=told, on_beside=lambda: on_trouble(None)
        ) as wall:
            self._wall = wall
            wall.follow(self._wanted)
            wall.hurry(self._urgent)
            try:
                async for names in wall.changes(30.0):
                    on_dirty(names)
            finally:
                self._wall = None

    def follow(self, sessions: Iterable[str]) -> None:
        """Keep exactly these up to date."""
        wanted = frozenset(sessions)
        if wanted != self._wanted:
            self._wanted = wanted
            if self._wall is not None:
                self._wall.follow(wanted)

    def hurry(self, session: str | None) -> None:
        """Let the screen that the person types into wait for no frame."""
        self._urgent = session
        if self._wall is not None:
            self._wall.hurry(session)

    def screen(self, session: str) -> Screen | None:
        """Return a session's screen once it has one."""
        return None if self._wall is None else self._wall.screen(session)

    def _reach(self, session: str) -> Wall:
        if self._wall is None or self._wall.screen(session) is None:
            raise SourceError(f"{session} has no terminal just now, so nothing was typed.")
        return self._wall

    def type(self, session: str, text: str) -> None:
        """Type text."""
        from conductor.terminals.errors import TerminalError

        try:
            self._reach(session).send(session, text.encode(errors="replace"))
        except TerminalError as error:
            raise SourceError(str(error)) from error

    def press(self, session: str, key: str) -> None:
        """Press a key by tmux's name for it."""
        from conductor.terminals.errors import TerminalError

        try:
            self._reach(session).press(session, key)
        except TerminalError as error:
            raise SourceError(str(error)) from error

    def point(self, session: str, at: Pointing) -> bool:
        """Tell the agent what the mouse does over its screen; False if it is not interested."""
        from conductor.terminals.errors import TerminalError

        try:
            return self._reach(session).point(session, at)
        except TerminalError as error:
            raise SourceError(str(error)) from error

    def focus(self, session: str, *, there: bool) -> None:
        """Tell the agent that the person looks at it now, or no longer."""
        if self._wall is not None:
            self._wall.focus(session, there=there)

    async def paste(self, session: str, text: str) -> None:
        """Paste text as one piece."""
        from conductor.terminals.errors import TerminalError

        try:
            await self._reach(session).paste(session, text.encode(errors="replace"))
        except TerminalError as error:
            raise SourceError(str(error)) from error

    def resize(self, session: str, columns: int, rows: int) -> None:
        """Give the terminal the size it is looked at in, unless somebody is inside it."""
        from conductor.terminals.errors import TerminalError

        try:
            self._reach(session).resize(session, columns, rows)
        except TerminalError as error:
            raise SourceError(str(error)) from error

    def history(self, session: str) -> Sequence[str]:
        """Return the rows that tmux remembers, each complete in itself."""
        from conductor.terminals.captured import stand_alone
        from conductor.terminals.errors import TerminalError

        try:
            shown = self._tmux().capture(session, history=REMEMBERED)
        except TerminalError as error:
            raise SourceError(str(error)) from error
        return stand_alone(shown.rstrip().split("\n"))

    def attach_argv(self, session: str) -> Sequence[str]:
        """Return the command that puts the person into the terminal."""
        from conductor.terminals.errors import TerminalError

        tmux = self._tmux()
        try:
            if not tmux.has(session):
                raise SourceError(f"{session} has no terminal any more: its agent has ended.")
            return tmux.attach_argv(session)
        except TerminalError as error:
            raise SourceError(str(error)) from error

    def open_tool(
        self, session: str, folder: str, name: str, argv: Sequence[str], *, pinned: bool
    ) -> str:
        """Open a program for the person beside the agent; return the terminal it is in."""
        from pathlib import Path

        from conductor.terminals.beside import open_beside
        from conductor.terminals.errors import TerminalError

        try:
            return open_beside(self._tmux(), session, Path(folder), name, argv, pinned=pinned)
        except TerminalError as error:
            raise SourceError(str(error)) from error

    def open_tile(
        self,
        session: str,
        folder: str,
        name: str,
        argv: Sequence[str],
        *,
        pinned: bool,
        size: tuple[int, int],
    ) -> str:
        """Open a program in a terminal of its own, to be shown as a tile; return that terminal."""
        from pathlib import Path

        from conductor.terminals.beside import open_alone
        from conductor.terminals.errors import TerminalError

        where = Path(folder)
        try:
            return open_alone(self._tmux(), session, where, name, argv, pinned=pinned, size=size)
        except TerminalError as error:
            raise SourceError(str(error)) from error

    def beside(self) -> Mapping[str, Beside]:
        """Return the programs that are open beside agents, by their terminals."""
        return {} if self._wall is None else self._wall.beside

    def pin(self, terminal: str, *, pinned: bool) -> None:
        """Let such a program go on when its session ends, or end with it."""
        from dataclasses import replace

        from conductor.terminals.beside import pin
        from conductor.terminals.errors import TerminalError

        known = self._wall.beside.get(terminal) if self._wall else None
        if known is None:
            raise SourceError(f"{terminal} is not open any more.")
        try:
            pin(self._tmux(), terminal, replace(known, pinned=pinned))
        except TerminalError as error:
            raise SourceError(str(error)) from error

    def close(self, terminal: str) -> None:
        """End such a program; takes a moment."""
        from conductor.terminals.beside import close

        live = self._wall.live.get(terminal) if self._wall else None
        if live is None or live.beside is None:
            raise SourceError(f"{terminal} is not open any more.")
        close(self._tmux(), live)
