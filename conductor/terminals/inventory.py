"""Everything that lives on our tmux server, for a person who asks what is there.

By libtmux, which knows tmux's objects well. It starts a process for each question and takes 80 ms
to import, so nothing that runs all the time goes this way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conductor.terminals.errors import TerminalError

if TYPE_CHECKING:
    from conductor.terminals.server import Tmux


@dataclass(frozen=True, slots=True)
class Room:
    """One session of our server: whose it is, and how many windows stand in it."""

    session: str
    windows: int
    attached: bool


def inventory(tmux: Tmux) -> list[Room]:
    """List the sessions of our server; none if it does not run."""
    if not tmux.socket.exists():
        return []
    from libtmux import Server
    from libtmux.exc import LibTmuxException

    server = Server(socket_path=str(tmux.socket))
    try:
        if not server.is_alive():
            return []
        return [
            Room(
                session.session_name or "",
                int(session.session_windows or 0),
                session.session_attached not in (None, "0"),
            )
            for session in server.sessions
        ]
    except LibTmuxException as error:
        raise TerminalError(f"tmux: {error}") from error
