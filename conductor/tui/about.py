"""What is told above a change: who made it, and how it stands."""

from __future__ import annotations

from conductor.cleaning import clean_line
from conductor.tui import looks
from conductor.tui.wording import age, folder, plural, who

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.state import Session, Task
    from conductor.tui.inks import Run
    from conductor.tui.world import World


def headline(world: World, task: Task, session: Session, *, short: bool = False) -> list[list[Run]]:
    """Say in a few lines what a change is and how it stands; in two where there is little room."""
    seen = looks.look(task, session)
    title: list[Run] = [(task.title, "strong"), (f"  {seen.glyph} {seen.word}", seen.ink)]
    if short:
        return [title, [(task.why, "blocked")] if task.why else verified(world, task)]
    parts = [
        age(world.now - task.since),
        folder(task.repo),
        who(session),
        f"{plural(session.count, 'file')}, +{session.added} -{session.removed}",
    ]
    lines: list[list[Run]] = [
        title,
        [(" · ".join(parts), "dim"), ("   ", "plain"), *verified(world, task)],
    ]
    if task.why:
        lines.append([(task.why, "blocked")])
    elif session.last:
        lines.append([(f"“{clean_line(session.last, 200)}”", "dim")])
    return lines


def verified(world: World, task: Task) -> list[Run]:
    """Say how the repository's own check went."""
    checked = task.checked
    if checked is None:
        return [("not verified", "dim")]
    stale = task.offered is not None and checked.commit != task.offered
    older = " (of an older commit)" if stale and checked.where == "review" else ""
    took = f"{checked.seconds:.0f}s{older}"
    if checked.ok is None:
        return [(f"◌ verify runs, {age(world.now - checked.since)}{older}", "starting")]
    if checked.ok:
        flaky = ", only when run again (flaky)" if checked.flaky else ""
        return [(f"✔ verified in {took}{flaky}", "done")]
    return [(f"✖ verify failed with {checked.code} after {took}; v shows its end", "failed")]
