"""Conflicts that the person has settled are put into their agents' worktrees."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from conductor import events as e
from conductor.runner.reach import Reach
from conductor.runner.turns import Turns
from conductor.runner.work import words
from conductor.state import State
from worktrees import settling
from worktrees.errors import GitError, disk_trouble


class Resolving:
    """Merges the target into a session's branch, as the person has settled it."""

    def __init__(self, reach: Reach, turns: Turns) -> None:
        self.reach = reach
        self.turns = turns

    def look(self, state: State) -> None:
        """Begin with each conflict that was settled."""
        for ident in state.resolves:
            self.reach.work.begin(f"{ident} resolve", partial(self._resolve, ident))

    async def _resolve(self, ident: str) -> None:
        state = self.reach.state()
        task = state.tasks[ident]
        session = state.sessions[task.session or ""]
        asked = self.reach.journal.fact(task.resolved)
        if not isinstance(asked, e.ResolveAsked):
            return
        try:
            await self.turns.keep(session)
            kept = self.reach.now_of(session)
            commit = await asyncio.to_thread(self._settled, asked, kept.tree, session.id)
        except GitError as error:
            why = f"It was not merged. {words(error)}. What you wrote is in {asked.files[0]}."
            self.reach.journal.append(e.ResolveRefused(ident, why))
            return
        self.reach.journal.append(e.ConflictResolved(ident, session.id, commit))

    def _settled(self, asked: e.ResolveAsked, tree: str | None, ident: str) -> str:
        repo, worktree = self.reach.tree(self.reach.journal.state.sessions[ident])
        with disk_trouble("Reading what you wrote"):
            settled = {
                path: Path(file).read_bytes()
                for path, file in zip(asked.paths, asked.files, strict=True)
            }
        message = f"Merge {asked.onto[:12]}, its conflict settled by hand"
        return settling.settle(
            repo, worktree, sides=(asked.onto, asked.change), settled=settled, message=message,
            holds=tree,
        )  # fmt: skip
