"""Which parts of what an agent did there are to read, from the state and the facts alone."""

from __future__ import annotations

from conductor.events import SnapshotTaken
from conductor.state import TaskState
from conductor.tui.sources import Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.journal import Journal
    from conductor.state import Session, State, Task


def kept(task: Task, session: Session) -> str | None:
    """Return the newest commit of a change: what landed, what is offered, or its snapshot."""
    return task.landed or task.offered or session.commit


def whole(task: Task, session: Session) -> Scope:
    """Return the whole of what a task offers, or of what its agent has kept so far."""
    if task.landed and task.before:
        return Scope("whole", "what landed", task.before, task.landed)
    return Scope("whole", "whole change", session.base, kept(task, session) or "")


def first(task: Task, session: Session) -> Scope:
    """Return what is read first: what is offered; while an agent works, its files as they lie."""
    working = task.state in (TaskState.RUNNING, TaskState.WAITING) and not session.gone
    if working and session.worktree and session.base:
        return now(session)
    return whole(task, session)


def now(session: Session) -> Scope:
    """Return a worktree as it is, followed while the agent works."""
    return Scope("now", "as it lies in the worktree now", session.base)


def usual(journal: Journal, task: Task, session: Session) -> list[Scope]:
    """List what `d` goes through."""
    found = [whole(task, session)]
    head = kept(task, session)
    if (new := since(task, session)) is not None:
        found.append(new)
    if head and not task.landed and (before := turn_before(journal, session, head)):
        found.append(Scope("turn", "the last turn", before, head))
    if session.worktree and not session.gone and not task.landed:
        found.append(Scope("uncommitted", "what its agent has not committed"))
        if session.base:
            found.append(now(session))
    return found


def since(task: Task, session: Session) -> Scope | None:
    """Return what is new since the person last looked; None if they saw all or nothing of it."""
    head = kept(task, session)
    looked = task.looked if task.opened == head else task.opened
    if not looked or not head or looked == head or task.landed:
        return None
    return Scope("since", "since you last looked", looked, head)


def turn_before(journal: Journal, session: Session, head: str) -> str | None:
    """Return the snapshot before this one; before the first, where the session began."""
    before = session.base
    for record in journal.about(session.id, (SnapshotTaken,)):
        if isinstance(record.fact, SnapshotTaken):
            if record.fact.commit == head:
                return before
            before = record.fact.commit
    return None


def against(state: State, task: Task, session: Session) -> list[Scope]:
    """List the sessions of the repository to compare this one with, those at the same first."""
    head = kept(task, session)
    found = []
    alike = set()
    for other in reversed(list(state.sessions.values())):
        theirs = state.tasks.get(other.task)
        read = theirs is not None and theirs.reads is not None  # it changed nothing of its own
        if head and theirs and not read and other.id != session.id and theirs.repo == task.repo:
            commit = kept(theirs, other) if theirs.session == other.id else other.commit
            if commit and commit != head:
                title = f"against {other.id} ({theirs.id}: {theirs.title})"
                found.append(Scope(f"against:{other.id}", title, commit, head))
                if theirs.title == task.title:
                    alike.add(found[-1])
    return sorted(found, key=lambda one: one not in alike)
