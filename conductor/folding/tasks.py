"""What becomes of a task in the queue."""

from __future__ import annotations

from conductor import events as e
from conductor.cleaning import clean, clean_line
from conductor.draft import Draft, number_of
from conductor.folding.takes import takes, takes_of_task
from conductor.state import ALIVE, GIVEN_UP, UNBEGUN, Task, TaskState


@takes(e.TaskAdded)
def _added(draft: Draft, fact: e.TaskAdded) -> None:
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
            undoes=fact.undoes,
            takes_back=fact.takes_back,
            settles=fact.settles,
            reads=fact.reads,
            start=fact.start,
            why=why,
            filler=fact.filler,
            tag=clean_line(fact.tag, 40) or None if fact.tag else None,
            forks=fact.forks if fact.forks in draft.sessions else None,
        )
    )
    if fact.refills in draft.refills:
        draft.refills.remove(fact.refills)


@takes_of_task(e.TaskEdited)
def _edited(draft: Draft, task: Task, fact: e.TaskEdited) -> None:
    if task.state not in UNBEGUN:
        return
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


@takes_of_task(e.TaskTagged)
def _tagged(draft: Draft, task: Task, fact: e.TaskTagged) -> None:
    draft.change(task, tag=clean_line(fact.tag, 40) or None)


@takes_of_task(e.TaskHeld)
def _held(draft: Draft, task: Task, _: e.TaskHeld) -> None:
    if task.state in UNBEGUN:
        draft.change(task, state=TaskState.HELD, why=None)


@takes_of_task(e.TaskReleased)
def _released(draft: Draft, task: Task, _: e.TaskReleased) -> None:
    if task.state is TaskState.HELD:
        state, why = draft.readiness(task.after)
        draft.change(task, state=state, why=why)


@takes_of_task(e.TaskCancelled)
def _cancelled(draft: Draft, task: Task, fact: e.TaskCancelled) -> None:
    if task.state in UNBEGUN or task.state in ALIVE or task.state is TaskState.FAILED:
        why = clean(fact.why, 2000) or None
        draft.change(task, state=TaskState.CANCELLED, why=why, approved=None)


@takes_of_task(e.TaskRetried)
def _retried(draft: Draft, task: Task, _: e.TaskRetried) -> None:
    if task.state in GIVEN_UP:
        state, why = draft.readiness(task.after)
        draft.change(task, state=state, why=why, session=None)


@takes_of_task(e.TaskPassedOver)
def _passed_over(draft: Draft, task: Task, fact: e.TaskPassedOver) -> None:
    if task.state in UNBEGUN:
        draft.change(task, why=clean(fact.why, 2000) or None)


@takes_of_task(e.TaskFailed)
def _failed(draft: Draft, task: Task, fact: e.TaskFailed) -> None:
    if task.state in ALIVE or task.state in UNBEGUN:
        draft.change(task, state=TaskState.FAILED, why=clean(fact.why, 2000), approved=None)
