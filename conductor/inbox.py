"""What needs the person now, most urgent first: pure."""

from __future__ import annotations

from enum import StrEnum

from conductor.state import ALIVE, Session, SessionState, State, Task, TaskState
from conductor.values import Value
from conductor.windows import limited


class Need(StrEnum):
    """Why something is in the inbox, the most urgent kind first."""

    PERMISSION = "permission"
    QUESTION = "question"
    CHOICE = "choice"  # wait for the reset, or move
    CUT_OFF = "cut off"
    TROUBLE = "trouble"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    PARKED = "parked"
    REVIEW = "review"
    TRUST = "trust"
    BLOCKED = "blocked"
    STALLED = "stalled"
    LIMITED = "limited"
    ALLOWANCE = "allowance"  # a window is nearly used up


_URGENCY = {need: rank for rank, need in enumerate(Need)}


class Item(Value):
    """One thing that waits for the person."""

    need: Need
    subject: str  # a task's, session's or duty's id
    task: str | None
    session: str | None
    title: str
    text: str
    since: float
    ask: str = ""  # which of its agent's questions, where it has several


def inbox(state: State) -> list[Item]:
    """List what waits for the person: most urgent kind first, then the longest waiting."""
    tasks = _open(state)
    items = [
        *_asks(state),
        *_limits(state),
        *_losses(state),
        *_troubles(state),
        *_undelivered(state),
        *_trusts(state, tasks),
        *_tasks(state, tasks),
    ]
    return sorted(items, key=lambda item: (_URGENCY[item.need], item.since, item.subject))


def _title(state: State, task: str) -> str:
    return state.tasks[task].title if task in state.tasks else task


def _asks(state: State) -> list[Item]:
    items = []
    coming = {message.ask for message in state.messages.values() if not message.why}
    for session in state.live.values():
        title = _title(state, session.task)
        if session.state is SessionState.WAITING:
            for one in session.asks:
                if one.id in coming:
                    continue  # it has been answered, and the answer is on its way
                need = Need.PERMISSION if one.kind == "permission" else Need.QUESTION
                text = session.in_short(one.text)
                about = (session.task, session.id, title, text, session.since, one.id)
                items.append(Item(need, session.id, *about))
            continue
        stalled = f"It is {session.stalled}: {session.stalling}" if session.stalled else ""
        if text := homeless(session) or stalled:
            who = (session.id, session.task, session.id)
            items.append(Item(Need.STALLED, *who, title, text, session.since))
    return items


def homeless(session: Session) -> str:
    """Say that an agent works on without its worktree; empty if it has one, or rests."""
    if not session.gone or session.state is not SessionState.BUSY:
        return ""
    return (
        "Its worktree is gone, and nothing that it does now is kept; what it had done by its last "
        f"turn is. Put {session.worktree} back, or stop it and try again."
    )


def _limits(state: State) -> list[Item]:
    """List one thing for each subscription that is used up, however many sessions it concerns."""
    alike: dict[tuple[str, str], list[Session]] = {}
    for session in state.live.values():
        if session.state is SessionState.LIMITED:
            why = "" if session.offers else limited(session)
            alike.setdefault((session.subscription, why), []).append(session)
    items = []
    for sessions in alike.values():
        first = min(sessions, key=lambda one: one.since)
        others = [one.id for one in sessions if one is not first]
        need = Need.CHOICE if first.offers else Need.LIMITED
        title = _title(state, first.task) + (f", and {len(others)} more" if others else "")
        text = limited(first) + (f" The same for {', '.join(others)}." if others else "")
        items.append(Item(need, first.id, first.task, first.id, title, text, first.since))
    return items


def choosing(state: State, session: Session) -> list[str]:
    """List the sessions that one choice is about: all on its subscription that are limited."""
    return [
        one.id
        for one in state.live.values()
        if one.subscription == session.subscription and one.offers
    ]


def cut_off(state: State) -> list[Session]:
    """List the sessions that went with the machine and have something left to do or to say."""
    sessions = (
        state.sessions.get(t.session or "") for t in state.under_way.values() if t.state in ALIVE
    )
    coming = {message.session for message in state.messages.values() if not message.why}
    return [one for one in sessions if one and one.lost and not one.gone and one.id not in coming]


