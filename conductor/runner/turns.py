"""The end of an agent's turn: its work is kept, checked, and offered for review or sent back."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from conductor import events as e
from conductor.cleaning import clean, clean_line
from conductor.nested import left_out
from conductor.runner import opinions
from conductor.runner.checks import Checks, Outcome
from conductor.runner.reach import Reach
from conductor.slots import holds_slot
from conductor.state import Session, SessionState, State, Task, TaskState
from harnesses import HarnessError
from worktrees import changes, inside, snapshots
from worktrees.errors import GitError
from worktrees.repository import Repository

PATIENCE = 2
"""How often in a row a failed check goes back to the agent before a person is asked."""

MOST_FILES = 2000
MOST_NESTED = 20

_AS_LEFT = (
    "`conductor shell {}` shows its worktree as it left it; `conductor cancel {}` gives it up."
)

_DOCTOR = {2: "which release of it was tried here", 127: "whether its program is found"}
"""What helps by the code of an end: programs refuse other releases' options by 2, so most often."""


class Turns:
    """Takes up every session whose turn is over while its task still counts as running."""

    def __init__(self, reach: Reach, checks: Checks) -> None:
        self.reach = reach
        self.checks = checks
        self._keeping: dict[str, asyncio.Lock] = {}

    def look(self, state: State) -> None:
        """Begin with the sessions whose turn is over."""
        for session in self._over(state):
            self.reach.work.begin(f"{session.id} turn", partial(self._end, session))

    def _over(self, state: State) -> list[Session]:
        ended = [
            state.sessions[task.session]
            for task in state.under_way.values()
            if task.state is TaskState.RUNNING and task.session
        ]
        return [session for session in ended if _is_over(state, session)]

    async def _end(self, session: Session) -> None:
        await self.keep(session)
        session = self.reach.now_of(session)
        if not _is_over(self.reach.journal.state, session):
            return
        task = self.reach.task(session)
        if task.reads and session.ready:
            await self._opine(task, session)
            return
        command = self.checks.command(task) if self.reach.may_run(task.repo) else None
        outcome, screen = None, ""
        if not session.ready:
            screen = await asyncio.to_thread(self.screen, session)
        elif command and session.files and not self.checks.has_passed(task, session.tree or ""):
            commit, tree = session.commit or "", session.tree or ""
            outcome = await self.checks.run(task, commit, tree)
        self._offer(session, outcome, screen)

    def lock(self, session: Session) -> asyncio.Lock:
        """Return what whoever runs git in a session's worktree holds meanwhile."""
        return self._keeping.setdefault(session.id, asyncio.Lock())

    async def keep(self, session: Session, why: str = "") -> None:
        """Keep what a session has changed as a snapshot, if its worktree is there."""
        why = why or f"After turn {session.turns}"
        if session.gone or session.worktree is None:
            return
        async with self.lock(session):
            try:
                fact = await asyncio.to_thread(self._snapshot, session, why)
            except GitError as error:
                if error.hint or error.of_machine:
                    raise
                raise GitError(str(error), _AS_LEFT.format(session.id, session.task)) from error
            now = self.reach.now_of(session)
            match fact:
                case e.SnapshotTaken(_, now.commit, now.tree, nested=now.nested):
                    return  # nothing has changed since the last one
            self.reach.journal.append(fact)

    async def _opine(self, task: Task, session: Session) -> None:
        """Take an agent's remarks on another's change; it was never to change anything."""
        why = session.why if session.live else _given_up(session, "", self._midway(session))
        if why:
            self.reach.journal.append(e.TaskFailed(task.id, why))
        else:
            await opinions.give(self.reach, task, session)

    def screen(self, session: Session) -> str:
        """Return the last words on a terminal, for saying why its agent did not start."""
        if not self.reach.tmux.has(session.id):
            return ""
        lines = clean(self.reach.tmux.capture(session.id, ansi=False)).splitlines()
        return "\n".join([line for line in lines if line.strip()][-6:])

    def _snapshot(self, session: Session, why: str) -> e.SnapshotTaken | e.WorktreeVanished:
        if not Path(session.worktree or "").is_dir():
            return e.WorktreeVanished(session.id)
        repo, tree = self.reach.tree(session)
        kept = snapshots.snapshot(tree, self.reach.snapshot_ref(session), why)
        # What was reverted is in the target's history, and no part of the target.
        base = self.reach.task(session).reverted or self._parting(repo, session, kept.commit)
        files = changes.changed_files(repo.place, base, kept.commit)
        nested = (*kept.left_out, *inside.added(tree.path, files))
        return e.SnapshotTaken(
            session.id,
            kept.commit,
            kept.tree,
            tuple(file.path for file in files[:MOST_FILES]),
            tuple(file.path for file in files if file.runs_code)[:MOST_FILES],
            sum(file.added or 0 for file in files),
            sum(file.removed or 0 for file in files),
            base,
            len(files),
            tuple(clean_line(path, 400) for path in nested[:MOST_NESTED]),
        )

    def _parting(self, repo: Repository, session: Session, commit: str) -> str:
        """Return where a session's work parted from its target; where it began, if that is gone."""
        try:
            target = repo.target(self.reach.repo(self.reach.task(session).repo).target)
        except GitError:  # its landing says so, and waits for it
            return session.base or commit
        return changes.merge_base(repo.place, target.commit, commit) or session.base or commit

    def _midway(self, session: Session) -> bool:
        """Say whether an agent left in the middle of its turn; a clean exit is no success then."""
        return session.midway and not self._by_exit(session)

    def _by_exit(self, session: Session) -> bool:
        """Say whether the agent of a session ends its turn by ending."""
        try:
            return self.reach.agent(session).ends_turn_by_exit
        except HarnessError:
            return False  # taken out of the configuration meanwhile

    def _offer(self, session: Session, outcome: Outcome | None, screen: str) -> None:
        """Offer the change, or send it back, if the world is still as it was."""
        # Settings are read before: they may have a trouble to tell, which no decision allows.
        by_exit, unsigned = self._by_exit(session), self.reach.signing_in(session)
        with self.reach.journal.decide() as decision:
            now = decision.state.sessions[session.id]
            task = decision.state.tasks[session.task]
            if not _is_over(decision.state, now) or now.commit != session.commit:
                return
            if outcome and not outcome.ok and task.returns < PATIENCE and now.live:
                text = _failed_check(self.checks.command(task) or "", outcome)
                decision.append(
                    e.ChangeSentBack(task.id, now.id, "Its check failed.", author="runner"),
                    e.MessageQueued(
                        now.id, f"m{decision.state.next_message}", text, "round", author="runner"
                    ),
                )
                return
            edited = task.reading is not None and task.reading.note is not None
            if not edited and (why := _given_up(now, screen, now.midway and not by_exit)):
                why = f"{unsigned} {why}" if unsigned else why
                decision.append(e.TaskFailed(task.id, why))
                return
            decision.append(
                e.ReviewReady(task.id, now.id, now.commit or "", now.count, _note(now, outcome))
            )


