"""What keeps a task's change from fitting its target, and settling it by hand: git is only read."""

from __future__ import annotations

from pathlib import Path

from conductor.acts import Refused
from conductor.cleaning import clean_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.places import Places
    from conductor.state import State, Task
    from worktrees.conflicts import Clash, Clashes

KINDS = {
    "changed": "both changed the same lines",
    "added": "both added it, differently",
    "deleted here": "deleted on the target, changed by the agent",
    "deleted there": "changed on the target, deleted by the agent",
    "binary": "both changed it, and it is no text",
    "large": "both changed it, and it is too large to show",
    "other": "a link, a submodule or a folder is in the way",
}


def read(state: State, task: Task) -> tuple[str, Clashes]:
    """Merge a task's change onto its target in memory; return the target's name and the clashes."""
    from conductor.config import load_repo
    from worktrees.conflicts import clashes
    from worktrees.repository import Repository

    session = state.sessions.get(task.session or "")
    change = task.offered or task.approved or (session.commit if session else None)
    if change is None or task.landed:
        why = "has landed already" if task.landed else "has changed nothing that was kept yet"
        raise Refused(f"{task.id} {why}, so there is nothing that could conflict.")
    repo = Repository.open(task.repo)
    target = repo.target(load_repo(str(repo.root)).target)
    return target.name, clashes(repo, target.commit, change, (target.name, task.id))


def laid_out(where: Places, task: Task, found: Clashes) -> list[Path]:
    """Write every file to be settled, all three sides marked; an earlier try stays as it is."""
    hard = [one for one in found.files if not one.text]
    if hard:
        raise Refused(
            f"{clean_line(hard[0].path, 200)} cannot be settled in an editor "
            f"({KINDS[hard[0].kind]}): send it back to its agent, or have another agent do it."
        )
    folder = Path(where.sessions, task.session or task.id, "resolve")
    return [_laid_out(folder, number, one) for number, one in enumerate(found.files)]


def _laid_out(folder: Path, number: int, one: Clash) -> Path:
    """Write a file to be edited, unless an earlier try has left one for the very same sides."""
    import hashlib

    marked = one.marked.encode("utf-8", "surrogateescape")
    stamp = hashlib.sha256(marked).hexdigest()[:12]
    place = folder / f"{number}-{stamp}"
    file = place / (Path(one.path).name or "file")
    if not file.exists():
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_bytes(marked)
    return file


def settled(files: list[Path], found: Clashes) -> dict[str, str]:
    """Say which file holds what the person made of each path; refuse what is not settled yet."""
    from worktrees.conflicts import has_markers

    for file, one in zip(files, found.files, strict=True):
        if has_markers(file.read_text("utf-8", "surrogateescape")):
            raise Refused(
                f"{clean_line(one.path, 200)} still holds conflict markers. Nothing was changed; "
                "what you wrote is kept: do the same again to go on."
            )
    return {one.path: str(file) for one, file in zip(found.files, files, strict=True)}
