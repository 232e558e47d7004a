"""What a person can say about a change, and take or leave of it."""

from __future__ import annotations

from conductor import events as e
from conductor.acts.finding import Refused, can_talk, find_session, find_task, task_in
from conductor.cleaning import clean, clean_line
from conductor.rounds import wording
from conductor.rounds.said import said
from conductor.state import ALIVE, SessionState, TaskState
from conductor.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conductor.decision import Decision
    from conductor.journal import Journal
    from conductor.rounds.said import Comment
    from conductor.state import Session, State, Task

    Left = Mapping[str, tuple[str, ...]]

LONGEST_QUOTE = 8000
_REVIEW = frozenset({TaskState.REVIEW})


class Lines(Value):
    """Some lines of one side of a change, and what they say."""

    path: str
    side: str
    first: int
    last: int
    quoted: str = ""


# Comments.


def comment(
    journal: Journal,
    ident: str,
    lines: Lines,
    text: str,
    *,
    suggestion: str | None = None,
    commit: str | None = None,
) -> str:
    """Say something about lines of a change, and return the comment's number; it waits as a draft.

    `commit` is the one that was read, if it is not the one on offer.
    """
    if not text.strip() and suggestion is None:
        raise Refused("There is nothing to say: the text is empty.")
    with journal.decide() as decision:
        task, session = _read(decision.state, ident)
        number = f"c{said(journal, task.id).next_comment}"
        decision.append(
            e.CommentDrafted(
                task.id, number, lines.path, lines.side, lines.first, lines.last,
                commit or task.offered or session.commit or "", session.base or "",
                clean(lines.quoted, LONGEST_QUOTE), text.strip(), suggestion,
            )
        )  # fmt: skip
    return number


def _read(state: State, ident: str) -> tuple[Task, Session]:
    """Find a task that has changed something which can be read."""
    task = find_task(state, ident)
    session = find_session(state, task.id)
    if session.commit is None:
        raise Refused(f"{task.id} has changed nothing yet that was kept.")
    if task.state not in ALIVE | {TaskState.FAILED}:
        raise Refused(f"{task.id} is {task.state}: what is still to be done is another task.")
    return task, session


def _known(journal: Journal, task: Task, comment: str) -> Comment:
    known = said(journal, task.id).comments
    if comment in known:
        return known[comment]
    there = ", ".join(known) or "none"
    raise Refused(f"{task.id} has no comment {clean(comment, 20)}; there are {there}.")


def edit_comment(
    journal: Journal, ident: str, number: str, text: str, suggestion: str | None = None
) -> None:
    """Change a comment that was not sent yet."""
    with journal.decide() as decision:
        task = find_task(decision.state, ident)
        known = _known(journal, task, number)
        if not known.draft:
            raise Refused(
                f"{number} cannot be changed: it is another agent's; accept it first."
                if known.author == "agent"
                else f"{number} has been sent already; write another."
            )
        if not text.strip() and suggestion is None and known.suggestion is None:
            raise Refused(f"There is nothing left of {number}: drop it instead.")
        decision.append(e.CommentEdited(task.id, number, text.strip(), suggestion))


def drop_comment(journal: Journal, ident: str, number: str) -> None:
    """Show a comment no more: a draft, another agent's remark, or one that is answered."""
    with journal.decide() as decision:
        task = find_task(decision.state, ident)
        _known(journal, task, number)
        decision.append(e.CommentDropped(task.id, number))


def accept_comment(journal: Journal, ident: str, number: str) -> None:
    """Make another agent's remark a draft of one's own."""
    with journal.decide() as decision:
        task = find_task(decision.state, ident)
        if _known(journal, task, number).author != "agent":
            raise Refused(f"{number} is your own already.")
        decision.append(e.CommentAccepted(task.id, number))


def apply_comment(journal: Journal, ident: str, number: str) -> None:
    """Have what a comment suggests written into the worktree, in the person's name."""
    with journal.decide() as decision:
        need = "a suggestion is written into a change that waits for review"
        task = task_in(decision.state, ident, _REVIEW, need)
        _rests(decision, task)
        known = _known(journal, task, number)
        if known.suggestion is None or known.side != "new":
            raise Refused(f"{number} suggests nothing that could be written.")
        if known.applied:
            raise Refused(f"What {number} suggests is written already.")
        decision.append(e.ApplyAsked(task.id, number))


