"""What a person can do to have two go on from where one stands."""

from __future__ import annotations

from conductor import events as e
from conductor.acts.finding import Refused, find_session
from conductor.acts.tasks import title_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from conductor.journal import Journal
    from conductor.state import Session


def fork(journal: Journal, tables: Mapping[str, Mapping[str, Any]], ident: str, text: str) -> str:
    """Let a second agent go on from a session's conversation and files; return its task's id.

    `tables` are the agents that the person's settings describe.
    """
    if not text.strip():
        raise Refused("Say what the second one is to do: a fork begins with words of its own.")
    with journal.decide() as decision:
        state = decision.state
        session = find_session(state, ident)
        can_fork(session, tables)
        task = state.tasks[session.task]
        number = f"t{state.next_task}"
        decision.append(
            e.TaskAdded(
                number, title_of(text), text, task.repo, task.priority, template=task.template,
                harness=session.harness, subscription=session.subscription,
                model=session.model, verify=task.verify, tag=task.tag, forks=session.id,
            )
        )  # fmt: skip
    return number


def can_fork(session: Session, tables: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse where a session's agent cannot, or has nothing yet to go on from."""
    from harnesses import Forks
    from harnesses.registry import registry

    harness = registry(tables).get(session.harness)
    can = harness.forks if isinstance(harness, Forks) else False
    if not can:
        raise Refused(
            f"{session.harness} cannot fork a conversation: `conductor add` begins a new one."
        )
    if session.vendor_session is None or not session.ready:
        raise Refused(f"{session.id} has no conversation yet that another could go on from.")
    if session.moving:
        raise Refused(f"{session.id} is on its way to {session.moving}: fork it there.")
    if session.worktree is None or (session.gone and session.commit is None):
        raise Refused(f"The files of {session.id} are gone, and nothing of them was kept.")
