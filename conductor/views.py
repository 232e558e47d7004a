"""The JSON documents that scripts and agents may rely on: pure functions of what is known.

Their keys are a promise: one may be added, none is renamed or removed.
"""

from __future__ import annotations

import time

from conductor.events import from_body
from conductor.samples import Tokens
from conductor.state import SessionState, TaskState, pair

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, Protocol

    from conductor.contexts import Context
    from conductor.state import Session, State, Task, Trouble

    class Changed(Protocol):
        """A changed file, as the reading of git tells it."""

        @property
        def path(self) -> str: ...  # noqa: D102 — what git calls them
        @property
        def old_path(self) -> str | None: ...  # noqa: D102
        @property
        def status(self) -> str: ...  # noqa: D102
        @property
        def added(self) -> int | None: ...  # noqa: D102
        @property
        def removed(self) -> int | None: ...  # noqa: D102
        @property
        def binary(self) -> bool: ...  # noqa: D102
        @property
        def runs_code(self) -> bool: ...  # noqa: D102


NONE = Tokens()
OVER = frozenset({TaskState.LANDED, TaskState.REJECTED, TaskState.CANCELLED, TaskState.DONE})


def moment(at: float) -> str:
    """Write a time as ISO 8601 in UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def why(state: State, task: Task) -> str | None:
    """Say what a person must know of a task, or what keeps the runner from going on with it."""
    if task.state is TaskState.QUEUED and not task.why:
        return waits_for(state, task)
    session = state.sessions.get(task.session or "")
    if session and session.state is SessionState.LIMITED and not task.why:
        asks = f" `conductor answer {session.id} wait|move`" if session.offers else ""
        from conductor.windows import limited

        return limited(session) + asks
    if session and session.lost and not (session.gone or task.why):
        return f"Its agent went with its terminal: `conductor resume {session.id}` takes it up."
    if session and session.gone and session.state is SessionState.BUSY:
        from conductor.inbox import homeless

        return homeless(session)
    if task.state is TaskState.LANDING and task.ahead and not (task.merged or task.why):
        return f"It lands after {', '.join(task.ahead)}: both change the same."
    if task.why or not state.troubles:
        return task.why
    own = (task.session, task.id)
    return next((t.why for t in state.troubles.values() if t.subject.split(" ")[0] in own), None)


def waits_for(state: State, task: Task) -> str | None:
    """Say what a queued task waits for that nobody can do anything about, beside a slot."""
    if task.filler:
        return "A filler: it starts when allowance would lapse unused."
    waits = state.waits.get(task.wish)
    return waits.why if waits else None


def outer_troubles(state: State) -> list[Trouble]:
    """Return the troubles that belong to no task: settings, repositories, the machine."""
    known = state.tasks.keys() | state.sessions.keys()
    return [t for t in state.troubles.values() if t.subject.split(" ")[0] not in known]


def task_document(
    state: State,
    task: Task,
    tokens: Mapping[str, Tokens],
    contexts: Mapping[str, Context],
    socket: str | None,
) -> dict[str, Any]:
    """Describe a task with its session."""
    session = state.sessions.get(task.session or "")
    return {
        "id": task.id,
        "title": task.title,
        "state": task.state,
        "repo": task.repo,
        "priority": task.priority,
        "after": list(task.after),
        "template": task.template,
        "tag": task.tag,
        "harness": task.harness,
        "subscription": task.subscription,
        "verify": task.verify,
        "forks": task.forks,
        "created_at": moment(task.created_at),
        "session": session and session_document(session, tokens, contexts, socket),
        "why": why(state, task),
        "offered": task.offered,
        "approved": task.approved,
        "landing": landing_document(state, task),
        "landed": task.landed,
        "landed_parts": [part.commit for part in task.parts],
    }


def landing_document(state: State, task: Task) -> dict[str, Any] | None:
    """Describe how far a change is on its way onto the target, or off it."""
    if (stage := landing_stage(state, task)) is None:
        return None
    return {
        "target": task.target,
        "undo": task.id in state.undos,
        "stage": stage,
        "ahead": ahead_of(state, task),
    }


def ahead_of(state: State, task: Task) -> list[str]:
    """List the tasks that land before this one, as far as they have not yet."""
    return [one for one in task.ahead if one in state.landings]


def landing_stage(state: State, task: Task) -> str | None:
    """Name what happens next to a task in the landing queue; None for one that is not in it."""
    undo = task.id in state.undos
    if not undo and task.state is not TaskState.LANDING:
        return None
    if task.landing:
        return "moving"
    if task.why and not undo:
        return "parked"
    if not task.merged:
        return "behind" if ahead_of(state, task) else "to merge"
    checked = task.checked
    if checked and checked.where == "landing" and checked.ok is None:
        return "checking"
    return "passed" if checked and checked.ok and checked.tree == task.merged else "to check"


def session_document(
    session: Session,
    tokens: Mapping[str, Tokens],
    contexts: Mapping[str, Context],
    socket: str | None,
) -> dict[str, Any]:
    """Describe a session."""
    used, held = tokens.get(session.id, NONE), contexts.get(session.id)
    asks = {"kind": session.ask_kind, "text": session.ask_text} if session.ask else None
    return {
        "id": session.id,
        "task": session.task,
        "harness": session.harness,
        "subscription": session.subscription,
        "model": session.model,
        "mode": session.mode or "terminal",
        "state": session.state,
        "since": moment(session.since),
        "worktree": session.worktree,
        "branch": session.branch,
        "base": session.base,
        "tmux": {"socket": socket, "session": session.id},
        "vendor_session": session.vendor_session,
        "tokens": tokens_document(used),
        "context": {"used": held.used, "size": held.size} if held else None,
        "cost_usd": used.cost_usd,
        "turns": session.turns,
        "moving_to": session.moving,
        "offers": list(session.offers),
        "lived": [life.split(" ")[0] for life in session.lives],
        "cut_off": session.lost,
        "asks": asks,
        "asks_besides": [{"kind": one.kind, "text": one.text} for one in session.asks[1:]],
    }


def tokens_document(used: Tokens) -> dict[str, int]:
    """Describe tokens by what they cost differently."""
    return {"input": used.input, "cached": used.cached, "output": used.output}


def spent_document(used: Tokens) -> dict[str, int]:
    """Describe tokens that were spent, with how much of the input went into vendors' caches."""
    return {**tokens_document(used), "written": used.written}


