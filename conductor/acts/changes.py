"""What a person can do with a change."""

from __future__ import annotations

from conductor import events as e
from conductor.acts.finding import (
    Refused,
    can_talk,
    find_session,
    find_task,
    not_landing_now,
    not_to_undo,
    task_in,
)
from conductor.rounds.said import Said, said
from conductor.rounds.wording import round_of
from conductor.state import TaskState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conductor.journal import Journal

    Left = Mapping[str, tuple[str, ...]]

_REVIEW = frozenset({TaskState.REVIEW})


def open_change(journal: Journal, ident: str, commit: str | None = None) -> None:
    """Note that the person has read a change: this commit of it, or as it stands now."""
    with journal.decide() as decision:
        task = find_task(decision.state, ident)
        read = commit or task.offered
        if read and read == task.offered != task.opened:
            decision.append(e.ChangeOpened(task.id, read))


def approve(
    journal: Journal,
    ident: str,
    left: Left | None = None,
    rest: str = "",
    *,
    commit: str | None = None,
) -> str:
    """Let a change land, exactly as it was offered, and return its task's id.

    `left` are the parts to leave out, by file; if none are named, those that the person left out
    while reading. `rest` is what the agent is to do with them, if they are to go back to it.
    `commit` is the one that was read: nothing is approved if another is on offer by now.
    """
    with journal.decide() as decision:
        need = "only a change that waits for review is approved"
        task = task_in(decision.state, ident, _REVIEW, need)
        session = find_session(decision.state, task.id)
        if task.offered is None:
            raise Refused(f"{task.id} offers no change to approve.")
        if commit not in (None, task.offered):
            raise Refused(f"{task.id} has changed since you read it: read it again, then approve.")
        if task.reading and (task.reading.approval or task.reading.applying):
            raise Refused(f"{task.id} is being made ready to land just now.")
        if task.id in decision.state.undos or task.lifted:
            raise Refused(f"The part of {task.id} that landed is being taken back just now.")
        if task.id in decision.state.resolves:
            raise Refused(f"{task.id} is being merged just now.")
        if session.risky and task.opened != task.offered:
            raise Refused(
                f"{task.id} changes what runs ({', '.join(session.risky[:3])}) and nobody has read "
                f"it yet: `conductor diff {task.id}` shows it, then approve."
            )
        if left is None:
            left = said(journal, task.id).left if task.reading else {}
        parts = tuple(f"{part} {path}" for path, parts in left.items() for part in parts)
        if rest and not parts:
            raise Refused("Nothing is left out, so nothing goes back to the agent.")
        decision.append(e.ChangeApproved(task.id, session.id, task.offered, parts, rest))
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


def send_back(journal: Journal, ident: str, text: str = "", again: Sequence[str] = ()) -> str:
    """Send a change back to its agent with what is to be done, and return the message's id.

    All comments that wait as drafts go with it, as one round; `again` names earlier ones that are
    still without an answer.
    """
    with journal.decide() as decision:
        need = "only a change that waits for review or landing is sent back"
        task = task_in(decision.state, ident, _REVIEW | {TaskState.LANDING}, need)
        not_landing_now(task)
        session = find_session(decision.state, task.id)
        can_talk(decision.state, session)
        about = said(journal, task.id) if task.reading else Said()
        repeated = [about.comments[one] for one in again if one in about.comments]
        if not text.strip() and not about.drafts and not repeated:
            raise Refused("Say what is to be done, or comment on lines: it goes to the agent.")
        words = text
        if about.drafts or repeated or about.edited:
            words = round_of(text, about.drafts, repeated, about.edited)
        message = f"m{decision.state.next_message}"
        count = len(about.drafts) + len(repeated)
        why = text if text.strip() else f"{count} comment{'' if count == 1 else 's'} to answer"
        decision.append(
            e.ChangeSentBack(task.id, session.id, why),
            e.MessageQueued(session.id, message, words, kind="round"),
        )
        if task.reading:
            drafts = tuple(one.id for one in about.drafts)
            decision.append(e.RoundSent(task.id, session.id, message, drafts))
    return message


def undo(journal: Journal, ident: str | None = None) -> str:
    """Ask for a landing to be taken back, the newest unless one is named; return its task's id.

    Of a change that has landed in part and not whole, it is the part.
    """
    with journal.decide() as decision:
        state = decision.state
        if ident is None:
            parted = [task for task in state.tasks.values() if task.parts]
            open_ones = [t for t in (*map(state.tasks.get, state.landed[-50:]), *parted) if t]
            open_ones = [t for t in open_ones if t.id not in state.undos]
            if not open_ones:
                raise Refused("Nothing has landed yet, so there is nothing to undo.")
            ident = max(open_ones, key=lambda task: task.to_undo.at if task.to_undo else 0.0).id
        task = find_task(state, ident)
        if why := not_to_undo(task):
            raise Refused(f"{why[0].upper()}{why[1:]}.")
        decision.append(e.UndoAsked(task.id))
    return task.id