def _rests(decision: Decision, task: Task) -> Session:
    """Find the session of a task whose agent is not at work, so that its files may be changed."""
    state = decision.state
    session = find_session(state, task.id)
    busy = session.state not in (SessionState.IDLE, SessionState.ENDED)
    if busy or any(m.session == session.id and not m.why for m in state.messages.values()):
        raise Refused(
            f"{session.id} is at work, and two at once would change the same files: wait for it, "
            f"or `conductor stop {session.id}`."
        )
    if session.gone:
        raise Refused(f"The worktree of {session.id} is gone.")
    if task.reading and task.reading.applying:
        raise Refused(f"What {task.reading.applying} suggests is being written just now.")
    return session


def edited(journal: Journal, ident: str, paths: tuple[str, ...]) -> None:
    """Note that the person changed files of a change in its worktree: it is to be read anew."""
    with journal.decide() as decision:
        task = find_task(decision.state, ident)
        session = find_session(decision.state, task.id)
        if task.state in ALIVE:
            note = f"You edited {', '.join(paths)}."
            decision.append(e.ChangeEdited(task.id, session.id, paths, note=note))


def editable(journal: Journal, ident: str) -> Session:
    """Return the session whose files the person may change now, or refuse."""
    with journal.decide() as decision:
        task = task_in(decision.state, ident, _REVIEW, "a change is edited while it is in review")
        return _rests(decision, task)


# What is taken and what is left.


def leave(journal: Journal, ident: str, path: str, left: tuple[str, ...]) -> None:
    """Leave exactly these parts of a file's change out; none takes all of it."""
    with journal.decide() as decision:
        task, _ = _read(decision.state, ident)
        if said(journal, task.id).left.get(path, ()) != left:
            decision.append(e.HunksLeft(task.id, path, left))


def forget_left(journal: Journal, ident: str, still: Left, void: Sequence[str]) -> None:
    """Refuse to approve what the person has not seen: where they left something out, it changed."""
    with journal.decide() as decision:
        task = find_task(decision.state, ident)
        decision.append(*[e.HunksLeft(task.id, path, still.get(path, ())) for path in void])
    names = ", ".join(clean_line(path, 80) for path in void)
    raise Refused(
        f"What you left out of {names} has changed since and would land now: "
        "look at it again, then approve."
    )


def restore(journal: Journal, ident: str) -> str:
    """Take the last decision about what is left out back, and return its file."""
    with journal.decide() as decision:
        task = find_task(decision.state, ident)
        before = said(journal, task.id).before
        if not before:
            raise Refused(f"Nothing was left out of {task.id}.")
        decision.append(e.HunksRestored(task.id))
    return before[-1][0]


def view_file(journal: Journal, ident: str, path: str, blob: str) -> None:
    """Mark a file as viewed while it holds this blob; with none, unmark it."""
    with journal.decide() as decision:
        task = find_task(decision.state, ident)
        decision.append(e.FileViewed(task.id, path, blob))


# Asking.


def ask(journal: Journal, ident: str, lines: Lines, text: str, *, commit: str | None = None) -> str:
    """Ask the agent that made a change about some lines, and return the question's number."""
    if not text.strip():
        raise Refused("There is nothing to ask: the text is empty.")
    with journal.decide() as decision:
        task, session = _read(decision.state, ident)
        can_talk(decision.state, session)
        if task.state is not TaskState.REVIEW:
            raise Refused(f"{task.id} is {task.state}; tell its agent: conductor say {task.id} …")
        if task.reading and task.reading.asking:
            raise Refused(f"{session.id} is answering {task.reading.asking} just now.")
        quoted = clean(lines.quoted, LONGEST_QUOTE)
        message = f"m{decision.state.next_message}"
        number = f"q{said(journal, task.id).next_question}"
        told = wording.question(text, lines.path, lines.side, lines.first, lines.last, quoted)
        decision.append(
            e.QuestionAsked(
                task.id, session.id, number, message, lines.path, lines.side, lines.first,
                lines.last, commit or task.offered or "", quoted, text.strip(),
            ),
            e.MessageQueued(session.id, message, told, kind="ask"),
        )  # fmt: skip
    return number


def ask_opinion(journal: Journal, ident: str, text: str, *, subscription: str | None = None) -> str:
    """Have another agent read a change, in these words; return the task it gets for that."""
    with journal.decide() as decision:
        task, session = _read(decision.state, ident)
        commit = task.offered or session.commit or ""
        number = f"t{decision.state.next_task}"
        decision.append(
            e.TaskAdded(
                number, f"An opinion on {task.id}: {task.title}", text, task.repo,
                subscription=subscription, reads=task.id, start=commit,
                priority=task.priority + 1,
            ),
            e.OpinionAsked(task.id, number, commit),
        )  # fmt: skip
    return number
