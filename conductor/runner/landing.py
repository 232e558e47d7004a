"""From approvals to the target: a train of changes, checked at once, landed one by one.

Each repository has a line of what is to land and what is to be reverted. Before the target moves,
the commit that is about to land is written down; a landing cut off after that is recognised by it
and completed, one cut off before is begun anew.
"""

from __future__ import annotations

import asyncio
from functools import partial

from conductor.cleaning import clean
from conductor.runner.checks import Checks
from conductor.runner.line import Line
from conductor.runner.parking import Parking
from conductor.runner.reach import Reach
from conductor.runner.trials import Trials
from conductor.runner.turns import Turns
from conductor.runner.work import words
from conductor.state import State
from worktrees.errors import GitError
from worktrees.repository import Repository

_DISTRUST = (
    "Its repository names commands by now that would run on it: `conductor trust {}` says, once, "
    "that they may."
)


class Landing:
    """Lands what was approved and takes back what is to be undone, a train a repository."""

    def __init__(self, reach: Reach, checks: Checks, turns: Turns) -> None:
        self.reach = reach
        self.checks = checks
        self.turns = turns
        self._parking = Parking(reach)
        self._passed: set[tuple[str, str]] = set()  # which command on which tree

    def look(self, state: State) -> None:
        """Begin with the line of each repository that has one."""
        wanted = [state.tasks[one] for one in (*state.undos, *state.landings)]
        for repo in dict.fromkeys(task.repo for task in wanted):
            if self.reach.may_run(repo):
                self.reach.work.begin(f"{repo} landing", partial(self._serve, repo))
                continue
            why = clean(_DISTRUST.format(repo), 2000)
            if any(task.why != why for task in wanted if task.repo == repo):
                self._parking.park_all(repo, why)

    async def _serve(self, root: str) -> float | None:
        try:
            repo = await asyncio.to_thread(Repository.open, root)
        except GitError as error:
            return self._parking.park_all(root, words(error)) or None
        trials = Trials(self.reach, self.checks, self._passed)
        line = Line(repo, root, self.turns, self._parking, trials)
        try:
            return await line.run() or None
        finally:
            await line.leave()