def _is_over(state: State, session: Session) -> bool:
    """Say whether a session's turn is over and nothing is on its way to it."""
    task = state.tasks[session.task]
    if task.session != session.id or task.state is not TaskState.RUNNING or session.moving:
        return False
    if session.lost and (session.midway or not session.ready):
        return False  # it waits to be taken up again
    if session.stranded:
        return False  # it goes on in another way
    if not session.again:
        return True
    if any(m.session == session.id and not m.why for m in state.messages.values()):
        return False
    if session.state is SessionState.ENDED:
        return True
    return session.state is SessionState.IDLE and session.turns > 0 and not holds_slot(session)


def _given_up(session: Session, screen: str, midway: bool) -> str | None:
    """Say why a session's work is not offered for review, if it isn't."""
    code = "" if session.code is None else f" with code {session.code}"
    if (told := _DOCTOR.get(session.code or 0)) and not session.why and not session.files:
        code += f" (`conductor doctor` says {told})"
    if session.gone:
        return "Its worktree was removed by hand. What it had done up to its last turn is kept."
    if session.why and session.live:  # its turn failed
        return None if session.files else session.why
    if not session.ready:
        if session.stopping:
            return "You stopped it before it had begun."
        return f"Its agent ended{code} before it was ready. {session.why or screen}".strip()
    if session.commit is None:
        return "It has no worktree."
    if session.live or session.lost or (session.code == 0 and not midway):
        return None
    if session.stopping:
        return None if session.files else "You stopped it before it had changed anything."
    return (
        f"Its agent ended{code} in the middle of its turn ({session.how}). Its work is kept: "
        "words to it continue the conversation, a retry begins anew."
    )


def _note(session: Session, outcome: Outcome | None) -> str:
    notes = []
    if session.why and session.live:
        notes.append(f"Its turn failed: {session.why}")
    if session.stopping:
        notes.append("You stopped its agent; this is what it had done.")
    if not session.files:
        notes.append("It changed nothing.")
        notes.extend(filter(None, [left_out(session.nested, session.id)]))
    if outcome and not outcome.ok:
        code = f"exit code {outcome.code}{outcome.reason}"
        code = "it ran out of time" if outcome.code is None else code
        notes.append(f"Its check fails ({code}).")
    return " ".join(notes)


def _failed_check(command: str, outcome: Outcome) -> str:
    return (
        f"The check failed: `{command}` {outcome.in_words} on your change, in a clean checkout of "
        f"it. Please repair it.\n\n{outcome.tail[-6000:]}"
    )
