"""Which of the agents the person wants to see, in what order, and how large: pure."""

from __future__ import annotations

from conductor.state import SessionState
from conductor.tui import looks
from conductor.tui.wording import folder, who
from conductor.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conductor.state import Session, State, Task

GROUPS = ("", "repository", "state", "subscription", "tag")
"""What the agents can be grouped by; the first is not at all."""

_PINNED, _WAITING, _CALM = 1.5, 1.2, 0.8
_LEAST, _MOST = 0.2, 5.0


class View(Value):
    """A choice among the agents at work."""

    words: str = ""  # all of them must be found in what a tile says
    hidden: frozenset[str] = frozenset()
    pinned: frozenset[str] = frozenset()
    finished: bool = False  # whether tasks that are over are shown
    group: str = ""
    dense: bool = False  # whether tiles have no frames, for more of them at once
    whole: bool = False  # whether programs open in the whole terminal, and not as tiles
    order: tuple[str, ...] = ()  # those the person has moved, and all that were there then
    sizes: Mapping[str, tuple[float, float]] = {}  # how the person has stretched them

    def arrange(self, state: State, tasks: Sequence[Task]) -> list[Task]:
        """Leave out what is not wanted; put groups together, and in each what is pinned first."""
        words = self.words.lower().split()
        at_it = {task.id: state.sessions.get(task.session or "") for task in tasks}
        shown = [
            task
            for task in tasks
            if task.id not in self.hidden and _says(task, at_it[task.id], words)
        ]
        places = {ident: place for place, ident in enumerate(self.order)}
        shown.sort(key=lambda task: places.get(task.id, len(places)))
        shown.sort(key=lambda task: task.id not in self.pinned)
        if self.group:
            names = {task.id: self.name_of(task, at_it[task.id]) for task in shown}
            firsts = sorted(set(names.values()), key=self._rank)
            shown.sort(key=lambda task: firsts.index(names[task.id]))
        return shown

    def _rank(self, name: str) -> tuple[bool, int, str]:
        """Put groups in order: states by what needs the person first, others by their names."""
        urgent = looks.URGENT.index(name) if name in looks.URGENT else len(looks.URGENT)
        return (not name, urgent if self.group == "state" else 0, name)

    def name_of(self, task: Task, session: Session | None) -> str:
        """Say which group a task is in."""
        match self.group:
            case "repository":
                return folder(task.repo)
            case "state":
                return looks.look(task, session).word
            case "subscription":
                return session.subscription if session else ""
            case "tag":
                return task.tag or "without a tag"
        return ""

    def size_of(self, task: Task, session: Session | None) -> tuple[float, float]:
        """Say how large a tile is to be: what waits or is pinned higher, what is calm lower.

        Of itself no tile is wider than another: columns that don't stand under each other are
        hard to read.
        """
        at_work = session is not None and session.state is SessionState.BUSY
        size = _WAITING if looks.look(task, session).ink == "waiting" else 1.0 if at_work else _CALM
        if task.id in self.pinned:
            size = _PINNED
        wide, high = self.sizes.get(task.id, (1.0, 1.0))
        return wide, size * high

    def stretched(self, changes: Mapping[str, tuple[float, float]]) -> View:
        """Make tiles larger or smaller by these factors."""
        sizes = dict(self.sizes)
        for task, (wide, high) in changes.items():
            before = sizes.get(task, (1.0, 1.0))
            sizes[task] = (_within(before[0] * wide), _within(before[1] * high))
        return self.but(sizes=sizes)

    def moved(self, shown: Sequence[str], task: str, onto: str) -> View:
        """Give a tile the place of another; what lies between them makes room."""
        order = list(shown)
        if task in order and onto in order:
            at = order.index(onto)
            order.remove(task)
            order.insert(at, task)
        return self.but(order=tuple(order))

    def told(self, shown: int, there: int) -> str:
        """Say what is left out, if anything is, and how it is grouped."""
        parts = [f"“{self.words}”"] if self.words.strip() else []
        if self.hidden:
            parts.append(f"{len(self.hidden)} hidden")
        left_out = f"{shown} of {there} · {' · '.join(parts)}" if parts and shown < there else ""
        return " · ".join(part for part in (left_out, self.group and f"by {self.group}") if part)


def _within(size: float) -> float:
    return round(max(_LEAST, min(_MOST, size)), 4)


def _says(task: Task, session: Session | None, words: Sequence[str]) -> bool:
    if not words:
        return True
    state = looks.look(task, session).word
    parts = (
        task.id,
        task.title,
        task.tag or "",
        state,
        who(session),
        folder(task.repo),
        session.id if session else "",
    )
    said = " ".join(parts).lower()
    return all(word in said for word in words)
