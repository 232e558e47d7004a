"""The end of sessions: agents stopped with all they started, worktrees put away in time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from conductor import events as e
from conductor.runner.pooling import Pooling
from conductor.runner.reach import Reach
from conductor.runner.remains import end_all
from conductor.runner.trash import LATER, empty_later
from conductor.runner.turns import Turns
from conductor.state import ALIVE, Session, State, TaskState
from conductor.terminals.beside import close
from conductor.terminals.errors import TerminalError

KEPT = 5
"""Worktrees of finished tasks that stay in each repository, for an undo and a second look."""

STARTING = 0.1

VISITED = 2.0
"""Seconds until a program is looked at again in which a person was when its session ended."""

FINISHED = frozenset({TaskState.LANDED, TaskState.REJECTED, TaskState.CANCELLED, TaskState.DONE})


class Ending:
    """Stops what is to be stopped, and clears up behind what is finished."""

    def __init__(self, reach: Reach, turns: Turns, pooling: Pooling) -> None:
        self.reach = reach
        self.pooling = pooling
        self.turns = turns
        self._live: frozenset[str] | None = None  # at the last look
        self._counts: Mapping[str, int] | None = None
        self._over: list[Session] = []  # whose worktrees are superfluous

    def look(self, state: State) -> None:
        """Begin with the sessions that are to end, and with what they leave behind."""
        live = frozenset(state.live)
        if self._live is None or self._live - live:
            self.reach.work.begin("programs beside", self._close_programs)
        if self._live != live or self._counts is not state.counts:  # a session or a task ended
            self._over = self._superfluous(state)
        self._live, self._counts = live, state.counts
        for session in state.live.values():
            task = state.tasks[session.task]
            current = task.session == session.id and task.state in ALIVE
            if session.stopping or not current:
                self.reach.work.begin(f"{session.id} stop", partial(self._stop, session))
        for session in [state.sessions[one.id] for one in self._over]:
            if not session.gone:
                self.reach.work.begin(f"{session.id} removal", partial(self._remove, session))

    async def _stop(self, session: Session) -> float | None:
        """End an agent, and then keep what it had done up to its last moment."""
        left = await asyncio.to_thread(end_all, self.reach.tmux, session)
        if left:
            names = ", ".join(f"{one.command} ({one.pid})" for one in left)
            raise TerminalError(f"Processes of {session.id} do not end: {names}; look with `ps`")
        if self.reach.work.doing(f"{session.id} start"):
            return STARTING  # its setup was ended just now: the start gives up when it sees that
        try:
            await self.turns.keep(self.reach.now_of(session))
        finally:  # it has ended, also where its work cannot be read
            if self.reach.now_of(session).live:
                self.reach.journal.append(e.SessionEnded(session.id, "stopped by us", None))
        return None

    async def _close_programs(self) -> float | None:
        """End the person's programs whose session is over, but for pinned and visited ones."""
        again = None
        for one in await asyncio.to_thread(self.reach.tmux.list):
            whose = one.beside
            if whose is None or whose.pinned or whose.session in self.reach.state().live:
                continue
            if one.visited:
                again, self._live = VISITED, None
            else:
                await asyncio.to_thread(close, self.reach.tmux, one)
        return again

    def _superfluous(self, state: State) -> list[Session]:
        """Choose the worktrees of finished tasks that are not among the newest few."""
        over: dict[str, list[Session]] = {}
        for session in state.sessions.values():
            if session.live or session.gone or session.worktree is None:
                continue
            task = state.tasks[session.task]
            if task.session != session.id or task.state in FINISHED:
                over.setdefault(task.repo, []).append(session)
        chosen = []
        for sessions in over.values():
            sessions.sort(key=lambda one: one.since)
            chosen += sessions[:-KEPT]
        return chosen

    async def _remove(self, session: Session) -> float | None:
        root = self.reach.task(session).repo
        count = self.pooling.count(root)
        if not await asyncio.to_thread(self._put_away, session, count):
            return LATER  # the person is in there
        self.reach.journal.append(e.WorktreeRemoved(session.id))
        empty_later(self.reach, Path(session.worktree or "").parent)
        return None

    def _put_away(self, session: Session, count: int) -> bool:
        """Keep all of a worktree under its snapshot ref; then it is no session's any more."""
        listed = {live.session: live for live in self.reach.tmux.list()}
        if any(one.beside and one.beside.session == session.id for one in listed.values()):
            return False
        terminal = listed.get(session.id)
        if terminal and (terminal.attached or terminal.windows > 1):
            return False
        if terminal:
            self.reach.tmux.kill(session.id)
        if Path(session.worktree or "").is_dir():
            repo, tree = self.reach.tree(session)
            self.pooling.put_away(session, repo, tree, count)
        return True
