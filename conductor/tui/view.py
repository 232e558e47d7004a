"""Which of the agents the person wants to see, and in what order: pure."""

from __future__ import annotations

from conductor.tui import looks
from conductor.tui.faces import who
from conductor.tui.wording import folder
from conductor.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from conductor.state import Session, Task
    from conductor.tui.world import World


class View(Value):
    """A choice among the agents at work."""

    words: str = ""  # all of them must be found in what a tile says
    hidden: frozenset[str] = frozenset()
    pinned: frozenset[str] = frozenset()

    def arrange(self, world: World, tasks: Sequence[Task]) -> list[Task]:
        """Leave out what is not wanted, and put what is pinned first."""
        words = self.words.lower().split()
        shown = [
            task
            for task in tasks
            if task.id not in self.hidden and _says(task, world.session_of(task), words)
        ]
        return sorted(shown, key=lambda task: task.id not in self.pinned)

    def told(self, shown: int, there: int) -> str:
        """Say what is left out, if anything is."""
        parts = [f"“{self.words}”"] if self.words.strip() else []
        if self.hidden:
            parts.append(f"{len(self.hidden)} hidden")
        return f"{shown} of {there} · {' · '.join(parts)}" if parts and shown < there else ""


def _says(task: Task, session: Session | None, words: Sequence[str]) -> bool:
    if not words:
        return True
    state = looks.look(task, session).word
    parts = (
        task.id,
        task.title,
        state,
        who(session),
        folder(task.repo),
        session.id if session else "",
    )
    said = " ".join(parts).lower()
    return all(word in said for word in words)
