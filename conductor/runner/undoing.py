"""Taking a landing back: exactly where nothing came after, else by a commit that reverts it.

Nothing that somebody may have fetched is ever taken from a branch: a target is moved back only
while no remote is known to hold the landing.
"""

from __future__ import annotations

import asyncio

from conductor import events as e
from conductor.cleaning import clean_line
from conductor.runner.coupling import Misfit
from conductor.runner.reach import Reach
from conductor.runner.work import words
from conductor.state import ALIVE, UNBEGUN, State, Task
from worktrees import landings, merges
from worktrees.errors import GitError
from worktrees.merges import Occupied
from worktrees.repository import Repository, Target


class Undoing:
    """Undoes exactly what it can; what it cannot becomes a car of the train, or a task."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach

    async def exactly(self, repo: Repository, task: Task) -> bool:
        """Take a landing back by moving the target to where it stood; say whether that was it."""
        try:
            fact = await asyncio.to_thread(self._take_back, repo, task)
        except GitError as error:
            self.refuse(task, error)
            return True
        if fact is None:
            return False
        self.reach.journal.append(fact)
        return True

    def _take_back(self, repo: Repository, task: Task) -> e.LandingUndone | e.UndoRefused | None:
        if task.to_undo is None:
            return e.UndoRefused(task.id, "There is nothing to undo: none of it is on its target.")
        name, landed, before = task.to_undo.target, task.to_undo.commit, task.to_undo.before
        target = repo.target(name)
        if target.commit != before:
            if not landings.holds(repo, target.commit, landed):
                return e.UndoRefused(
                    task.id,
                    f"There is nothing to undo: {name} does not hold its landing any more. "
                    "Somebody has moved the branch elsewhere.",
                )
            if target.commit != landed or landings.is_published(repo, landed):
                return None
            landings.keep(repo, landed)
            merges.move_branch(repo, name, before, landed, f"conductor: undo {task.id}")
        return e.LandingUndone(task.id, name, before)

    def refuse(self, task: Task, error: GitError) -> None:
        """Write down that a landing stays, and why."""
        said = f"{error}" if isinstance(error, Occupied) else words(error)  # its hint is to land
        why = f"Its landing was not undone. {said.rstrip('.')}. Put that right, then undo it again."
        self.reach.journal.append(e.UndoRefused(task.id, why))

    def hand_over(
        self, task: Task, target: Target, misfit: Misfit, why: str = "", tail: str = ""
    ) -> None:
        """Make a task of an undoing that takes more than moving commits about."""
        if misfit.nothing:
            self.reach.journal.append(
                e.LandingUndone(task.id, target.name, target.commit, "revert")
            )
            return
        if misfit.error:
            self.refuse(task, misfit.error)
            return
        if misfit.conflict:
            why = f"what came later changes the same lines ({', '.join(misfit.conflict.files[:5])})"
            tail = misfit.conflict.text[:8000]
        what = "the change" if task.landed else "a part of the change"
        commit, before = (task.to_undo.commit, task.to_undo.before) if task.to_undo else ("", "")
        landed = commit[:12]
        text = (
            f"Take back {what} “{task.title}” ({task.id}), which landed on {target.name} as "
            f"{landed}: {why}.\n\nRevert what it did (`git diff {before[:12]} {landed}` shows "
            "it), and keep what came after it working. Do not rewrite history: "
            f"commit the opposite on top.\n\n{tail}".strip()
        )
        with self.reach.journal.decide() as decision:
            if task.id not in decision.state.undos:
                return
            cannot = f"It cannot be reverted as it is: {why}."
            if taken_up := _at_it(decision.state, task.id, commit):
                decision.append(e.UndoRefused(task.id, f"{cannot} {taken_up} takes it back."))
                return
            number = f"t{decision.state.next_task}"
            decision.append(
                e.TaskAdded(
                    number, clean_line(f"Take back {task.title}", 120), text, task.repo,
                    priority=max(1, task.priority), verify=task.verify, undoes=task.id,
                    takes_back=commit,
                ),
                e.UndoRefused(
                    task.id,
                    f"{cannot} {number} was added to the queue: an "
                    "agent takes it back, and you read that before it lands.",
                ),
            )  # fmt: skip


def _at_it(state: State, ident: str, commit: str) -> str | None:
    """Find the task that is to take this landing back already: asked twice is asked once."""
    asked = (one for one in state.tasks.values() if (one.undoes, one.takes_back) == (ident, commit))
    return next((one.id for one in asked if one.state in UNBEGUN | ALIVE), None)
