"""Forks: a session that begins with another's files as they are now, and goes on its conversation.

What lies in the other's worktree is kept first, under the new session's own ref, and written into
its worktree from there; so a runner that is killed in between takes the same up again.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from conductor.runner.reach import Reach
from conductor.runner.turns import Turns
from conductor.state import Session
from conductor.values import Value
from harnesses import HarnessError
from worktrees import merges, refs, rewriting, snapshots
from worktrees.errors import GitError
from worktrees.repository import Repository
from worktrees.status import status
from worktrees.trees import Worktree


class Origin(Value):
    """What a session begins with."""

    head: str  # the commit that its branch begins at
    base: str  # the commit that its change is told against
    kept: str  # the snapshot that its files begin as


class Forking:
    """Gives a session the files of the one that it goes on from."""

    def __init__(self, reach: Reach, turns: Turns) -> None:
        self.reach = reach
        self.turns = turns

    async def origin(self, session: Session) -> Origin | None:
        """Keep the files that a session is to begin with; None for one that begins anew."""
        source = self.reach.source(session)
        if source is None:
            return None
        if (source.harness, source.subscription) != (session.harness, session.subscription):
            raise HarnessError(
                f"The conversation of {source.id} is on {source.subscription}, not on "
                f"{session.subscription}: `conductor fork {source.id}` forks it there"
            )
        async with self.turns.lock(source):
            return await asyncio.to_thread(self._keep, source, session)

    def _keep(self, source: Session, session: Session) -> Origin:
        repo, ref = Repository.open(self.reach.task(session).repo), self.reach.snapshot_ref(session)
        kept = refs.resolve(repo.place, ref) if session.worktree else None  # by an earlier try
        if kept is None and Path(source.worktree or "").is_dir() and not source.gone:
            tree = self.reach.tree(source)[1]
            kept = snapshots.snapshot(tree, ref, f"As {source.id} had it").commit
        elif kept is None and source.commit is not None:
            kept = source.commit
            refs.move_ref(repo.place, ref, kept, refs.resolve(repo.place, ref), "forked")
        head = refs.resolve(repo.place, f"{kept}^1") if kept else None
        if kept is None or head is None:
            raise GitError(
                f"The files of {source.id} are gone", f"Retry {source.task}, or add a new task."
            )
        return Origin(head, source.base or head, kept)

    def fill(self, repo: Repository, tree: Worktree, origin: Origin) -> None:
        """Make a worktree's files, whatever they are, those that its session begins with."""
        before = snapshots.tree_of(tree.place, status(tree.place))
        rewriting.rewrite(tree, before, merges.tree_of(repo, origin.kept))
