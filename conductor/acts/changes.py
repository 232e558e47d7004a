"""What a person can do with a change."""

from __future__ import annotations

from conductor import events as e
from conductor.acts.finding import (
    Refused,
    can_talk,
    find_session,
    find_task,
    not_landing_now,
    task_in,
)
from conductor.state import TaskState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.journal import Journal


_REVIEW = frozenset({TaskState.REVIEW})


def open_change(journal: Journal, ident: str, commit: str | None = None) -> None:
    """Note that the person has read a change: this commit of it, or as it stands now."""
    with journal.decide() as decision:
        task = find_task(decision.state, ident)
        read = commit or task.offered
        if read and read == task.offered != task.opened:
            decision.append(e.ChangeOpened(task.id, read))


def approve(journal: Journal, ident: str) -> str:
    """Let a change land, exactly as it was offered, and return its task's id."""
    with journal.decide() as decision:
        need = "only a change that waits for review is approved"
        task = task_in(decision.state, ident, _REVIEW, need)
        session = find_session(decision.state, task.id)
        if task.offered is None:
            raise Refused(f"{task.id} offers no change to approve.")
        if session.risky and task.opened != task.offered:
            raise Refused(
                f"{task.id} changes what runs ({', '.join(session.risky[:3])}) and nobody has read "
                f"it yet: `conductor diff {task.id}` shows it, then approve."
            )
        decision.append(e.ChangeApproved(task.id, session.id, task.offered))
    return task.id


def reject(journal: Journal, ident: str, why: str) -> str:
    """Turn a change down, and return its task's id; the work stays in its snapshot."""
    if not why.strip():
        raise Refused("Say why: the reason is kept with the task.")
    with journal.decide() as decision:
        need = "only a change that waits for review or landing is rejected"
        task = task_in(decision.state, ident, _REVIEW | {TaskState.LANDING}, need)
        not_landing_now(task)
        decision.append(e.ChangeRejected(task.id, why))
    return task.id


def send_back(journal: Journal, ident: str, text: str) -> str:
    """Send a change back to its agent with what is to be done, and return the message's id."""
    if not text.strip():
        raise Refused("Say what is to be done: the text goes to the agent.")
    with journal.decide() as decision:
        need = "only a change that waits for review or landing is sent back"
        task = task_in(decision.state, ident, _REVIEW | {TaskState.LANDING}, need)
        not_landing_now(task)
        session = find_session(decision.state, task.id)
        can_talk(decision.state, session)
        message = f"m{decision.state.next_message}"
        decision.append(
            e.ChangeSentBack(task.id, session.id, text),
            e.MessageQueued(session.id, message, text, kind="round"),
        )
    return message


def undo(journal: Journal, ident: str | None = None) -> str:
    """Ask for a landing to be taken back, the newest unless one is named; return its task's id."""
    with journal.decide() as decision:
        if ident is None:
            open_ones = [t for t in decision.state.landed if t not in decision.state.undos]
            if not open_ones:
                raise Refused("Nothing has landed yet, so there is nothing to undo.")
            ident = open_ones[-1]
        need = "only what has landed is undone"
        task = task_in(decision.state, ident, frozenset({TaskState.LANDED}), need)
        decision.append(e.UndoAsked(task.id))
    return task.id
