"""Clean worktrees for landings' checks: the pool's where there is one, made anew after each."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from conductor.config import Repo
from conductor.runner.pooling import Pooling
from conductor.runner.preparing import recipe_of
from conductor.runner.strays import CHECK
from worktrees.pool import Lent


class Lending:
    """Lends the pool's worktrees for as long as a check takes."""

    def __init__(self, pooling: Pooling) -> None:
        self.pooling = pooling

    @contextmanager
    def lent(self, root: str, commit: str, wishes: Repo) -> Iterator[Lent | None]:
        """Have a worktree at a commit with nothing else in it; None where there is no pool.

        Nothing of what is left in it reaches whoever has it next.
        """
        pool = self.pooling.pool(root)
        if pool is None or not self.pooling.count(root):
            yield None
            return
        holder, recipe = f"{CHECK}{secrets.token_hex(6)}", recipe_of(pool.repo, wishes)
        self.pooling.checking.add(holder)
        try:
            lent = pool.lend(holder, commit, recipe)
            if lent is None and not self.pooling.shortage(pool, commit):
                lent = pool.lend(holder, commit, recipe, make=True)
            yield lent
            if lent is not None:
                pool.hand_in(lent.tree.path.name)
        finally:
            self.pooling.checking.discard(holder)  # what was not handed in is taken back by this
