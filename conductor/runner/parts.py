"""Changes that are approved in part: a commit of what is taken, and a place for what is left.

Where the landing of a part is undone, its worktree is taken off it again: then all of the change,
the part and what was left out, is what differs from the target.
"""

from __future__ import annotations

import asyncio
from functools import partial

from conductor import events as e
from conductor.runner.reach import Reach
from conductor.runner.turns import Turns
from conductor.runner.work import words
from conductor.slots import holds_slot
from conductor.state import ALIVE, Landed, Session, State, Task, TaskState
from worktrees import merges, refs, rewriting, taking
from worktrees.errors import GitError
from worktrees.repository import Repository


class Parts:
    """Makes what was taken ready to land; once it has landed, offers what was left out."""

    def __init__(self, reach: Reach, turns: Turns) -> None:
        self.reach = reach
        self.turns = turns

    def look(self, state: State) -> None:
        """Begin with the approvals that leave something out."""
        for task in state.under_way.values():
            if task.lifted and _may_lift(state, task):
                self.reach.work.begin(f"{task.id} lift", partial(self._lift, task, task.lifted))
            if task.reading is None or not task.reading.approval or task.session is None:
                continue
            if task.state is TaskState.REVIEW and not task.reading.taken:
                self.reach.work.begin(f"{task.id} part", partial(self._take, task))
            elif task.id in state.undos:
                continue  # what was taken is about to come back to what was left
            elif task.state is TaskState.LANDED and not state.sessions[task.session].live:
                self.reach.work.begin(f"{task.id} rest", partial(self._keep_rest, task))

    def _approval(self, task: Task) -> e.ChangeApproved:
        fact = self.reach.journal.fact(task.reading.approval if task.reading else 0)
        assert isinstance(fact, e.ChangeApproved)
        return fact

    async def _take(self, task: Task) -> None:
        try:
            made = await asyncio.to_thread(self._commit, task, self._approval(task))
        except GitError as error:
            self.reach.journal.append(e.PartRefused(task.id, words(error)))
            return
        with self.reach.journal.decide() as decision:
            now = decision.state.tasks[task.id]
            if now.reading and task.reading and now.reading.approval == task.reading.approval:
                decision.append(e.PartTaken(task.id, made))

    def _commit(self, task: Task, approval: e.ChangeApproved) -> str:
        session = self.reach.journal.state.sessions[approval.session]
        left: dict[str, list[str]] = {}
        for one in approval.left:
            part, _, path = one.partition(" ")
            left.setdefault(path, []).append(part)
        repo = Repository.open(task.repo)
        ref = f"refs/conductor/taken/{session.id}"
        return taking.commit(repo, session.base or "", approval.commit, left, ref)

    # What was left out.

    async def _keep_rest(self, task: Task) -> None:
        session = self.reach.journal.state.sessions[task.session or ""]
        approval = self._approval(task)
        try:
            await self.turns.keep(session)
            why = await asyncio.to_thread(self._rest, task, self.reach.now_of(session), approval)
            if why is None:
                await self.turns.keep(self.reach.now_of(session))
        except GitError as error:
            why = words(error)
        if why is not None:
            told = f" What you left out is kept in {approval.commit[:12]}. {why}" if why else ""
            self.reach.journal.append(e.RestKept(task.id, f"{task.why or ''}{told}".strip()))
            return
        self._offer(task, approval)

    def _rest(self, task: Task, session: Session, approval: e.ChangeApproved) -> str | None:
        """Put what was left out on top of what landed; say why not if it can't be, or nothing."""
        if session.gone:
            return "Its worktree is gone."
        repo, tree = self.reach.tree(session)
        found = rewriting.rest_on(
            repo, tree, taken=task.to_land or "", offered=approval.commit,
            landed=task.landed or "", now=session.tree or "",
        )  # fmt: skip
        if found is None:
            return "It does not fit what landed, or its worktree has changed since."
        landed = repo.commit_of(task.landed or "")
        return "" if found == merges.tree_of(repo, landed) else None

    async def _lift(self, task: Task, part: Landed) -> None:
        session = self.reach.journal.state.sessions[task.session or ""]
        if task.state is not TaskState.REVIEW:
            self.reach.journal.append(e.PartLifted(task.id))
            return
        try:
            await self.turns.keep(session)
            async with self.turns.lock(session):
                off = await asyncio.to_thread(self._off, session, part)
            await self.turns.keep(session)
        except GitError as error:
            why = f"{task.why} Its worktree stands on that part still: {words(error)}"
            self.reach.journal.append(e.PartLifted(task.id, why))
            return
        facts: list[e.Fact] = [e.PartLifted(task.id)]
        if off:
            note = "The landing of a part of it was undone: this is all of the change again."
            facts.append(e.ChangeEdited(task.id, session.id, (), "", note))
        self.reach.journal.append(*facts)

    def _off(self, session: Session, part: Landed) -> bool:
        """Let a worktree's branch be where the target was before a part landed, if it is on it."""
        if session.gone or not session.worktree:
            return False
        _, tree = self.reach.tree(session)
        if refs.resolve(tree.place, "HEAD") == part.commit:  # else its agent has gone on from there
            rewriting.stand_on(tree, part.before)
        return True

    def _offer(self, task: Task, approval: e.ChangeApproved) -> None:
        with self.reach.journal.decide() as decision:
            now = decision.state.tasks[task.id]
            session = decision.state.sessions[approval.session]
            undone = now.id in decision.state.undos
            if now.state is not TaskState.LANDED or undone or not session.commit:
                return
            decision.append(e.RestOffered(task.id, session.id, session.commit, task.landed or ""))
            if approval.rest:
                number = f"m{decision.state.next_message}"
                text = (
                    f"A part of your change has landed. The rest is left in your worktree, on top "
                    f"of what landed, and is not wanted as it is:\n\n{approval.rest}"
                )
                decision.append(
                    e.ChangeSentBack(task.id, session.id, approval.rest),
                    e.MessageQueued(session.id, number, text, kind="round"),
                )


def _may_lift(state: State, task: Task) -> bool:
    """Say whether no agent is at work on what stands on a part that was undone."""
    session = state.sessions[task.session or ""]
    return task.state not in ALIVE or (task.state is TaskState.REVIEW and not holds_slot(session))
