"""What follows from the facts: a pure, total fold, with no input or output.

A batch copies each collection once and then works on the copies, so that folding one fact or a
hundred thousand costs what the facts cost, and an older state stays what it was. A fact about
something unknown, or one that came too late to matter, changes nothing.
"""

from __future__ import annotations

from conductor import events as e
from conductor.cleaning import clean, clean_line
from conductor.draft import Draft, number_of
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
    draft: Draft | None = None
    for record in records:
        if draft is None:
            draft = Draft(state)
        draft.seq = record.seq
        draft.at = record.at
        if record.fact is None:
            draft.skipped += 1
        else:
            take(draft, record.fact)
    return state if draft is None else draft.settled(state)


def take(draft: Draft, fact: e.Fact) -> None:
    """Apply one fact."""
    match fact:
        case e.TaskAdded():
            _add(draft, fact)
        case e.MessageQueued(session, message, text, kind, ask, author):
            draft.messages[message] = Message(
                message, session, kind, ask, author, draft.at, draft.seq, clean_line(text)
            )
            draft.next_message = max(draft.next_message, number_of(message) + 1)
        case e.RepoTrusted(repo):
            if repo not in draft.trusted:
                draft.trusted.append(repo)
        case e.RunnerStarted(pid):
            draft.runner = pid
            draft.troubles.clear()  # they were another's; what still is one is told again
        case e.TroubleSeen(subject, why):
            draft.troubles[subject] = Trouble(subject, clean(why, 2000), draft.at)
        case e.TroubleCleared(subject):
            draft.troubles.pop(subject, None)
        case e.SessionClaimed():
            _claim(draft, fact)
        case (
            e.TaskEdited(task)
            | e.TaskHeld(task)
            | e.TaskReleased(task)
            | e.TaskCancelled(task)
            | e.TaskRetried(task)
            | e.TaskPassedOver(task)
            | e.TaskFailed(task)
        ):
            if known := draft.tasks.get(task):
                _queue_fact(draft, known, fact)
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
            if known := draft.tasks.get(task):
                _review_fact(draft, known, fact)
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
            if at_work := draft.sessions.get(session):
                _session_fact(draft, at_work, fact)
        case _:
            draft.skipped += 1


