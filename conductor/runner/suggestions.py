"""Suggestions that the person applies: written into the worktree and committed in their name."""

from __future__ import annotations

import asyncio
from functools import partial

from conductor import events as e
from conductor.cleaning import clean_line
from conductor.rounds.following import OPEN
from conductor.rounds.quoting import lines_of
from conductor.rounds.said import Comment, said
from conductor.rounds.standing import Stands, stand
from conductor.runner.reach import Reach
from conductor.runner.turns import Turns
from conductor.runner.work import words
from conductor.state import Session, State, Task, TaskState
from worktrees import rewriting
from worktrees.errors import GitError
from worktrees.repository import Identity


class Suggestions:
    """Writes what comments suggest, one at a time a session, while its agent rests."""

    def __init__(self, reach: Reach, turns: Turns) -> None:
        self.reach = reach
        self.turns = turns

    def look(self, state: State) -> None:
        """Begin with what is to be written."""
        for task in state.under_way.values():
            if task.reading and task.reading.applying and task.state is TaskState.REVIEW:
                self.reach.work.begin(f"{task.id} suggestion", partial(self._apply, task))

    async def _apply(self, task: Task) -> None:
        session = self.reach.journal.state.sessions[task.session or ""]
        number = (task.reading and task.reading.applying) or ""
        comment = said(self.reach.journal, task.id).comments.get(number)
        fact: e.SuggestionApplied | e.ApplyRefused
        path = ""
        try:
            await self.turns.keep(session)
            session = self.reach.now_of(session)
            if comment is None or comment.suggestion is None:
                raise GitError(f"There is no {number} any more")
            commit, path = await asyncio.to_thread(self._write, task, session, comment)
            fact = e.SuggestionApplied(task.id, number, commit)
        except GitError as error:
            fact = e.ApplyRefused(task.id, number, words(error))
        with self.reach.journal.decide() as decision:
            decision.append(fact)
            if isinstance(fact, e.SuggestionApplied):
                note = f"You applied {number} to {clean_line(path)}."
                decision.append(e.ChangeEdited(task.id, session.id, (path,), note=note))
            elif session.commit != task.offered:  # it is another change than the one that was read
                decision.append(e.ChangeEdited(task.id, session.id, note=fact.why))

    def _is_there(self, task: Task, one: Comment, stands: Stands, head: str) -> bool:
        """Say whether what is suggested stands where its lines were."""
        content = lines_of(task.repo, head, stands.path) or []
        wanted = (one.suggestion or "").splitlines()
        first = stands.first - 1
        return bool(wanted) and content[first : first + len(wanted)] == wanted

    def _write(self, task: Task, session: Session, one: Comment) -> tuple[str, str]:
        """Write what is suggested, where its lines are by now; return the commit and the file."""
        repo, tree = self.reach.tree(session)
        head, before = session.commit or "", session.tree or ""
        stands = stand(task.repo, [one.but(sent=0)], session.base or head, head)[one.id]
        after = None
        if stands.state == OPEN and one.suggestion is not None:
            after = rewriting.with_lines(
                repo, before, stands.path, (stands.first, stands.last), one.suggestion
            )
        if after is None and self._is_there(task, one, stands, head):
            return repo.commit_of(f"{head}^1"), stands.path  # by a runner that was killed then
        if after is None:
            raise GitError(f"The lines of {one.id} are others now", "Read them again.")
        if after == before:
            raise GitError(f"What {one.id} suggests is there already")
        agent = Identity(session.harness, f"{session.id}@localhost")
        message = f"{one.text or 'Apply a suggestion'}\n\nTask: {task.id}\n"
        own = repo.commit_of(f"{head}^1")
        commit = rewriting.commit_edit(repo, own, (before, after), message, agent)
        rewriting.write_edit(tree, (before, after), own, commit)
        return commit, stands.path
