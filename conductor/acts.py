"""What a person can do: each act checks that it makes sense now, and writes its facts.

The command line, the screens, voice and agents' tools all come through here, so that none of them
can do what another would refuse.
"""

from __future__ import annotations

from conductor import events as e
from conductor.cleaning import clean_line
from conductor.state import ALIVE, GIVEN_UP, UNBEGUN, SessionState, TaskState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.journal import Journal
    from conductor.state import Session, State, Task

LONGEST_TEXT = 8 * 1024 * 1024


class Refused(Exception):
    """An act does not make sense now; the text says why and what to do."""


# Finding what is meant.


def find_task(state: State, ident: str) -> Task:
    """Find the task that an id names, its own or its session's."""
    if session := state.sessions.get(ident):
        ident = session.task
    if task := state.tasks.get(ident):
        return task
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


def _task_in(state: State, ident: str, allowed: frozenset[TaskState], need: str) -> Task:
    task = find_task(state, ident)
    if task.state not in allowed:
        raise Refused(f"{task.id} is {task.state}; {need}.")
    return task


# The queue.


def add_task(
    journal: Journal,
    text: str,
    repo: str,
    *,
    title: str | None = None,
    priority: int = 0,
    after: tuple[str, ...] = (),
    template: str | None = None,
    harness: str | None = None,
    subscription: str | None = None,
    model: str | None = None,
    verify: str | None = None,
    held: bool = False,
) -> str:
    """Put a piece of work into the queue, and return its id."""
    if not text.strip():
        raise Refused("A task needs words: say what is to be done.")
    if len(text) > LONGEST_TEXT:
        raise Refused(
            f"A task of {len(text)} characters is too long ({LONGEST_TEXT} at most): "
            "put the material into a file of the repository and name it in the task."
        )
    with journal.decide() as decision:
        for ident in after:
            if ident not in decision.state.tasks:
                raise Refused(f"It cannot wait for {clean_line(ident, 40)}: there is no such task.")
        task = f"t{decision.state.next_task}"
        decision.append(
            e.TaskAdded(
                task=task,
                title=title_of(title or text),
                text=text,
                repo=repo,
                priority=priority,
                after=after,
                template=template,
                harness=harness,
                subscription=subscription,
                model=model,
                verify=verify,
                held=held,
            )
        )
    return task


def title_of(text: str) -> str:
    """Make a title from a task's words: its first line that says something."""
    first = next((line for line in text[:4000].splitlines() if line.strip()), text[:200])
    return clean_line(first.strip().lstrip("#").strip(), 120)


def trust(journal: Journal, repo: str) -> None:
    """Note that the person trusts what is in a repository."""
    with journal.decide() as decision:
        if repo not in decision.state.trusted:
            decision.append(e.RepoTrusted(repo))


def edit_task(
    journal: Journal,
    ident: str,
    *,
    title: str | None = None,
    text: str | None = None,
    priority: int | None = None,
    harness: str | None = None,
    subscription: str | None = None,
    model: str | None = None,
    verify: str | None = None,
) -> None:
    """Change a task that has not begun."""
    if text is not None and not text.strip():
        raise Refused("A task needs words: say what is to be done.")
    with journal.decide() as decision:
        task = _task_in(decision.state, ident, UNBEGUN, "only a task that has not begun is edited")
        decision.append(
            e.TaskEdited(
                task.id, title=title and title_of(title), text=text, priority=priority,
                harness=harness, subscription=subscription, model=model, verify=verify,
            )
        )  # fmt: skip


def hold(journal: Journal, ident: str) -> None:
    """Keep a task from starting."""
    with journal.decide() as decision:
        task = _task_in(decision.state, ident, UNBEGUN, "only a task that has not begun is held")
        decision.append(e.TaskHeld(task.id))


def release(journal: Journal, ident: str) -> None:
    """Let a held task start."""
    held = frozenset({TaskState.HELD})
    with journal.decide() as decision:
        task = _task_in(decision.state, ident, held, "only a held task is released")
        decision.append(e.TaskReleased(task.id))


def cancel(journal: Journal, ident: str, why: str = "") -> None:
    """Give a task up, whatever it is doing; what it changed stays in its snapshot."""
    allowed = UNBEGUN | ALIVE | {TaskState.FAILED}
    with journal.decide() as decision:
        task = _task_in(decision.state, ident, allowed, "there is nothing left to cancel")
        _not_landing_now(task)
        decision.append(e.TaskCancelled(task.id, why))


