"""Files put back as they were at a snapshot, after what they are now has become one too."""

from __future__ import annotations

import asyncio
from functools import partial

from conductor import events as e
from conductor.runner.reach import Reach
from conductor.runner.turns import Turns
from conductor.runner.work import words
from conductor.state import ALIVE, Session, SessionState, State
from worktrees import merges, rewriting
from worktrees.errors import GitError


class Restoring:
    """Puts files back while their agent rests."""

    def __init__(self, reach: Reach, turns: Turns) -> None:
        self.reach = reach
        self.turns = turns

    def look(self, state: State) -> None:
        """Begin with what was asked for."""
        for session in state.on_the_way():
            if session.restoring:
                self.reach.work.begin(f"{session.id} restore", partial(self._restore, session))

    async def _restore(self, session: Session) -> None:
        commit = session.restoring or ""
        fact: e.Restored | e.RestoreRefused
        try:
            await self.turns.keep(session, "Before files were put back")
            now = self.reach.now_of(session)
            if now.live and now.state is not SessionState.IDLE:
                raise GitError(f"{now.id} went on working meanwhile", "Ask again when it rests.")
            async with self.turns.lock(session):
                await asyncio.to_thread(self._write, now, commit)
            await self.turns.keep(now, f"Put back as at {commit[:10]}")
            fact = e.Restored(session.id, commit, now.commit or "")
        except GitError as error:
            fact = e.RestoreRefused(session.id, commit, words(error))
        with self.reach.journal.decide() as decision:
            decision.append(fact)
            task = decision.state.tasks[session.task]
            offered = task.session == session.id and task.state in ALIVE and task.offered
            if isinstance(fact, e.Restored) and offered:
                note = f"You put its files back as at {commit[:10]}."
                decision.append(e.ChangeEdited(task.id, session.id, note=note))

    def _write(self, session: Session, commit: str) -> None:
        repo, tree = self.reach.tree(session)
        rewriting.rewrite(tree, session.tree or "", merges.tree_of(repo, commit))
