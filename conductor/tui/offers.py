"""The changes there are to review, and what can be done about each: pure."""

from __future__ import annotations

from conductor.acts.finding import not_to_undo
from conductor.state import TaskState
from conductor.tui import looks
from conductor.tui.widgets.listing import Line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.state import State, Task
    from conductor.tui.world import World

RECENT = 8
"""Landed changes that stay in the list, to be read again or taken back."""


def lines(world: World, wanted: str | None, chosen: str | None) -> list[Line]:
    """List what waits for the person, then what landed last."""
    waiting = _waiting(world.state, wanted, chosen)
    landed = [world.state.tasks[ident] for ident in reversed(world.state.landed[-RECENT:])]
    found = [_line(world, task) for task in waiting]
    if landed:
        found += [Line(None, ((" landed", "faint"),)), *[_line(world, task) for task in landed]]
    return found


def _waiting(state: State, wanted: str | None, chosen: str | None) -> list[Task]:
    """Find the changes that wait, and the one that another room sent the person to."""
    here = (TaskState.REVIEW, TaskState.LANDING)
    waiting = [task for task in state.under_way.values() if task.state in here]
    waiting.sort(key=lambda task: (task.state is TaskState.LANDING, task.since))
    if wanted and (task := state.tasks.get(wanted)):
        if task not in waiting:
            waiting.append(task)
    elif (
        (kept := state.tasks.get(chosen or ""))
        and kept not in waiting
        and kept.id not in state.landed[-RECENT:]
        and kept.session
    ):
        waiting.append(kept)  # under the person's eyes, nothing goes away
    return waiting


def _line(world: World, task: Task) -> Line:
    session = world.session_of(task)
    seen = looks.look(task, session)
    counts = ((f" +{session.added} -{session.removed} ", "dim"),) if session else ()
    shape = (f" {seen.glyph} ", seen.ink)
    return Line(task.id, (shape, (f"{task.id} ", "dim"), (task.title, "strong")), counts)


def why_not(action: str, task: Task | None) -> str | None:
    """Say why an action makes no sense for a change."""
    if action not in ("approve", "send_back", "reject", "undo"):
        return None
    if task is None:
        return "no change is chosen"
    if action == "undo":
        return not_to_undo(task)
    if action == "approve" and task.state is not TaskState.REVIEW:
        return f"{task.id} is {task.state}"
    if task.state not in (TaskState.REVIEW, TaskState.LANDING):
        return f"{task.id} is {task.state}"
    return None
