"""What a person can do about a landing: settle what it conflicts with, have an agent do so."""

from __future__ import annotations

from conductor import events as e
from conductor.acts.finding import Refused, can_talk, find_session, find_task, task_in
from conductor.state import ALIVE, UNBEGUN, SessionState, TaskState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from conductor.journal import Journal
    from conductor.state import State, Task

_REVIEW = frozenset({TaskState.REVIEW})
_OPEN = UNBEGUN | ALIVE


def leave_checkout(journal: Journal, ident: str) -> str:
    """Let a landing go on without the person's checkout, and return its task's id."""
    with journal.decide() as decision:
        need = "only a landing that waits for your checkout leaves it behind"
        task = task_in(decision.state, ident, frozenset({TaskState.LANDING}), need)
        if not task.why:
            raise Refused(f"{task.id} waits for nothing of yours: it lands as it is.")
        decision.append(e.LeavingAsked(task.id))
    return task.id


def resolve(
    journal: Journal, ident: str, onto: str, change: str, settled: Mapping[str, str]
) -> None:
    """Have a conflict settled as the person has written it: per path, the file that holds it."""
    with journal.decide() as decision:
        task = resolvable(decision.state, ident)
        if task.offered != change:
            raise Refused(
                f"{task.id} has changed while you were at it. What you wrote is kept in "
                f"{next(iter(settled.values()), 'no file')}: run the same command again."
            )
        decision.append(
            e.ResolveAsked(task.id, onto, change, tuple(settled), tuple(settled.values()))
        )


def resolvable(state: State, ident: str) -> Task:
    """Find a task whose conflict can be settled by hand now, or refuse."""
    need = "a conflict is settled by hand while the change waits for review"
    task = task_in(state, ident, _REVIEW, need)
    session = find_session(state, task.id)
    can_talk(state, session)
    if session.state in (SessionState.BUSY, SessionState.WAITING):
        raise Refused(f"{session.id} is {session.state}: wait until its turn is over.")
    if task.id in state.resolves:
        raise Refused(f"{task.id} is being merged just now.")
    return task


def resolve_by_agent(
    journal: Journal, ident: str, target: str, change: str, subscription: str | None = None
) -> str:
    """Add a task that merges a change with its target, and return its id."""
    with journal.decide() as decision:
        task = find_task(decision.state, ident)
        others = decision.state.tasks.values()
        if any(one.settles == task.id and one.state in _OPEN for one in others):
            raise Refused(f"There is a task already that settles the conflict of {task.id}.")
        made = f"t{decision.state.next_task}"
        words = journal.text(task.told).strip()[:6000]
        text = (
            f"The change {task.id}, “{task.title}”, conflicts with {target}, which has moved on. "
            f"Merge it into your branch (`git merge {change}`), keep what both sides mean, finish "
            f"the merge, and see that everything still works. Do nothing else.\n\n"
            f"What that change was asked for:\n\n{words}"
        )
        decision.append(
            e.TaskAdded(
                made, f"Merge {task.id} with {target}: {task.title}"[:120], text, task.repo,
                priority=max(1, task.priority), subscription=subscription, verify=task.verify,
                settles=task.id,
            )
        )  # fmt: skip
    return made
