"""What becomes of a change: kept, verified, read, decided about."""

from __future__ import annotations

from conductor import events as e
from conductor.cleaning import clean, clean_line
from conductor.draft import Draft
from conductor.folding.takes import takes_of_session, takes_of_task
from conductor.state import ALIVE, Reading, Session, Task, TaskState, Verify


@takes_of_session(e.SnapshotTaken)
def _kept(draft: Draft, session: Session, fact: e.SnapshotTaken) -> None:
    draft.put_session(
        session.but(
            commit=fact.commit, tree=fact.tree, base=fact.base or session.base,
            files=tuple(clean_line(f, 400) for f in fact.files),
            risky=tuple(clean_line(f, 400) for f in fact.risky),
            added=fact.added, removed=fact.removed,
            count=fact.many,
            nested=tuple(clean_line(f, 400) for f in fact.nested),
        )
    )  # fmt: skip


@takes_of_task(e.VerifyStarted)
def _verifying(draft: Draft, task: Task, fact: e.VerifyStarted) -> None:
    draft.change(task, checked=Verify(fact.commit, "", fact.where, None, draft.at))


@takes_of_task(e.VerifyFinished)
def _verified(draft: Draft, task: Task, fact: e.VerifyFinished) -> None:
    checked = Verify(
        fact.commit, fact.tree, fact.where, fact.ok, draft.at, fact.code, fact.seconds, draft.seq,
        fact.flaky,
    )  # fmt: skip
    draft.change(task, checked=checked)


@takes_of_task(e.ReviewReady)
def _offered(draft: Draft, task: Task, fact: e.ReviewReady) -> None:
    if task.session == fact.session and task.state in (TaskState.RUNNING, TaskState.WAITING):
        reading = task.reading.but(note=None) if task.reading else None
        notes = (task.reading.note if task.reading else None, clean(fact.note, 2000))
        draft.change(
            task, state=TaskState.REVIEW, offered=fact.commit, returns=0, reading=reading,
            why=" ".join(filter(None, notes)) or None,
        )  # fmt: skip


@takes_of_task(e.ChangeOpened)
def _opened(draft: Draft, task: Task, fact: e.ChangeOpened) -> None:
    before = task.looked if task.opened in (None, fact.commit) else task.opened
    draft.change(task, opened=fact.commit, looked=before)


@takes_of_task(e.ChangeApproved)
def _approved(draft: Draft, task: Task, fact: e.ChangeApproved) -> None:
    if task.state is TaskState.REVIEW and fact.left:
        reading = (task.reading or Reading()).but(told=draft.seq, approval=draft.seq, taken=None)
        draft.change(task, reading=reading, why=None)  # `PartTaken` lets it land
    elif task.state is TaskState.REVIEW:
        draft.change(
            task, state=TaskState.LANDING, approved=fact.commit, landing=None, why=None,
            ahead=(), merged=None, leaves=False,
        )  # fmt: skip


@takes_of_task(e.ChangeRejected)
def _rejected(draft: Draft, task: Task, fact: e.ChangeRejected) -> None:
    if task.state in (TaskState.REVIEW, TaskState.LANDING):
        draft.change(task, state=TaskState.REJECTED, why=clean(fact.why, 2000), approved=None)


@takes_of_task(e.ChangeSentBack)
def _sent_back(draft: Draft, task: Task, fact: e.ChangeSentBack) -> None:
    if task.session == fact.session and task.state in ALIVE | {TaskState.FAILED}:
        draft.change(
            task, state=TaskState.RUNNING, why=clean_line(fact.why, 400), approved=None,
            rounds=task.rounds + 1, offered=None,
            returns=task.returns + 1 if fact.author == "runner" else 0,
        )  # fmt: skip