def _add(draft: Draft, fact: e.TaskAdded) -> None:
    number = number_of(fact.task)
    if not number or fact.task in draft.tasks:
        draft.skipped += 1
        return
    draft.next_task = max(draft.next_task, number + 1)
    if fact.repo not in draft.repos:
        draft.repos.append(fact.repo)
    after = tuple(dict.fromkeys(a for a in fact.after if a != fact.task))
    state, why = (TaskState.HELD, None) if fact.held else draft.readiness(after)
    for ident in after:
        draft.followers[ident] = (*draft.followers.get(ident, ()), fact.task)
    draft.put_task(
        Task(
            id=fact.task,
            number=number,
            title=clean_line(fact.title),
            repo=fact.repo,
            state=state,
            since=draft.at,
            created_at=draft.at,
            told=draft.seq,
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


def _claim(draft: Draft, fact: e.SessionClaimed) -> None:
    number, task = number_of(fact.session), draft.tasks.get(fact.task)
    if not number or task is None or fact.session in draft.sessions:
        draft.skipped += 1
        return
    draft.next_session = max(draft.next_session, number + 1)
    draft.put_session(
        Session(
            fact.session, number, fact.task, fact.harness, fact.subscription, fact.model,
            SessionState.STARTING, draft.at, draft.at,
        )
    )  # fmt: skip
    draft.change(
        task, state=TaskState.RUNNING, session=fact.session, tries=task.tries + 1, why=None,
        rounds=0, returns=0, offered=None, opened=None, approved=None, checked=None,
    )  # fmt: skip


def _queue_fact(draft: Draft, task: Task, fact: e.Fact) -> None:
    match fact:
        case e.TaskEdited():
            if task.state in UNBEGUN:
                _edit(draft, task, fact)
        case e.TaskHeld():
            if task.state in UNBEGUN:
                draft.change(task, state=TaskState.HELD, why=None)
        case e.TaskReleased():
            if task.state is TaskState.HELD:
                state, why = draft.readiness(task.after)
                draft.change(task, state=state, why=why)
        case e.TaskCancelled(_, why):
            if task.state in UNBEGUN or task.state in ALIVE or task.state is TaskState.FAILED:
                draft.change(
                    task, state=TaskState.CANCELLED, why=clean(why, 2000) or None, approved=None
                )
        case e.TaskRetried():
            if task.state in GIVEN_UP:
                state, why = draft.readiness(task.after)
                draft.change(task, state=state, why=why, session=None)
        case e.TaskPassedOver(_, why):
            if task.state in UNBEGUN:
                draft.change(task, why=clean(why, 2000) or None)
        case e.TaskFailed(_, why):
            if task.state in ALIVE or task.state in UNBEGUN:
                draft.change(task, state=TaskState.FAILED, why=clean(why, 2000), approved=None)


def _edit(draft: Draft, task: Task, fact: e.TaskEdited) -> None:
    changes: dict[str, object] = {
        field: value
        for field in ("priority", "harness", "subscription", "model", "verify")
        if (value := getattr(fact, field)) is not None
    }
    if fact.title is not None:
        changes["title"] = clean_line(fact.title)
    if fact.text is not None:
        changes["told"] = draft.seq
    if task.state is TaskState.QUEUED:
        changes["why"] = None
    draft.change(task, **changes)


def _review_fact(draft: Draft, task: Task, fact: e.Fact) -> None:
    match fact:
        case e.ChangeOpened(_, commit):
            draft.change(task, opened=commit)
        case e.ChangeApproved(_, _, commit):
            if task.state is TaskState.REVIEW:
                draft.change(task, state=TaskState.LANDING, approved=commit, landing=None, why=None)
        case e.ChangeRejected(_, why):
            if task.state in (TaskState.REVIEW, TaskState.LANDING):
                draft.change(task, state=TaskState.REJECTED, why=clean(why, 2000), approved=None)
        case e.ChangeSentBack(_, session, why, author):
            if task.session == session and task.state in ALIVE | {TaskState.FAILED}:
                draft.change(
                    task, state=TaskState.RUNNING, why=clean_line(why, 400), approved=None,
                    rounds=task.rounds + 1, offered=None,
                    returns=task.returns + 1 if author == "runner" else 0,
                )  # fmt: skip
        case e.ReviewReady(_, session, commit, _, note):
            if task.session == session and task.state in (TaskState.RUNNING, TaskState.WAITING):
                note = clean(note, 2000)
                draft.change(
                    task, state=TaskState.REVIEW, offered=commit, why=note or None, returns=0
                )
        case e.VerifyStarted(_, commit, where):
            draft.change(task, checked=Verify(commit, "", where, None, draft.at))
        case e.VerifyFinished(_, commit, tree, where, ok, code, seconds):
            checked = Verify(commit, tree, where, ok, draft.at, code, seconds, draft.seq)
            draft.change(task, checked=checked)
        case e.UndoAsked():
            if task.state is TaskState.LANDED and task.id not in draft.undos:
                draft.undos.append(task.id)
        case _:
            _landing_fact(draft, task, fact)


def _landing_fact(draft: Draft, task: Task, fact: e.Fact) -> None:
    match fact:
        case e.ApprovalVoided(_, why):
            if task.state is TaskState.LANDING:
                _take_from_landing(draft, task, why)
        case e.LandingStarted(_, target, onto, commit):
            if task.state is TaskState.LANDING:
                draft.change(task, target=target, before=onto, landing=commit, why=None)
        case e.LandingParked(_, why):
            if task.state is TaskState.LANDING:
                draft.change(task, why=clean(why, 2000), landing=None)
        case e.LandingFailed(_, why):
            if task.state is TaskState.LANDING:
                _take_from_landing(draft, task, why)
        case e.ChangeLanded(_, target, commit, before, note):
            if task.state is TaskState.LANDING:
                draft.change(
                    task, state=TaskState.LANDED, target=target, landed=commit, before=before,
                    why=clean(note, 2000) or None,
                )  # fmt: skip
                draft.landed.append(task.id)
        case e.LandingUndone(_, target):
            _forget_undo(draft, task)
            if task.state is TaskState.LANDED:
                draft.change(
                    task, state=TaskState.REVIEW, landed=None, before=None, approved=None,
                    why=f"Its landing on {clean_line(target)} was undone.",
                )  # fmt: skip
                draft.landed.remove(task.id)
        case e.UndoRefused(_, why):
            _forget_undo(draft, task)
            draft.change(task, why=clean(why, 2000))


def _take_from_landing(draft: Draft, task: Task, why: str) -> None:
    draft.change(task, state=TaskState.REVIEW, approved=None, landing=None, why=clean(why, 2000))


def _forget_undo(draft: Draft, task: Task) -> None:
    if task.id in draft.undos:
        draft.undos.remove(task.id)


def _session_fact(draft: Draft, session: Session, fact: e.Fact) -> None:
    match fact:
        case e.WorktreeCreated(_, worktree, branch, base):
            draft.put_session(session.but(worktree=worktree, branch=branch, base=base, gone=False))
        case e.SessionStarted(_, pid, launch, records):
            draft.turn_to(
                session, SessionState.STARTING, launches=launch, pid=pid, records=records,
                witness=None, how="started", stopping=False, why=None, ready=False, code=None,
                midway=False,
            )  # fmt: skip
        case e.SessionFailed(_, why):
            draft.turn_to(session, SessionState.ENDED, why=clean(why, 2000), how="never started")
        case e.MessageTyped(_, message, launch):
            if queued := draft.messages.get(message):
                draft.messages[message] = queued.but(typed=launch, tries=queued.tries + 1)
        case e.MessageDelivered(_, message):
            draft.messages.pop(message, None)
            draft.forget_messages(session.id, failed_only=True)
        case e.MessageFailed(_, message, why):
            if queued := draft.messages.get(message):
                draft.messages[message] = queued.but(why=clean(why, 2000))
        case e.StopAsked():
            if session.live:  # what has not reached it would only start it again
                draft.forget_messages(session.id, failed_only=False)
                draft.put_session(session.but(stopping=True))
        case e.SessionNamed(_, vendor_session):
            draft.put_session(session.but(vendor_session=clean_line(vendor_session)))
        case e.SessionRecorded(_, path, whole):
            if whole:
                draft.put_session(session.but(witness=path))
            elif path not in session.records:
                draft.put_session(session.but(records=(*session.records, path)))
        case e.SnapshotTaken(_, commit, tree, files, risky, added, removed, base, count):
            draft.put_session(
                session.but(
                    commit=commit, tree=tree, files=tuple(clean_line(f, 400) for f in files),
                    risky=tuple(clean_line(f, 400) for f in risky),
                    added=added, removed=removed, base=base or session.base,
                    count=len(files) if count is None else count,
                )
            )  # fmt: skip
        case e.WorktreeVanished() | e.WorktreeRemoved():
            draft.put_session(session.but(gone=True))
        case e.SessionEnded(_, how, code, why):
            midway = session.state in _MID_TURN
            why = clean(why, 2000) or session.why or ""
            draft.turn_to(
                session, SessionState.ENDED, how=how, code=code, why=why or None, midway=midway
            )
            task = draft.tasks.get(session.task)
            if task and task.session == session.id and task.state is TaskState.WAITING:
                draft.change(task, state=TaskState.RUNNING, why=None)
        case _:
            if session.live:
                _sighting(draft, session, fact)


def _sighting(draft: Draft, session: Session, fact: e.Fact) -> None:
    match fact:
        case e.SessionBusy(_, how):
            draft.turn_to(session, SessionState.BUSY, how=how, why=None)
            draft.work(session, TaskState.RUNNING)
        case e.SessionIdle(_, how, last):
            ended = session.state in (SessionState.BUSY, SessionState.WAITING)
            last = clean(last, 4000) or session.last
            turns = session.turns + ended
            draft.turn_to(session, SessionState.IDLE, how=how, last=last, turns=turns)
            if session.state is SessionState.WAITING:
                draft.work(session, TaskState.RUNNING)
        case e.TurnFailed(_, how, why) if session.state is SessionState.STARTING:
            # It could not even begin: no sign that it is ready to take words.
            draft.turn_to(session, SessionState.IDLE, how=how, why=clean(why, 2000))
            draft.put_session(draft.sessions[session.id].but(ready=False))
        case e.TurnFailed(_, how, why):
            why = clean(why, 2000)
            draft.turn_to(session, SessionState.IDLE, how=how, why=why, turns=session.turns + 1)
        case e.SessionWaiting(_, how, ask, kind, text):
            draft.turn_to(
                session, SessionState.WAITING, how=how, ask=ask, ask_kind=kind,
                ask_text=clean(text, 4000),
            )  # fmt: skip
            draft.work(session, TaskState.WAITING)
        case e.SessionLimited(_, how, until, text):
            draft.limits[session.subscription] = until
            noted = clean(text, 2000) or None
            draft.turn_to(session, SessionState.LIMITED, how=how, until=until, why=noted)
            draft.work(session, TaskState.RUNNING)
