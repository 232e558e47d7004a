"""What becomes of a landing: an approved change onto its target, and back."""

from __future__ import annotations

from conductor import events as e
from conductor.cleaning import clean, clean_line
from conductor.draft import Draft
from conductor.folding.takes import takes, takes_of_task
from conductor.state import Task, TaskState


@takes_of_task(e.ApprovalVoided)
def _voided(draft: Draft, task: Task, fact: e.ApprovalVoided) -> None:
    if task.state is TaskState.LANDING:
        _take_from_landing(draft, task, fact.why)


@takes_of_task(e.LandingStarted)
def _started(draft: Draft, task: Task, fact: e.LandingStarted) -> None:
    if task.state is TaskState.LANDING:
        draft.change(
            task, target=fact.target, before=fact.onto, landing=fact.commit,
            why=None if fact.commit or fact.tree is None else task.why,
            ahead=fact.ahead, merged=fact.tree or task.merged,
        )  # fmt: skip


@takes_of_task(e.LandingHeldBack)
def _held_back(draft: Draft, task: Task, fact: e.LandingHeldBack) -> None:
    if task.state is TaskState.LANDING:
        draft.change(task, ahead=fact.behind, merged=None, landing=None)


@takes_of_task(e.LandingParked)
def _parked(draft: Draft, task: Task, fact: e.LandingParked) -> None:
    if task.state is TaskState.LANDING:
        draft.change(task, why=clean(fact.why, 2000), landing=None)


@takes_of_task(e.LeavingAsked)
def _leaving(draft: Draft, task: Task, _: e.LeavingAsked) -> None:
    if task.state is TaskState.LANDING:
        draft.change(task, leaves=True)


@takes_of_task(e.LandingFailed)
def _failed(draft: Draft, task: Task, fact: e.LandingFailed) -> None:
    if task.state is TaskState.LANDING:
        _take_from_landing(draft, task, fact.why)


@takes_of_task(e.ResolveAsked)
def _resolving(draft: Draft, task: Task, fact: e.ResolveAsked) -> None:
    if task.state is TaskState.REVIEW and task.id not in draft.resolves:
        draft.resolves.append(task.id)
        draft.change(task, resolved=draft.seq)


@takes_of_task(e.ConflictResolved)
def _resolved(draft: Draft, task: Task, fact: e.ConflictResolved) -> None:
    _forget_resolve(draft, task)
    if task.state is TaskState.REVIEW and task.session == fact.session:
        why = "Its conflict was settled by hand: it is checked, then offered anew."
        draft.change(task, state=TaskState.RUNNING, why=why, offered=None)


@takes_of_task(e.ResolveRefused)
def _resolve_refused(draft: Draft, task: Task, fact: e.ResolveRefused) -> None:
    _forget_resolve(draft, task)
    draft.change(task, why=clean(fact.why, 2000))


@takes_of_task(e.ChangeLanded)
def _landed(draft: Draft, task: Task, fact: e.ChangeLanded) -> None:
    if task.state is TaskState.LANDING:
        draft.change(
            task, state=TaskState.LANDED, target=fact.target, landed=fact.commit,
            before=fact.before, why=clean(fact.note, 2000) or None, landing=None,
            ahead=(), merged=None, reverted=None, leaves=False, gone=None,
        )  # fmt: skip
        draft.landed.append(task.id)
        if task.filler:
            draft.refills.append(task.id)


@takes(e.TargetPushed)
def _pushed(draft: Draft, fact: e.TargetPushed) -> None:
    """Change nothing: a remote's branch is git's to know."""


@takes_of_task(e.ChangePutUp)
def _put_up(draft: Draft, task: Task, fact: e.ChangePutUp) -> None:
    draft.change(task, put_up=fact.commit, pull_state=None)


@takes_of_task(e.PullRequestOpened)
def _requested(draft: Draft, task: Task, fact: e.PullRequestOpened) -> None:
    draft.change(task, pull=clean_line(fact.url, 400))


@takes_of_task(e.PullRequestSeen)
def _seen(draft: Draft, task: Task, fact: e.PullRequestSeen) -> None:
    checks = ((fact.passed, "passed"), (fact.failed, "failed"), (fact.pending, "pending"))
    told = ", ".join(f"{number} {word}" for number, word in checks if number)
    said = f"{clean_line(fact.state, 20)}; checks: {told or 'none'}"
    draft.change(task, pull_state=said)


@takes_of_task(e.UndoAsked)
def _undo_asked(draft: Draft, task: Task, _: e.UndoAsked) -> None:
    if task.to_undo and task.id not in draft.undos:
        draft.undos.append(task.id)
        draft.change(task, landing=None, merged=None)


@takes_of_task(e.UndoStarted)
def _undoing(draft: Draft, task: Task, fact: e.UndoStarted) -> None:
    if task.id in draft.undos:
        draft.change(task, landing=fact.commit, merged=fact.tree or task.merged)


@takes_of_task(e.LandingUndone)
def _undone(draft: Draft, task: Task, fact: e.LandingUndone) -> None:
    _forget_undo(draft, task)
    if task.state is TaskState.LANDED:
        session = draft.sessions.get(task.session or "")
        base = session.base if session else None
        draft.change(
            task, state=TaskState.REVIEW, landed=None, before=None, approved=None, landing=None,
            merged=None, reverted=None if fact.how == "exact" else base or task.before,
            gone=task.landed if fact.how == "exact" else None,
            why=f"Its landing on {clean_line(fact.target)} was undone.",
        )  # fmt: skip
        draft.landed.remove(task.id)
    elif task.parts:
        draft.change(
            task, parts=task.parts[:-1], lifted=task.parts[-1], landing=None, merged=None,
            gone=task.parts[-1].commit if fact.how == "exact" else task.gone,
            reverted=task.reverted if fact.how == "exact" else task.parts[-1].before,
            why=f"The landing of a part of it on {clean_line(fact.target)} was undone.",
        )  # fmt: skip


@takes_of_task(e.UndoRefused)
def _undo_refused(draft: Draft, task: Task, fact: e.UndoRefused) -> None:
    _forget_undo(draft, task)
    draft.change(task, why=clean(fact.why, 2000), landing=None, merged=None)


def _take_from_landing(draft: Draft, task: Task, why: str) -> None:
    draft.change(
        task, state=TaskState.REVIEW, approved=None, landing=None, why=clean(why, 2000),
        ahead=(), merged=None, leaves=False,
    )  # fmt: skip


def _forget_undo(draft: Draft, task: Task) -> None:
    if task.id in draft.undos:
        draft.undos.remove(task.id)


def _forget_resolve(draft: Draft, task: Task) -> None:
    if task.id in draft.resolves:
        draft.resolves.remove(task.id)
