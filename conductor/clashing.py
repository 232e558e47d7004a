"""What keeps a task's change from fitting its target, as things stand now: git is only read."""

from __future__ import annotations

from conductor.acts import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.state import State, Task
    from worktrees.conflicts import Clashes

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
