"""What a person can do about what a session's files were."""

from __future__ import annotations

from conductor import events as e
from conductor.acts.finding import Refused, find_session
from conductor.state import SessionState, TaskState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.journal import Journal


def put_back(journal: Journal, ident: str, commit: str) -> str:
    """Have a session's files be as they were at one of its snapshots; return the session's id."""
    with journal.decide() as decision:
        session = find_session(decision.state, ident)
        task = decision.state.tasks[session.task]
        if session.gone or session.worktree is None:
            raise Refused(
                f"The worktree of {session.id} is gone; its snapshots remain: look at one with"
                f" `conductor history {session.id} --show POINT FILE`."
            )
        if session.live and session.state is not SessionState.IDLE:
            raise Refused(
                f"{session.id} is {session.state}: its files are its agent's now. Wait until its"
                f" turn is over, or stop it (`conductor stop {session.id}`)."
            )
        if task.session == session.id and task.state is TaskState.LANDING:
            raise Refused(f"{task.id} is landing: what lands must not change under it.")
        if session.restoring:
            raise Refused(f"The files of {session.id} are being put back already.")
        decision.append(e.RestoreAsked(session.id, commit))
    return session.id