def diff_document(
    state: State, task: Task, base: str, head: str, *, files: Iterable[Changed], tail: str
) -> dict[str, Any]:
    """Describe a change: its files, whom it meets, and how its check went."""
    rows = [
        {
            "path": one.path,
            "old_path": one.old_path,
            "status": one.status,
            "added": one.added,
            "removed": one.removed,
            "binary": one.binary,
            "runs_code": one.runs_code,
        }
        for one in files
    ]
    checked = task.checked
    session = state.sessions.get(task.session or "")
    return {
        "base": base,
        "head": head,
        "files": rows,
        "nested": list(session.nested) if session else [],
        "conflicts_with": meets(state, task, {str(row["path"]) for row in rows}),
        "verify": None
        if checked is None or checked.ok is None
        else {
            "ok": checked.ok,
            "exit": checked.code,
            "seconds": checked.seconds,
            "output_tail": tail,
        },
    }


def meets(state: State, task: Task, paths: set[str]) -> list[dict[str, Any]]:
    """List the other sessions at work in this repository whose changes touch the same files."""
    found = []
    for other in state.tasks.values():
        session = state.sessions.get(other.session or "")
        if other.id == task.id or other.repo != task.repo or session is None or other.state in OVER:
            continue
        now = state.overlaps.get(pair(task.session or "", session.id))
        shared = paths.intersection(session.files).union(now.files if now else ())
        if shared:
            clash = list(now.conflicts) if now else []
            names = {"task": other.id, "session": session.id}
            found.append({**names, "files": sorted(shared), "conflicts": clash})
    return found


def fact_document(seq: int, at: float, kind: str, subject: str, body: object) -> dict[str, Any]:
    """Describe one fact as it is stored; what it leaves at its default is filled in."""
    head = {
        "seq": seq,
        "at": f"{moment(at)[:-1]}.{int(at % 1 * 1000):03}Z",
        "kind": kind,
        "subject": subject,
    }
    fact = from_body(kind, body)
    if fact is not None:
        stored = {field: getattr(fact, field) for field in type(fact)._fields}
    else:
        stored = body if isinstance(body, dict) else {}
    # A fact's own `kind` (of an ask, of a message) must not hide what kind of fact it is.
    return head | {f"{key}_" if key in head else key: value for key, value in stored.items()}
