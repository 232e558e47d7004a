"""What happened, one line a fact that a person would want to hear of."""

from __future__ import annotations

from conductor import events as e
from conductor.cleaning import clean, clean_line
from conductor.state import TaskState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.state import State


def line(fact: e.Fact, state: State) -> str | None:
    """Say a fact in a few words, or None for one of the many that only matter to machines."""
    match fact:
        case e.RunnerStarted(pid):
            return f"runner   started (process {pid})"
        case e.TroubleSeen(subject, why):
            return f"trouble  {clean_line(subject)}: {clean(why, 400)}"
        case e.TroubleCleared(subject):
            return f"trouble  over: {clean_line(subject)}"
        case e.SessionEnded() if _has_landed(fact, state):
            return None  # as it should
        case _:
            words = _of_session(fact) or _of_task(fact)
            return f"{_whose(fact, state):<8} {words}" if words else None


def _whose(fact: e.Fact, state: State) -> str:
    session = state.sessions.get(getattr(fact, "session", ""))
    return getattr(fact, "task", "") or (session.task if session else "")


def _has_landed(fact: e.SessionEnded, state: State) -> bool:
    session = state.sessions.get(fact.session)
    return session is not None and state.tasks[session.task].state is TaskState.LANDED


def _of_session(fact: e.Fact) -> str | None:
    match fact:
        case e.SessionClaimed(session, _, harness, subscription):
            return f"goes to {harness} on {subscription} as {session}"
        case e.SessionStarted(_, pid, launch):
            again = f", launch {launch}" if launch > 1 else ""
            return f"its agent runs (process {pid}{again})"
        case e.SessionWaiting(_, _, _, _, text):
            return f"asks: {clean_line(text)}"
        case e.MessageQueued(_, _, text, kind) if kind == "answer":
            return f"is answered: {clean_line(text)}"
        case e.MessageQueued(_, _, _, kind) if kind in ("continue", "resume"):
            return "is told to continue" if kind == "continue" else "is taken up again"
        case e.MessageFailed(_, _, why):
            return f"could not be told something: {clean_line(why)}"
        case e.SessionLimited(_, _, _, text):
            return f"is limited: {clean_line(text)}"
        case e.TurnFailed(_, _, why):
            return f"its turn failed: {clean_line(why)}"
        case e.SessionFailed(_, why):
            return f"could not start: {clean_line(why)}"
        case e.SessionEnded(_, how):
            return f"its agent ended: {clean_line(how)}"
        case e.SessionLost(_, how):
            return f"its agent is cut off: {clean_line(how)}"
        case _:
            return None


def _of_task(fact: e.Fact) -> str | None:
    match fact:
        case e.VerifyFinished(_, _, _, where, ok, _, seconds):
            what = "merged with the target, " if where == "landing" else ""
            return f"{what}its check {'passes' if ok else 'fails'} ({seconds:.1f} s)"
        case e.ChangeSentBack(_, _, why):
            return f"goes back to its agent: {clean_line(why)}"
        case e.ReviewReady(_, _, commit, files):
            return f"waits for review: {files} file{'s' if files != 1 else ''}, {commit[:10]}"
        case e.ChangeOpened(_, commit):
            return f"is read: it changes what runs ({commit[:10]})"
        case e.ChangeApproved():
            return "is approved"
        case e.ApprovalVoided(_, why) | e.LandingParked(_, why):
            return f"does not land yet: {clean_line(why)}"
        case e.LandingFailed(_, why):
            return f"does not land: {clean_line(why)}"
        case e.ChangeLanded(_, target, commit):
            return f"has landed on {target}: {commit[:10]}"
        case e.TaskFailed(_, why) | e.TaskPassedOver(_, why) if why:
            return f"goes no further: {clean_line(why)}"
        case e.ChangeRejected(_, why):
            return f"is rejected: {clean_line(why)}"
        case e.TaskCancelled():
            return "is cancelled"
        case e.TaskRetried():
            return "is taken up again"
        case _:
            return None
