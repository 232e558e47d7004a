"""What an id means, and whether an act on it makes sense now."""

from __future__ import annotations

from conductor.cleaning import clean_line
from conductor.state import ALIVE, GIVEN_UP, TaskState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.state import Session, State, Task


class Refused(Exception):
    """An act does not make sense now; the text says why and what to do."""


def find_task(state: State, ident: str) -> Task:
    """Find the task that an id names, its own or its session's."""
    if session := state.sessions.get(ident):
        ident = session.task
    if task := state.tasks.get(ident):
        return task
    if not ident.strip():
        raise Refused("Name a task or a session, such as t1: `conductor list --all` shows them.")
    raise Refused(
        f"There is no {clean_line(ident, 40)}: `conductor list --all` shows what there is."
    )


def find_session(state: State, ident: str) -> Session:
    """Find the session that an id names, its own or its task's newest."""
    if session := state.sessions.get(ident):
        return session
    task = find_task(state, ident)
    if task.session is None:
        raise Refused(f"{task.id} has not begun, so it has no session yet.")
    return state.sessions[task.session]


def task_in(state: State, ident: str, allowed: frozenset[TaskState], need: str) -> Task:
    """Find the task that an id names, or refuse because of where it stands."""
    task = find_task(state, ident)
    if task.state not in allowed:
        raise Refused(f"{task.id} is {task.state}; {need}.")
    return task


def not_landing_now(task: Task) -> None:
    """Refuse in the moment in which the target moves: what has begun there is completed."""
    if task.state is TaskState.LANDING and task.landing:
        raise Refused(
            f"{task.id} is landing at this very moment; `conductor undo {task.id}` takes it back."
        )


def not_to_undo(task: Task) -> str | None:
    """Say why a landing cannot be taken back, if it can't."""
    if task.to_undo is None:
        return f"{task.id} is {task.state}; only what has landed is undone"
    approved = task.reading is not None and task.reading.approval
    if task.state is TaskState.LANDING or (approved and task.state is not TaskState.LANDED):
        return (
            f"what was left out of {task.id} is about to land: reject it or let it land, then undo"
        )
    return None


def can_talk(state: State, session: Session) -> Task:
    """Return the task of a session that can still be given words, or refuse."""
    task = state.tasks[session.task]
    if task.session != session.id or task.state not in ALIVE | {TaskState.FAILED}:
        raise Refused(
            f"{session.id} is over; {task.id} was {task.state}: try `conductor retry {task.id}`."
            if task.state in GIVEN_UP
            else f"{session.id} is over: {task.id} is {task.state}."
        )
    if not session.again:
        raise Refused(
            f"The agent of {session.id} never got going, so there is no conversation to go on "
            f"with: `conductor retry {task.id}` begins anew."
        )
    if session.gone:
        raise Refused(
            f"The worktree of {session.id} is gone: `conductor retry {task.id}` begins anew."
        )
    return task
