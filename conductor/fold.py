"""What follows from the facts: a pure, total fold, with no input or output.

A batch copies each collection once and then works on the copies, so that folding one fact or a
hundred thousand costs what the facts cost, and an older state stays what it was. A fact about
something unknown, or one that came too late to matter, changes nothing.
"""

from __future__ import annotations

from bisect import bisect_left, insort

from conductor import events as e
from conductor.cleaning import clean, clean_line
from conductor.state import (
    ALIVE,
    GIVEN_UP,
    UNBEGUN,
    Message,
    Record,
    Session,
    SessionState,
    State,
    Task,
    TaskState,
    Trouble,
    Verify,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


_MID_TURN = frozenset({SessionState.BUSY, SessionState.WAITING, SessionState.LIMITED})


def fold(state: State, records: Iterable[Record]) -> State:
    """Return the state after these facts."""
    draft: _Draft | None = None
    for record in records:
        if draft is None:
            draft = _Draft(state)
        draft.seq = record.seq
        draft.at = record.at
        if record.fact is None:
            draft.skipped += 1
        else:
            draft.take(record.fact)
    return state if draft is None else draft.settled(state)


def _number(ident: str) -> int:
    digits = ident[1:]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else 0


class _Draft:
    """A state being written: the copies that one batch of facts is applied to."""

    def __init__(self, state: State) -> None:
        self.seq = state.seq
        self.at = 0.0
        self.skipped = state.skipped
        self.tasks = dict(state.tasks)
        self.sessions = dict(state.sessions)
        self.live = dict(state.live)
        self.messages = dict(state.messages)
        self.troubles = dict(state.troubles)
        self.limits = dict(state.limits)
        self.followers = dict(state.followers)
        self.counts = dict(state.counts)
        self.queue = list(state.queue)
        self.landings = list(state.landings)
        self.landed = list(state.landed)
        self.undos = list(state.undos)
        self.repos = list(state.repos)
        self.trusted = list(state.trusted)
        self.next_task = state.next_task
        self.next_session = state.next_session
        self.next_message = state.next_message
        self.runner = state.runner

    def settled(self, before: State) -> State:
        """Return the finished state."""
        return before.but(
            seq=self.seq,
            tasks=self.tasks,
            sessions=self.sessions,
            live=self.live,
            messages=self.messages,
            troubles=self.troubles,
            limits=self.limits,
            followers=self.followers,
            counts=self.counts,
            queue=tuple(self.queue),
            landings=tuple(self.landings),
            landed=tuple(self.landed),
            undos=tuple(self.undos),
            repos=tuple(self.repos),
            trusted=tuple(self.trusted),
            next_task=self.next_task,
            next_session=self.next_session,
            next_message=self.next_message,
            skipped=self.skipped,
            runner=self.runner,
        )

    # Changing one thing, with everything that must stay true about it.

    def put_task(self, new: Task) -> None:
        """Store a task and keep the queue, the counts and the landing order in step."""
        old = self.tasks.get(new.id)
        self.tasks[new.id] = new
        if old is not None:
            self._count(old, -1)
            if old.state is TaskState.QUEUED:
                at = bisect_left(self.queue, old.turn)
                if at < len(self.queue) and self.queue[at] == old.turn:
                    del self.queue[at]
        self._count(new, +1)
        if new.state is TaskState.QUEUED:
            insort(self.queue, new.turn)
        if new.state is TaskState.LANDING:
            if new.id not in self.landings:
                self.landings.append(new.id)
        elif new.id in self.landings:
            self.landings.remove(new.id)
        if old is not None and old.state is not new.state:
            for follower in self.followers.get(new.id, ()):
                self._settle_follower(follower)
            if old.session and new.state not in ALIVE:
                self._forget_messages(old.session, failed_only=False)

    def _forget_messages(self, session: str, *, failed_only: bool) -> None:
        for message in [m for m in self.messages.values() if m.session == session]:
            if message.why or not failed_only:
                del self.messages[message.id]

    def _count(self, task: Task, by: int) -> None:
        key = f"{task.state} {task.repo}"
        count = self.counts.get(key, 0) + by
        if count:
            self.counts[key] = count
        else:
            self.counts.pop(key, None)

    def _settle_follower(self, ident: str) -> None:
        task = self.tasks.get(ident)
        if task is not None and task.state in (TaskState.QUEUED, TaskState.BLOCKED):
            state, why = self._readiness(task.after)
            if (state, why) != (task.state, task.why):
                self.change(task, state=state, why=why)

    def _readiness(self, after: tuple[str, ...]) -> tuple[TaskState, str | None]:
        """Say whether a task that waits for these may start, and if not, why."""
        waits = []
        for ident in after:
            task = self.tasks.get(ident)
            if task is None:
                return TaskState.BLOCKED, f"It waits for {ident}, which is not known."
            if task.state in GIVEN_UP:
                return TaskState.BLOCKED, (
                    f"It waits for {ident}, which was {task.state}: retry {ident}, or cancel this."
                    if task.state is not TaskState.FAILED
                    else f"It waits for {ident}, which failed: retry {ident}, or cancel this."
                )
            if task.state is not TaskState.LANDED:
                waits.append(ident)
        if waits:
            return TaskState.BLOCKED, f"It waits for {', '.join(waits)} to land."
        return TaskState.QUEUED, None

    def change(self, task: Task, **changes: object) -> None:
        """Change a task; a new state also says since when."""
        if changes.get("state", task.state) is not task.state:
            changes.setdefault("since", self.at)
        self.put_task(task.but(**changes))

    def turn_to(self, session: Session, state: SessionState, **changes: object) -> None:
        """Put a session into a state; leaving `waiting` or `limited` forgets why it was there."""
        if session.state is not state:
            changes.setdefault("since", self.at)
        if state is not SessionState.WAITING:
            changes.update(ask=None, ask_kind=None, ask_text=None)
        if state is not SessionState.LIMITED:
            changes["until"] = None
        if state not in (SessionState.STARTING, SessionState.ENDED):
            changes["ready"] = True
        changed = session.but(state=state, **changes)
        self.put_session(changed)
        for message in [m for m in self.messages.values() if m.session == session.id]:
            if message.kind == "answer" and message.ask != changed.ask:
                del self.messages[message.id]  # it was answered in the agent's own terminal

    def put_session(self, session: Session) -> None:
        """Store a session, among the live ones if it is alive."""
        self.sessions[session.id] = session
        if session.live:
            self.live[session.id] = session
        else:
            self.live.pop(session.id, None)

    def work(self, session: Session, state: TaskState) -> None:
        """Let the session's task follow what its agent does, while that is what decides it."""
        task = self.tasks.get(session.task)
        if task is not None and task.session == session.id:
            if task.state in (TaskState.RUNNING, TaskState.WAITING):
                self.change(task, state=state, why=None if state is not task.state else task.why)
            elif task.state is TaskState.REVIEW:
                self.change(task, state=state, why="Its agent went on working.", offered=None)

    # One case a fact.

    def take(self, fact: e.Fact) -> None:
        """Apply one fact."""
        match fact:
            case e.TaskAdded():
                self._add(fact)
            case e.MessageQueued(session, message, text, kind, ask, author):
                self.messages[message] = Message(
                    message, session, kind, ask, author, self.at, self.seq, clean_line(text)
                )
                self.next_message = max(self.next_message, _number(message) + 1)
            case e.RepoTrusted(repo):
                if repo not in self.trusted:
                    self.trusted.append(repo)
            case e.RunnerStarted(pid):
                self.runner = pid
                self.troubles.clear()  # they were another's; what still is one is told again
            case e.TroubleSeen(subject, why):
                self.troubles[subject] = Trouble(subject, clean(why, 2000), self.at)
            case e.TroubleCleared(subject):
                self.troubles.pop(subject, None)
            case e.SessionClaimed():
                self._claim(fact)
            case (
                e.TaskEdited(task)
                | e.TaskHeld(task)
                | e.TaskReleased(task)
                | e.TaskCancelled(task)
                | e.TaskRetried(task)
                | e.TaskPassedOver(task)
                | e.TaskFailed(task)
            ):
                if known := self.tasks.get(task):
                    self._queue_fact(known, fact)
            case (
                e.ChangeOpened(task)
                | e.ChangeApproved(task)
                | e.ChangeRejected(task)
                | e.ChangeSentBack(task)
                | e.UndoAsked(task)
                | e.VerifyStarted(task)
                | e.VerifyFinished(task)
                | e.ReviewReady(task)
                | e.ApprovalVoided(task)
                | e.LandingStarted(task)
                | e.LandingParked(task)
                | e.LandingFailed(task)
                | e.ChangeLanded(task)
                | e.LandingUndone(task)
                | e.UndoRefused(task)
            ):
                if known := self.tasks.get(task):
                    self._review_fact(known, fact)
            case (
                e.WorktreeCreated(session)
                | e.SessionStarted(session)
                | e.SessionFailed(session)
                | e.MessageTyped(session)
                | e.MessageDelivered(session)
                | e.MessageFailed(session)
                | e.StopAsked(session)
                | e.SessionNamed(session)
                | e.SessionRecorded(session)
                | e.SessionBusy(session)
                | e.SessionIdle(session)
                | e.SessionWaiting(session)
                | e.SessionLimited(session)
                | e.TurnFailed(session)
                | e.SessionEnded(session)
                | e.SnapshotTaken(session)
                | e.WorktreeVanished(session)
                | e.WorktreeRemoved(session)
            ):
                if at_work := self.sessions.get(session):
                    self._session_fact(at_work, fact)
            case _:
                self.skipped += 1

    def _add(self, fact: e.TaskAdded) -> None:
        number = _number(fact.task)
        if not number or fact.task in self.tasks:
            self.skipped += 1
            return
        self.next_task = max(self.next_task, number + 1)
        if fact.repo not in self.repos:
            self.repos.append(fact.repo)
        after = tuple(dict.fromkeys(a for a in fact.after if a != fact.task))
        state, why = (TaskState.HELD, None) if fact.held else self._readiness(after)
        for ident in after:
            self.followers[ident] = (*self.followers.get(ident, ()), fact.task)
        self.put_task(
            Task(
                id=fact.task,
                number=number,
                title=clean_line(fact.title),
                repo=fact.repo,
                state=state,
                since=self.at,
                created_at=self.at,
                told=self.seq,
                priority=fact.priority,
                after=after,
                template=fact.template,
                harness=fact.harness,
                subscription=fact.subscription,
                model=fact.model,
                verify=fact.verify,
                why=why,
            )
        )

    def _claim(self, fact: e.SessionClaimed) -> None:
        number, task = _number(fact.session), self.tasks.get(fact.task)
        if not number or task is None or fact.session in self.sessions:
            self.skipped += 1
            return
        self.next_session = max(self.next_session, number + 1)
        self.put_session(
            Session(
                fact.session, number, fact.task, fact.harness, fact.subscription, fact.model,
                SessionState.STARTING, self.at, self.at,
            )
        )  # fmt: skip
        self.change(
            task, state=TaskState.RUNNING, session=fact.session, tries=task.tries + 1, why=None,
            rounds=0, returns=0, offered=None, opened=None, approved=None, checked=None,
        )  # fmt: skip

    def _queue_fact(self, task: Task, fact: e.Fact) -> None:
        match fact:
            case e.TaskEdited():
                if task.state in UNBEGUN:
                    self._edit(task, fact)
            case e.TaskHeld():
                if task.state in UNBEGUN:
                    self.change(task, state=TaskState.HELD, why=None)
            case e.TaskReleased():
                if task.state is TaskState.HELD:
                    state, why = self._readiness(task.after)
                    self.change(task, state=state, why=why)
            case e.TaskCancelled(_, why):
                if task.state in UNBEGUN or task.state in ALIVE or task.state is TaskState.FAILED:
                    self.change(
                        task, state=TaskState.CANCELLED, why=clean(why, 2000) or None, approved=None
                    )
            case e.TaskRetried():
                if task.state in GIVEN_UP:
                    state, why = self._readiness(task.after)
                    self.change(task, state=state, why=why, session=None)
            case e.TaskPassedOver(_, why):
                if task.state in UNBEGUN:
                    self.change(task, why=clean(why, 2000) or None)
            case e.TaskFailed(_, why):
                if task.state in ALIVE or task.state in UNBEGUN:
                    self.change(task, state=TaskState.FAILED, why=clean(why, 2000), approved=None)

    def _edit(self, task: Task, fact: e.TaskEdited) -> None:
        changes: dict[str, object] = {
            field: value
            for field in ("priority", "harness", "subscription", "model", "verify")
            if (value := getattr(fact, field)) is not None
        }
        if fact.title is not None:
            changes["title"] = clean_line(fact.title)
        if fact.text is not None:
            changes["told"] = self.seq
        if task.state is TaskState.QUEUED:
            changes["why"] = None
        self.change(task, **changes)

    def _review_fact(self, task: Task, fact: e.Fact) -> None:
        match fact:
            case e.ChangeOpened(_, commit):
                self.change(task, opened=commit)
            case e.ChangeApproved(_, _, commit):
                if task.state is TaskState.REVIEW:
                    self.change(
                        task, state=TaskState.LANDING, approved=commit, landing=None, why=None
                    )
            case e.ChangeRejected(_, why):
                if task.state in (TaskState.REVIEW, TaskState.LANDING):
                    self.change(task, state=TaskState.REJECTED, why=clean(why, 2000), approved=None)
            case e.ChangeSentBack(_, session, why, author):
                if task.session == session and task.state in ALIVE | {TaskState.FAILED}:
                    self.change(
                        task, state=TaskState.RUNNING, why=clean_line(why, 400), approved=None,
                        rounds=task.rounds + 1, offered=None,
                        returns=task.returns + 1 if author == "runner" else 0,
                    )  # fmt: skip
            case e.ReviewReady(_, session, commit, _, note):
                if task.session == session and task.state in (TaskState.RUNNING, TaskState.WAITING):
                    note = clean(note, 2000)
                    self.change(
                        task, state=TaskState.REVIEW, offered=commit, why=note or None, returns=0
                    )
            case e.VerifyStarted(_, commit, where):
                self.change(task, checked=Verify(commit, "", where, None, self.at))
            case e.VerifyFinished(_, commit, tree, where, ok, code, seconds):
                checked = Verify(commit, tree, where, ok, self.at, code, seconds, self.seq)
                self.change(task, checked=checked)
            case e.UndoAsked():
                if task.state is TaskState.LANDED and task.id not in self.undos:
                    self.undos.append(task.id)
            case _:
                self._landing_fact(task, fact)

    def _landing_fact(self, task: Task, fact: e.Fact) -> None:
        match fact:
            case e.ApprovalVoided(_, why):
                if task.state is TaskState.LANDING:
                    self._take_from_landing(task, why)
            case e.LandingStarted(_, target, onto, commit):
                if task.state is TaskState.LANDING:
                    self.change(task, target=target, before=onto, landing=commit, why=None)
            case e.LandingParked(_, why):
                if task.state is TaskState.LANDING:
                    self.change(task, why=clean(why, 2000), landing=None)
            case e.LandingFailed(_, why):
                if task.state is TaskState.LANDING:
                    self._take_from_landing(task, why)
            case e.ChangeLanded(_, target, commit, before, note):
                if task.state is TaskState.LANDING:
                    self.change(
                        task, state=TaskState.LANDED, target=target, landed=commit, before=before,
                        why=clean(note, 2000) or None,
                    )  # fmt: skip
                    self.landed.append(task.id)
            case e.LandingUndone(_, target):
                self._forget_undo(task)
                if task.state is TaskState.LANDED:
                    self.change(
                        task, state=TaskState.REVIEW, landed=None, before=None, approved=None,
                        why=f"Its landing on {clean_line(target)} was undone.",
                    )  # fmt: skip
                    self.landed.remove(task.id)
            case e.UndoRefused(_, why):
                self._forget_undo(task)
                self.change(task, why=clean(why, 2000))

    def _take_from_landing(self, task: Task, why: str) -> None:
        self.change(task, state=TaskState.REVIEW, approved=None, landing=None, why=clean(why, 2000))

    def _forget_undo(self, task: Task) -> None:
        if task.id in self.undos:
            self.undos.remove(task.id)

    def _session_fact(self, session: Session, fact: e.Fact) -> None:
        match fact:
            case e.WorktreeCreated(_, worktree, branch, base):
                self.put_session(
                    session.but(worktree=worktree, branch=branch, base=base, gone=False)
                )
            case e.SessionStarted(_, pid, launch, records):
                self.turn_to(
                    session, SessionState.STARTING, launches=launch, pid=pid, records=records,
                    witness=None, how="started", stopping=False, why=None, ready=False, code=None,
                    midway=False,
                )  # fmt: skip
            case e.SessionFailed(_, why):
                self.turn_to(session, SessionState.ENDED, why=clean(why, 2000), how="never started")
            case e.MessageTyped(_, message, launch):
                if queued := self.messages.get(message):
                    self.messages[message] = queued.but(typed=launch, tries=queued.tries + 1)
            case e.MessageDelivered(_, message):
                self.messages.pop(message, None)
                self._forget_messages(session.id, failed_only=True)
            case e.MessageFailed(_, message, why):
                if queued := self.messages.get(message):
                    self.messages[message] = queued.but(why=clean(why, 2000))
            case e.StopAsked():
                if session.live:  # what has not reached it would only start it again
                    self._forget_messages(session.id, failed_only=False)
                    self.put_session(session.but(stopping=True))
            case e.SessionNamed(_, vendor_session):
                self.put_session(session.but(vendor_session=clean_line(vendor_session)))
            case e.SessionRecorded(_, path, whole):
                if whole:
                    self.put_session(session.but(witness=path))
                elif path not in session.records:
                    self.put_session(session.but(records=(*session.records, path)))
            case e.SnapshotTaken(_, commit, tree, files, risky, added, removed, base):
                self.put_session(
                    session.but(
                        commit=commit, tree=tree, files=tuple(clean_line(f, 400) for f in files),
                        risky=tuple(clean_line(f, 400) for f in risky),
                        added=added, removed=removed, base=base or session.base,
                    )
                )  # fmt: skip
            case e.WorktreeVanished() | e.WorktreeRemoved():
                self.put_session(session.but(gone=True))
            case e.SessionEnded(_, how, code, why):
                midway = session.state in _MID_TURN
                why = clean(why, 2000) or session.why or ""
                self.turn_to(
                    session, SessionState.ENDED, how=how, code=code, why=why or None, midway=midway
                )
                task = self.tasks.get(session.task)
                if task and task.session == session.id and task.state is TaskState.WAITING:
                    self.change(task, state=TaskState.RUNNING, why=None)
            case _:
                if session.live:
                    self._sighting(session, fact)

    def _sighting(self, session: Session, fact: e.Fact) -> None:
        match fact:
            case e.SessionBusy(_, how):
                self.turn_to(session, SessionState.BUSY, how=how, why=None)
                self.work(session, TaskState.RUNNING)
            case e.SessionIdle(_, how, last):
                ended = session.state in (SessionState.BUSY, SessionState.WAITING)
                last = clean(last, 4000) or session.last
                turns = session.turns + ended
                self.turn_to(session, SessionState.IDLE, how=how, last=last, turns=turns)
                if session.state is SessionState.WAITING:
                    self.work(session, TaskState.RUNNING)
            case e.TurnFailed(_, how, why) if session.state is SessionState.STARTING:
                # It could not even begin: no sign that it is ready to take words.
                self.turn_to(session, SessionState.IDLE, how=how, why=clean(why, 2000))
                self.put_session(self.sessions[session.id].but(ready=False))
            case e.TurnFailed(_, how, why):
                why = clean(why, 2000)
                self.turn_to(session, SessionState.IDLE, how=how, why=why, turns=session.turns + 1)
            case e.SessionWaiting(_, how, ask, kind, text):
                self.turn_to(
                    session, SessionState.WAITING, how=how, ask=ask, ask_kind=kind,
                    ask_text=clean(text, 4000),
                )  # fmt: skip
                self.work(session, TaskState.WAITING)
            case e.SessionLimited(_, how, until, text):
                self.limits[session.subscription] = until
                noted = clean(text, 2000) or None
                self.turn_to(session, SessionState.LIMITED, how=how, until=until, why=noted)
                self.work(session, TaskState.RUNNING)
