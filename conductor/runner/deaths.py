"""Terminals that end: tmux tells of them, and agents ended by themselves or went with them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
from functools import partial

from conductor import events as e
from conductor.runner.reach import Reach
from conductor.runner.remains import end_all
from conductor.state import Session
from conductor.terminals.errors import TerminalError

DEATHS = "deaths"
"""The file, among the sessions' folders, to which tmux appends a line for each."""

KILLED = 128
"""Codes from which on a shell tells of a program that a signal has ended."""


class Deaths:
    """What is known of terminals that are gone."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self._since = 0.0  # since when the terminals are there

    def listen(self) -> None:
        """Have tmux tell of terminals that end, by appending to a file that is watched."""
        deaths = shlex.quote(os.path.join(self.reach.places.sessions, DEATHS))
        hooks = []
        for hook in ("pane-died", "session-closed"):
            tell = f"run-shell -b {shlex.quote(f'umask 077; echo {hook} >> {deaths}')}"
            hooks += ["set-hook", "-g", f"{hook}[7]", tell, ";"]  # beside others
        with contextlib.suppress(TerminalError):  # no server: then every terminal is gone anyway
            self.reach.tmux.run(*hooks[:-1])

    def ask_since_when(self) -> None:
        """Ask how long the terminals are there: agents started before went with earlier ones."""
        since = self.reach.tmux.since()
        self._since = self.reach.now() if since is None else since

    def told(self, session: Session, how: str, code: int | None) -> e.SessionEnded | e.SessionLost:
        """Say that an agent is gone: by itself, or with the terminals it was started in."""
        if session.launched < self._since:
            return e.SessionLost(
                session.id, "its terminal went with the machine or with tmux", code
            )
        return e.SessionEnded(session.id, how, code)

    def clear_soon(self, session: Session) -> None:
        """End what goes on unseen where an agent did not leave by itself."""
        self.reach.work.begin(f"{session.id} remains", partial(self._clear, session))

    async def _clear(self, session: Session) -> None:
        await asyncio.to_thread(end_all, self.reach.tmux, session)
