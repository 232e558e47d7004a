"""The moment in which a target moves: promised before, said after, completed if it was cut off."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial

from conductor import events as e
from conductor.nested import left_out
from conductor.runner.reach import Reach
from conductor.state import ALIVE, State, Task, TaskState
from conductor.train import Car
from worktrees import checkouts, landings, merges, refs
from worktrees.errors import GitError, Moved
from worktrees.merges import Occupied
from worktrees.repository import Repository


class Moving:
    """Moves a target to a car, and says so."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach

    async def to(self, repo: Repository, name: str, car: Car) -> bool:
        """Move a target to its first car, and say whether it went; raises what git refuses."""
        task = self._promise(name, car)
        if task is None:
            return False
        note = ""
        if task.leaves:
            note = await asyncio.to_thread(self._step_aside, repo, name)
        why = f"conductor: {'undo' if car.wish.undo else 'land'} {task.id}"
        move = partial(merges.move_branch, repo, name, car.commit, car.onto, why)
        try:
            await asyncio.to_thread(move)
        except Moved:
            return False  # the target went on meanwhile: begin again on the new one
        except GitError:
            if not await asyncio.to_thread(_holds, repo, name, car.commit):
                raise
        self._went(task, name, car.commit, car.onto, note)
        return True

    def way_round(self, repo: Repository, task: Task) -> str:
        """Say how a change lands without the person's checkout."""
        first = "" if self._named(repo) else "name the target in conductor.toml, then "
        return f"{first}conductor land {task.id} --leave-checkout"

    def _named(self, repo: Repository) -> bool:
        return self.reach.repo(str(repo.root)).target is not None

    def _step_aside(self, repo: Repository, name: str) -> str:
        """Leave a checkout behind that has the target checked out, and say where it is."""
        checkout = checkouts.checkout_of(repo, name)
        if checkout is None or checkout.clean:
            return ""
        if not self._named(repo):
            raise Occupied(
                f"What lands goes onto the branch you have checked out, so {repo.root} cannot stay "
                "behind on another",
                f'Put target = "{name}" into conductor.toml.',
            )
        left = checkouts.step_aside(repo, name)
        return f"Your checkout {left[0]} stays as it was, on the branch {left[1]}." if left else ""

    def _promise(self, name: str, car: Car) -> Task | None:
        """Write down what is about to land: from here on nobody can take it back."""
        with self.reach.journal.decide() as decision:
            if not _is_wanted(decision.state, car):
                return None  # taken back while its check ran
            if car.wish.undo:
                fact: e.Fact = e.UndoStarted(car.task, name, car.onto, car.commit, car.tree)
            else:
                fact = e.LandingStarted(car.task, name, car.onto, car.commit, (), car.tree)
            decision.append(fact)
            return decision.state.tasks[car.task]

    def _went(self, task: Task, name: str, commit: str, before: str, note: str = "") -> None:
        if task.state is TaskState.LANDING:
            self.landed(task, name, commit, before, note)
        else:
            self.reach.journal.append(e.LandingUndone(task.id, name, commit, "revert"))

    def landed(self, task: Task, name: str, commit: str, before: str, note: str = "") -> None:
        """Write down that a change landed, and with it that what it takes back is undone."""
        session = self.reach.journal.state.sessions.get(task.session or "")
        inside = left_out(session.nested, session.id) if session else ""
        note = " ".join(filter(None, (note, inside)))
        facts: list[e.Fact] = [e.ChangeLanded(task.id, name, commit, before, note)]
        undone = self.reach.journal.state.tasks.get(task.undoes or "")
        if undone and undone.to_undo and task.takes_back in (None, undone.to_undo.commit):
            facts.append(e.LandingUndone(undone.id, name, commit, "task"))
        settled = self.reach.journal.state.tasks.get(task.settles or "")
        if settled is not None and settled.state in ALIVE:
            facts.append(e.TaskCancelled(settled.id, f"It landed as part of {task.id}."))
        self.reach.journal.append(*facts)

    async def complete(self, repo: Repository, tasks: Iterable[Task]) -> None:
        """Write down what a killed runner had done, but not said, when its target had moved."""
        for task in await asyncio.to_thread(_moved, repo, tasks):
            self._went(task, task.target or "", task.landing or "", task.before or "")


def _is_wanted(state: State, car: Car) -> bool:
    task = state.tasks[car.task]
    if car.wish.undo:
        undone = task.to_undo
        return task.id in state.undos and undone is not None and undone.commit == car.wish.change
    return task.state is TaskState.LANDING and task.to_land == car.wish.change


def _moved(repo: Repository, tasks: Iterable[Task]) -> list[Task]:
    """Complete what was cut off, and find the tasks whose target has moved."""
    merges.finish(repo)
    begun = [(task, task.target, task.landing) for task in tasks]
    return [task for task, name, new in begun if name and new and _holds(repo, name, new)]


def _holds(repo: Repository, name: str, commit: str) -> bool:
    """Say whether a branch holds a commit; one that is gone since holds nothing."""
    at = refs.commit(repo.place, f"refs/heads/{name}")
    return at is not None and landings.holds(repo, at, commit)
