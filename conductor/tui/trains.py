"""The landing queue in words: who is on the train, what is checked, who waits for whom: pure."""

from __future__ import annotations

from conductor.cleaning import clean
from conductor.events import VerifyFinished
from conductor.state import TaskState
from conductor.tui.widgets.listing import Line
from conductor.tui.widgets.prose import text
from conductor.tui.wording import age, folder, plural
from conductor.views import ahead_of, landing_stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.journal import Journal
    from conductor.state import State, Task
    from conductor.tui.inks import Run
    from conductor.tui.world import World

_REST = {
    TaskState.REVIEW: "the rest waits for your review",
    TaskState.RUNNING: "its agent is at the rest",
    TaskState.WAITING: "its agent waits for you",
}

RECENT = 12
"""Landings that stay listed, to be taken back."""


def queue(state: State) -> dict[str, list[Task]]:
    """List, by repository, what is to land in the order it stands in, undoings first."""
    found: dict[str, list[Task]] = {}
    landings = [state.tasks[one] for one in state.landings]
    landings.sort(key=lambda task: (task.merged is None, len(task.ahead)))
    for task in (*(state.tasks[one] for one in state.undos), *landings):
        found.setdefault(task.repo, []).append(task)
    return found


def lines(world: World) -> list[Line]:
    """List the trains, and what landed last."""
    state = world.state
    rows: list[Line] = []
    for repo, tasks in queue(state).items():
        onto = next((task.target for task in tasks if task.target), None)
        heading = f" {folder(repo)}{f' → {onto}' if onto else ''} "
        rows.append(Line(None, ((heading, "title"), (f"{len(tasks)}", "faint"))))
        rows += [_line(world, task) for task in tasks]
    if landed := _landed(state):
        rows.append(Line(None, ((" landed", "faint"),)))
        rows += [_line(world, task) for task in landed]
    return rows


def _landed(state: State) -> list[Task]:
    """List what landed last, the newest first; of some a part, while the rest is open."""
    whole = [state.tasks[one] for one in state.landed[-RECENT:]]
    parts = [task for task in state.tasks.values() if _has_part(task)]
    found = [task for task in (*whole, *parts) if task.id not in state.undos]
    return sorted(found, key=_when, reverse=True)[:RECENT]


def _has_part(task: Task) -> bool:
    """Say whether a part of it has landed, and the rest is on no train."""
    return bool(task.parts) and task.state not in (TaskState.LANDED, TaskState.LANDING)


def _when(task: Task) -> float:
    return task.to_undo.at if task.to_undo else 0.0


def _line(world: World, task: Task) -> Line:
    glyph, said, ink = standing(world.state, task, world.now)
    left = ((f" {glyph} ", ink), (f"{task.id:<5}", "dim"), (task.title, "strong"))
    return Line(task.id, left, ((f"  {said} ", ink),))


def standing(state: State, task: Task, now: float) -> tuple[str, str, str]:
    """Say how a landing stands: a shape, some words, and how they look."""
    if task.state is TaskState.LANDED and task.id not in state.undos:
        times = f", in {len(task.parts) + 1} parts" if task.parts else ""
        return "✔", f"{age(now - task.since)} ago{times}", "done"
    if _has_part(task) and task.id not in state.undos:
        rest = _REST.get(task.state, f"the rest is {task.state}")
        return "◐", f"a part, {age(now - _when(task))} ago; {rest}", "done"
    undo = "undo: " if task.id in state.undos else ""
    ahead = ahead_of(state, task)
    since = f", {age(now - task.checked.since)}" if task.checked else ""
    flaky = " (flaky)" if task.checked and task.checked.flaky else ""
    after = f", after {ahead[-1]}" if ahead else ""
    match landing_stage(state, task):
        case "moving":
            return "⇣", f"{undo}the target moves", "landing"
        case "parked":
            return "▲", "waits for you", "waiting"
        case "checking":
            return "◌", f"{undo}checking{since}", "starting"
        case "passed":
            return "●", f"{undo}passed{flaky}{after}", "busy"
        case "to check":
            return "·", f"{undo}to be checked{after}", "queued"
        case "behind":
            return "⊘", f"fits only after {', '.join(ahead)}", "blocked"
        case _:
            return "·", f"{undo}to be merged", "queued"


def told(world: World, task: Task, running: str | None) -> list[list[Run]]:
    """Say all about one landing; `running` is what its check has printed so far."""
    state = world.state
    glyph, said, ink = standing(state, task, world.now)
    session = world.session_of(task)
    ahead = ahead_of(state, task)
    parts = [f"onto {' + '.join([task.target, *ahead])}"] if task.merged and task.target else []
    if session:
        files = plural(session.count, "file")
        parts.append(f"{files}, +{session.added} -{session.removed}")
    rows: list[list[Run]] = [
        [(task.title, "strong")],
        [(f"{glyph} {said}", ink), (f"   {' · '.join(parts)}", "dim")],
    ]
    if task.why:
        rows.append([(task.why, "blocked")])
    if running is not None:
        return [*rows, [], [("Its check, as it runs", "title")], *text(running or "…", "dim")]
    return [*rows, *_last(world.journal, task)]


def _last(journal: Journal, task: Task) -> list[list[Run]]:
    fact = journal.fact(task.checked.seq) if task.checked and task.checked.seq else None
    if not isinstance(fact, VerifyFinished):
        return [[], [("Nothing has been checked yet.", "dim")]]
    how = "passed" if fact.ok else f"failed with {fact.code}"
    how += " when it was run again: it is flaky" if fact.flaky else ""
    head = f"{clean(fact.command)} {how} after {fact.seconds:.1f} s"
    return [[], [(head, "title")], *text(clean(fact.tail) or "It printed nothing.", "dim")]
