"""From an approval to the target: merged in memory, checked in a clean worktree, one ref moved.

Approved changes of a repository land one after the other, in the order of their approval. Before
the target moves, the commit that is about to land is written down; a landing cut off after that
is recognised by it and completed, one cut off before is begun anew.
"""

from __future__ import annotations

import asyncio
from functools import partial

from conductor import events as e
from conductor.runner.checks import Checks
from conductor.runner.reach import Reach
from conductor.runner.turns import Turns
from conductor.runner.work import words
from conductor.state import Session, State, Task, TaskState
from worktrees import landings, merges
from worktrees.errors import GitError, Moved
from worktrees.merges import Conflict, Occupied
from worktrees.repository import Repository, Target

PARKED, PARKED_LONG = 3.0, 60.0
"""Seconds until a landing that waits for the person's checkout looks again: the first and the most
where a look is a try; whether the checkout is clean by now is looked at every three."""


class Landing:
    """Lands what was approved and takes back what is to be undone, one at a time a repository."""

    def __init__(self, reach: Reach, checks: Checks, turns: Turns) -> None:
        self.reach = reach
        self.checks = checks
        self.turns = turns
        self._parked: dict[str, float] = {}

    def look(self, state: State) -> None:
        """Begin with the next landing, or the next undoing, of each repository."""
        seen: set[str] = set()
        for ident in (*state.undos, *state.landings):
            repo = state.tasks[ident].repo
            if repo not in seen:
                seen.add(repo)
                job = self._undo if ident in state.undos else self._land
                self.reach.work.begin(f"{repo} landing", partial(job, ident))

    # Landing.

    async def _land(self, ident: str) -> float | None:
        task = self.reach.state().tasks[ident]
        session = self.reach.journal.state.sessions[task.session or ""]
        if await asyncio.to_thread(self._finish, task):
            return None
        if task.why is not None and await asyncio.to_thread(self._still_dirty, task):
            return PARKED
        try:
            if not await self._still_approved(task, session):
                return None
            await self._merge(task, session)
        except Occupied as error:
            return self._park(task, words(error))
        except Moved:
            return None  # the target went on meanwhile: begin again on the new one
        except GitError as error:
            self._fail(task, session, e.LandingFailed(task.id, words(error)), None)
        return None

    def _finish(self, task: Task) -> bool:
        """Complete a landing that a killed runner left after its target had moved."""
        repo = Repository.open(task.repo)
        merges.finish(repo)
        if not (task.landing and task.target and task.before):
            return False
        target = repo.target(task.target)
        if not landings.holds(repo, target.commit, task.landing):
            return False
        self._landed(task, target.name, task.landing, task.before)
        return True

    async def _still_approved(self, task: Task, session: Session) -> bool:
        """An approval is of a commit: look whether that is still what the worktree holds."""
        await self.turns.keep(session)
        now = self.reach.now_of(session)
        if self.reach.task(session).approved != task.approved:
            return False
        if now.commit == task.approved:
            return True
        self.reach.journal.append(
            e.ApprovalVoided(
                task.id, "Its worktree changed after you approved it: read it again, then approve."
            )
        )
        return False

    async def _merge(self, task: Task, session: Session) -> None:
        wishes = self.reach.repo(task.repo)
        change = task.approved or ""
        repo = await asyncio.to_thread(Repository.open, task.repo)
        target = await asyncio.to_thread(repo.target, wishes.target)
        self.reach.journal.append(e.LandingStarted(task.id, target.name, target.commit))
        merged = await asyncio.to_thread(merges.merge, repo, target.commit, change)
        if isinstance(merged, Conflict):
            self._fail(
                task, session,
                e.LandingFailed(task.id, _conflict_words(target, merged), "conflict", merged.files),
                _conflict_message(target, merged),
            )  # fmt: skip
            return
        if merged.tree == await asyncio.to_thread(merges.tree_of, repo, target.commit):
            note = f"{target.name} holds all of it already."
            self._landed(task, target.name, target.commit, target.commit, note)
            return
        base = session.base or target.commit
        commit = await asyncio.to_thread(
            landings.compose, repo, target, change, base=base, tree=merged.tree,
            how=wishes.landing, message=self._message(task, session),
        )  # fmt: skip
        if await self._passes(task, session, target, commit, merged.tree):
            await self._move(task, repo, target, commit)

    async def _passes(
        self, task: Task, session: Session, target: Target, commit: str, tree: str
    ) -> bool:
        """Check the merged tree, unless that very tree has passed already."""
        command, last = self.checks.command(task), task.checked
        if not command or (last and last.ok and last.tree == tree):
            return True
        outcome = await self.checks.run(task, commit, tree, "landing")
        if outcome.ok:
            return True
        code = "ran out of time" if outcome.code is None else f"ended with {outcome.code}"
        why = f"Merged onto the newest target, its check `{command}` {code}."
        message = (
            f"Your change fails its check when it is merged onto the newest target: `{command}` "
            f"{code}. Bring the target into your branch (`git merge {target.name}`), see "
            f"what is wrong, and repair it.\n\n{outcome.tail[-6000:]}"
        )
        self._fail(task, session, e.LandingFailed(task.id, why, "verify"), message)
        return False

    async def _move(self, task: Task, repo: Repository, target: Target, commit: str) -> None:
        with self.reach.journal.decide() as decision:  # from here on nobody can take it back
            now = decision.state.tasks[task.id]
            if now.state is not TaskState.LANDING or now.approved != task.approved:
                return  # taken back while its check ran
            decision.append(e.LandingStarted(task.id, target.name, target.commit, commit))
        why = f"conductor: land {task.id}"
        await asyncio.to_thread(merges.move_branch, repo, target.name, commit, target.commit, why)
        self._landed(task, target.name, commit, target.commit)

    def _landed(self, task: Task, target: str, commit: str, before: str, note: str = "") -> None:
        self.reach.journal.append(e.ChangeLanded(task.id, target, commit, before, note))

    def _still_dirty(self, task: Task) -> bool:
        """Look whether a parked landing waits for the same as before, without a try that tells."""
        repo = Repository.open(task.repo)
        checkout = merges.checkout_of(repo, repo.target(task.target).name)
        return checkout is not None and not checkout.clean

    def _park(self, task: Task, why: str) -> float:
        self.reach.journal.append(e.LandingParked(task.id, why))
        self._parked[task.id] = min(2 * self._parked.get(task.id, PARKED / 2), PARKED_LONG)
        return self._parked[task.id]

    def _fail(
        self, task: Task, session: Session, fact: e.LandingFailed, message: str | None
    ) -> None:
        """Write down why a change could not land; with a message, it goes back to its agent."""
        with self.reach.journal.decide() as decision:
            if decision.state.tasks[task.id].approved != task.approved:
                return
            decision.append(fact)
            now = decision.state.sessions[session.id]
            if message and not now.gone:
                number = f"m{decision.state.next_message}"
                decision.append(
                    e.ChangeSentBack(task.id, session.id, fact.why, author="runner"),
                    e.MessageQueued(session.id, number, message, "round", author="runner"),
                )

    def _message(self, task: Task, session: Session) -> str:
        text = self.reach.journal.text(task.told).strip()
        body = "" if text == task.title else f"\n{text[:4000]}\n"
        return f"{task.title}\n{body}\nTask: {task.id}\nAgent: {session.harness} ({session.id})\n"

    # Undoing.

    async def _undo(self, ident: str) -> None:
        task = self.reach.state().tasks[ident]
        try:
            fact = await asyncio.to_thread(self._take_back, task)
        except Occupied as error:
            fact = e.UndoRefused(
                ident, f"Its landing was not undone. {error}. Put that right, then undo it again."
            )
        except GitError as error:
            fact = e.UndoRefused(ident, f"Its landing was not undone. {words(error)}")
        self.reach.journal.append(fact)

    def _take_back(self, task: Task) -> e.LandingUndone | e.UndoRefused:
        repo = Repository.open(task.repo)
        merges.finish(repo)
        name, landed, before = task.target or "", task.landed or "", task.before or ""
        target = repo.target(name)
        if target.commit == landed != before:
            why = f"conductor: undo {task.id}"
            merges.move_branch(repo, name, before, landed, why)
        elif target.commit != before:
            after = landings.count_between(repo, landed, target.commit)
            newer = f"{after} commit{'s' if after != 1 else ''}" if after else "something else"
            return e.UndoRefused(
                task.id,
                f"Its landing was not undone: {name} has moved on by {newer} since. Undo what came "
                f"after it first, or revert it yourself: git revert {landed[:12]}",
            )
        return e.LandingUndone(task.id, name, before)


def _conflict_words(target: Target, conflict: Conflict) -> str:
    files = ", ".join(conflict.files[:5])
    more = f" and {len(conflict.files) - 5} more" if len(conflict.files) > 5 else ""
    return f"It conflicts with {target.name} in {files}{more}."


def _conflict_message(target: Target, conflict: Conflict) -> str:
    return (
        f"Your change conflicts with {target.name}, which has moved on since you began, in: "
        f"{', '.join(conflict.files)}.\n\nPlease merge it into your branch: commit what you have, "
        f"run `git merge {target.name}`, keep what both sides mean, and finish the merge. "
        f"Both sides, as git sees them:\n\n{conflict.text[:12000]}"
    )
