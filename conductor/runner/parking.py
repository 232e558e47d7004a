"""Landings that wait for something in the person's hands, and when to look at them again."""

from __future__ import annotations

from conductor import events as e
from conductor.runner.reach import Reach
from conductor.state import GIVEN_UP, State, Task, TaskState
from worktrees import merges
from worktrees.errors import GitError
from worktrees.repository import Repository

SHORT, LONG = 3.0, 60.0
"""Seconds until a line that waits for the person's checkout looks again: the first and the most
where a look is a try; whether the checkout is clean by now is looked at every three."""


class Parking:
    """Says once why a landing waits, and waits longer each time."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self._waited: dict[str, float] = {}

    def park(self, task: Task, why: str) -> float:
        """Leave a landing to the person; return in how many seconds to come back to it."""
        now = self.reach.journal.state.tasks[task.id]
        if now.why != why or now.landing:
            self.reach.journal.append(e.LandingParked(task.id, why))
        self._waited[task.id] = min(2 * self._waited.get(task.id, SHORT / 2), LONG)
        return self._waited[task.id]

    def park_all(self, root: str, why: str) -> float:
        """Leave the whole line of a repository to the person: nothing of it can land."""
        state = self.reach.journal.state
        undos, landings = (
            [state.tasks[one] for one in idents if state.tasks[one].repo == root]
            for idents in (state.undos, state.landings)
        )
        for task in undos:
            self.reach.journal.append(e.UndoRefused(task.id, f"It was not undone. {why}"))
        return max([self.park(task, why) for task in landings], default=0.0)

    def over(self, task: Task) -> None:
        """Forget how long a landing has waited."""
        self._waited.pop(task.id, None)

    def still(self, repo: Repository, waiting: list[Task]) -> bool:
        """Look whether all of these wait for the same as before, without a try that tells."""
        if not any(one.why for one in waiting):
            return False
        if any(one.leaves or (not one.why and not one.merged and not one.ahead) for one in waiting):
            return False  # one that was never looked at
        try:
            target = repo.target(self.reach.repo(waiting[0].repo).target)
            checkout = merges.checkout_of(repo, target.name)
        except GitError:
            return False
        return checkout is not None and not checkout.clean


def missing(state: State, task: Task) -> tuple[str, ...]:
    """Find what a task comes after that was taken back since, and is at work again."""
    return tuple(one for one in task.after if _is_missing(state, one))


def _is_missing(state: State, ident: str) -> bool:
    known = state.tasks.get(ident)
    if known is None or known.state in GIVEN_UP or known.state is TaskState.LANDED:
        return False
    return ident not in state.landings