def _losses(state: State) -> list[Item]:
    """Offer all that was cut off as one thing, unless nobody was at work."""
    lost = cut_off(state)
    midway = [one for one in lost if one.midway]
    if not midway:
        return []
    one = len(midway) == 1
    title = f"{'One agent was' if one else f'{len(midway)} agents were'} cut off at work"
    idle = len(lost) - len(midway)
    others = f" {idle} more had nothing to do and would be there again." if idle else ""
    named = ", ".join(f"{s.task} {_title(state, s.task)}" for s in midway[:8])
    text = (
        f"The machine or the terminals went down. Each can go on with its own conversation."
        f"{others} {named}{' …' if len(midway) > 8 else ''}"
    )
    since = min(session.since for session in midway)
    return [Item(Need.CUT_OFF, "cut-off", None, None, title, text, since)]


def _troubles(state: State) -> list[Item]:
    return [
        Item(Need.TROUBLE, t.subject, None, None, t.subject, t.why, t.since)
        for t in state.troubles.values()
    ]


def _undelivered(state: State) -> list[Item]:
    items = []
    for message in state.messages.values():
        session = state.sessions.get(message.session)
        if message.why and session:
            title, text = _title(state, session.task), f"“{message.short}” — {message.why}"
            need = Need.UNDELIVERED
            items.append(
                Item(need, session.id, session.task, session.id, title, text, message.since)
            )
    return items


def _untrusted(state: State, task: Task) -> bool:
    waits = task.state in (TaskState.QUEUED, TaskState.LANDING)
    return waits and "`conductor trust " in (task.why or "") and task.repo not in state.runs


_FINISHED = (TaskState.LANDED, TaskState.DONE, TaskState.CANCELLED, TaskState.REJECTED)
"""Where nearly all of a long history stands: looked at first, since it is asked at every frame."""


def _open(state: State) -> list[Task]:
    return [task for task in state.tasks.values() if task.state not in _FINISHED]


def _trusts(state: State, tasks: list[Task]) -> list[Item]:
    """Ask for a person's trust once a repository, however many tasks wait for it."""
    items: dict[str, Item] = {}
    for task in tasks:
        if _untrusted(state, task) and task.repo not in items:
            title = f"Do you trust what is in {task.repo.rpartition('/')[2]}?"
            items[task.repo] = Item(
                Need.TRUST, task.repo, None, None, title, task.why or "", task.since
            )
    return list(items.values())


def _tasks(state: State, tasks: list[Task]) -> list[Item]:
    """List what waits as a task; those that one thing keeps from starting are one item."""
    items = []
    kept: dict[str, list[Task]] = {}
    for task in tasks:
        match task.state:
            case TaskState.REVIEW:
                need, text = Need.REVIEW, task.why or _summary(state, task.session)
            case TaskState.FAILED:
                need, text = Need.FAILED, task.why or ""
            case TaskState.LANDING if task.why and not _untrusted(state, task):
                need, text = Need.PARKED, task.why
            case TaskState.BLOCKED if task.why and ("retry" in task.why or "not known" in task.why):
                need, text = Need.BLOCKED, task.why
            case TaskState.QUEUED if task.why and not _untrusted(state, task):
                kept.setdefault(task.why, []).append(task)
                continue
            case _:
                continue
        items.append(Item(need, task.id, task.id, task.session, task.title, text, task.since))
    for why, alike in kept.items():
        first = min(alike, key=lambda task: task.since)
        title = first.title + (f", and {len(alike) - 1} more" if len(alike) > 1 else "")
        items.append(Item(Need.BLOCKED, first.id, first.id, first.session, title, why, first.since))
    return items


def _summary(state: State, ident: str | None) -> str:
    session = state.sessions.get(ident or "")
    if session is None:
        return ""
    if not session.files:
        return "It changed nothing."
    files = f"{session.count} file{'s' if session.count > 1 else ''}"
    return f"{files}, +{session.added} -{session.removed}"