def _not_landing_now(task: Task) -> None:
    """Refuse in the moment in which the target moves: what has begun there is completed."""
    if task.state is TaskState.LANDING and task.landing:
        raise Refused(
            f"{task.id} is landing at this very moment; `conductor undo {task.id}` takes it back."
        )


def retry(journal: Journal, ident: str) -> None:
    """Put a task that was given up back into the queue; it begins anew, in a new worktree."""
    need = "only what failed, was rejected or was cancelled is retried"
    with journal.decide() as decision:
        task = _task_in(decision.state, ident, GIVEN_UP, need)
        decision.append(e.TaskRetried(task.id))


# A session.


def say(journal: Journal, ident: str, text: str) -> str:
    """Send words to a session's agent, and return the message's id."""
    if not text.strip():
        raise Refused("There is nothing to say: the text is empty.")
    with journal.decide() as decision:
        session = find_session(decision.state, ident)
        task = _can_talk(decision.state, session)
        message = f"m{decision.state.next_message}"
        if task.state is TaskState.FAILED:  # its agent is started again on the same conversation
            decision.append(e.ChangeSentBack(task.id, session.id, text))
        decision.append(e.MessageQueued(session.id, message, text))
    return message


def answer(journal: Journal, ident: str, text: str) -> str:
    """Answer what a session's agent asks: words, or for a permission `allow` or `deny`."""
    with journal.decide() as decision:
        session = find_session(decision.state, ident)
        if session.state is not SessionState.WAITING:
            raise Refused(
                f"{session.id} asks nothing; it is {session.state}. "
                f"To send it words: conductor say {session.id} TEXT"
            )
        if session.ask_kind == "screen":
            raise Refused(
                f"{session.id} can only be answered in its own terminal: "
                f"conductor attach {session.id}"
            )
        if session.ask_kind == "permission" and text.partition(":")[0] not in ("allow", "deny"):
            raise Refused(
                f"{session.id} asks for a permission: answer `allow`, `deny` or `deny: WHY`."
            )
        if not text.strip():
            raise Refused("There is nothing to answer: the text is empty.")
        if any(m.ask == session.ask and not m.why for m in decision.state.messages.values()):
            raise Refused(f"{session.id} has been answered already; the answer is on its way.")
        message = f"m{decision.state.next_message}"
        decision.append(e.MessageQueued(session.id, message, text, kind="answer", ask=session.ask))
    return message


def _can_talk(state: State, session: Session) -> Task:
    task = state.tasks[session.task]
    if task.session != session.id or task.state not in ALIVE | {TaskState.FAILED}:
        raise Refused(
            f"{session.id} is over; {task.id} was {task.state}: try `conductor retry {task.id}`."
            if task.state in GIVEN_UP
            else f"{session.id} is over: {task.id} is {task.state}."
        )
    if not session.live and not session.ready:
        raise Refused(
            f"The agent of {session.id} never got going, so there is no conversation to go on "
            f"with: `conductor retry {task.id}` begins anew."
        )
    if session.gone:
        raise Refused(
            f"The worktree of {session.id} is gone: `conductor retry {task.id}` begins anew."
        )
    return task


def stop(journal: Journal, ident: str) -> str:
    """Stop a session's agent, and return the session's id; its work is kept."""
    with journal.decide() as decision:
        session = find_session(decision.state, ident)
        if not session.live:
            raise Refused(f"{session.id} has ended already.")
        decision.append(e.StopAsked(session.id))
    return session.id


def stop_all(journal: Journal) -> list[str]:
    """Stop every live session, and return their ids."""
    with journal.decide() as decision:
        live = list(decision.state.live)
        decision.append(*[e.StopAsked(ident) for ident in live])
    return live


# A change.

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
        task = _task_in(decision.state, ident, _REVIEW, need)
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
        task = _task_in(decision.state, ident, _REVIEW | {TaskState.LANDING}, need)
        _not_landing_now(task)
        decision.append(e.ChangeRejected(task.id, why))
    return task.id


def send_back(journal: Journal, ident: str, text: str) -> str:
    """Send a change back to its agent with what is to be done, and return the message's id."""
    if not text.strip():
        raise Refused("Say what is to be done: the text goes to the agent.")
    with journal.decide() as decision:
        need = "only a change that waits for review or landing is sent back"
        task = _task_in(decision.state, ident, _REVIEW | {TaskState.LANDING}, need)
        _not_landing_now(task)
        session = find_session(decision.state, task.id)
        _can_talk(decision.state, session)
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
        task = _task_in(decision.state, ident, frozenset({TaskState.LANDED}), need)
        decision.append(e.UndoAsked(task.id))
    return task.id
