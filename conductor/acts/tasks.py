"""What a person can do with the queue."""

from __future__ import annotations

from conductor import events as e
from conductor.acts.finding import Refused, find_task, not_landing_now, task_in
from conductor.cleaning import clean_line
from conductor.state import ALIVE, GIVEN_UP, UNBEGUN, TaskState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.journal import Journal

LONGEST_TEXT = 8 * 1024 * 1024


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
    filler: bool = False,
    tag: str | None = None,
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
                filler=filler,
                tag=_tag(tag or "") or None,
            )
        )
    return task


def title_of(text: str) -> str:
    """Make a title from a task's words: its first line that says something."""
    first = next((line for line in text[:4000].splitlines() if line.strip()), text[:200])
    return clean_line(first.strip().lstrip("#").strip(), 120)


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
        task = task_in(decision.state, ident, UNBEGUN, "only a task that has not begun is edited")
        decision.append(
            e.TaskEdited(
                task.id, title=title and title_of(title), text=text, priority=priority,
                harness=harness, subscription=subscription, model=model, verify=verify,
            )
        )  # fmt: skip


def tag(journal: Journal, ident: str, word: str) -> None:
    """Put a task into a group of the person's own; no word takes it out."""
    with journal.decide() as decision:
        task = find_task(decision.state, ident)
        decision.append(e.TaskTagged(task.id, _tag(word)))


def _tag(word: str) -> str:
    if len(word) > 40 or not word.isprintable():
        raise Refused("A tag is a word or two: 40 characters at most.")
    return word.strip()


def hold(journal: Journal, ident: str) -> None:
    """Keep a task from starting."""
    with journal.decide() as decision:
        task = task_in(decision.state, ident, UNBEGUN, "only a task that has not begun is held")
        decision.append(e.TaskHeld(task.id))


def release(journal: Journal, ident: str) -> None:
    """Let a held task start."""
    held = frozenset({TaskState.HELD})
    with journal.decide() as decision:
        task = task_in(decision.state, ident, held, "only a held task is released")
        decision.append(e.TaskReleased(task.id))


def cancel(journal: Journal, ident: str, why: str = "") -> None:
    """Give a task up, whatever it is doing; what it changed stays in its snapshot."""
    allowed = UNBEGUN | ALIVE | {TaskState.FAILED}
    with journal.decide() as decision:
        task = task_in(decision.state, ident, allowed, "there is nothing left to cancel")
        not_landing_now(task)
        decision.append(e.TaskCancelled(task.id, why))


def retry(journal: Journal, ident: str) -> None:
    """Put a task that was given up back into the queue; it begins anew, in a new worktree."""
    need = "only what failed, was rejected or was cancelled is retried"
    with journal.decide() as decision:
        task = task_in(decision.state, ident, GIVEN_UP, need)
        decision.append(e.TaskRetried(task.id))
