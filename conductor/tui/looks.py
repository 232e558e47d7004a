"""How a state looks: a shape, a word, and the class that the style sheets colour."""

from __future__ import annotations

from conductor.state import SessionState, TaskState
from conductor.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.state import Session, Task


class Look(Value):
    """Shape, word and class of a state; shape and word alone must be enough to tell it."""

    glyph: str
    word: str
    ink: str


WORKING = Look("●", "working", "busy")
WAITING = Look("▲", "waits for you", "waiting")
IDLE = Look("○", "idle", "idle")
LIMITED = Look("◔", "limited", "limited")
SILENT = Look("⋯", "silent", "stalled")
LOOPING = Look("↻", "looping", "stalled")
IDLE_LONG = Look("○", "idle long", "stalled")
BESIDE = Look("»", "beside", "landing")
STAYS = Look("»", "stays", "landing")
HOMELESS = Look("✗", "no worktree", "failed")
STARTING = Look("◌", "starting", "starting")
STOPPING = Look("◍", "stopping", "idle")
CUT_OFF = Look("↯", "cut off", "failed")
REVIEW = Look("◆", "review", "review")
LANDING = Look("⇣", "landing", "landing")
LANDED = Look("✔", "landed", "done")
FAILED = Look("✖", "failed", "failed")
REJECTED = Look("✕", "rejected", "over")
CANCELLED = Look("∅", "cancelled", "over")
DONE = Look("✓", "done", "over")
QUEUED = Look("·", "queued", "queued")
HELD = Look("‖", "held", "held")
BLOCKED = Look("⊘", "blocked", "blocked")

URGENT = tuple(
    look.word
    for look in (
        WAITING, CUT_OFF, FAILED, HOMELESS, LOOPING, SILENT, REVIEW, IDLE_LONG, LIMITED, IDLE,
        WORKING, STARTING, LANDING,
    )
)  # fmt: skip
"""How agents stand, what needs the person first."""

_TASKS = {
    TaskState.HELD: HELD,
    TaskState.QUEUED: QUEUED,
    TaskState.BLOCKED: BLOCKED,
    TaskState.RUNNING: WORKING,
    TaskState.WAITING: WAITING,
    TaskState.REVIEW: REVIEW,
    TaskState.LANDING: LANDING,
    TaskState.LANDED: LANDED,
    TaskState.REJECTED: REJECTED,
    TaskState.FAILED: FAILED,
    TaskState.CANCELLED: CANCELLED,
    TaskState.DONE: DONE,
}
_SESSIONS = {
    SessionState.STARTING: STARTING,
    SessionState.BUSY: WORKING,
    SessionState.IDLE: IDLE,
    SessionState.WAITING: WAITING,
    SessionState.LIMITED: LIMITED,
    SessionState.ENDED: Look("◦", "ended", "over"),
}


def look(task: Task, session: Session | None) -> Look:
    """Choose how a task looks: by its agent while it is at work, else by where the task stands."""
    if session is None or task.state not in (TaskState.RUNNING, TaskState.WAITING):
        return _TASKS[task.state]
    if session.lost:
        return CUT_OFF
    if session.gone and session.state is SessionState.BUSY:
        return HOMELESS
    if session.stalled and session.live:
        return LOOPING if session.stalled == "looping" else SILENT
    return STOPPING if session.stopping and session.live else _SESSIONS[standing(session)]


def standing(session: Session) -> SessionState:
    """Say how an agent stands: one that has yet to hear its task starts, and is not idle."""
    idle = session.state is SessionState.IDLE
    unheard = idle and not session.turns and not session.why
    return SessionState.STARTING if unheard else session.state
