"""How a state is written down: as what JSON knows, a value a row.

What is written is only ever read by code of the very same shape.
"""

from __future__ import annotations

from conductor.layers import Layered, Line
from conductor.state import (
    EMPTY,
    Landed,
    Message,
    Overlap,
    Reading,
    Session,
    SessionState,
    State,
    Task,
    TaskState,
    Trouble,
    Verify,
    Wait,
    Window,
)
from conductor.values import Value, unrow

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_STORED: tuple[type[Value], ...] = (
    State, Task, Session, Message, Trouble, Verify, Reading, Window, Wait, Overlap, Landed,
)  # fmt: skip

SHAPE = repr([(c.__name__, c._fields, c._kinds) for c in _STORED])
"""Changes whenever a field of the state does."""

_KINDS: dict[str, Callable[[Any], Any]] = {
    "TaskState": TaskState,
    "SessionState": SessionState,
    "tuple[str, ...]": tuple,
    "tuple[Landed, ...]": lambda stored: tuple(Landed(*one) for one in stored),
    "Landed | None": lambda stored: None if stored is None else Landed(*stored),
    "Reading | None": lambda stored: None if stored is None else Reading(*stored),
    "Verify | None": lambda stored: None if stored is None else Verify(*stored),
}
_VALUES: dict[str, type[Value]] = {
    "tasks": Task,
    "sessions": Session,
    "messages": Message,
    "troubles": Trouble,
    "windows": Window,
    "waits": Wait,
    "overlaps": Overlap,
}
_TUPLES = (
    "landings", "landed", "undos", "resolves", "repos", "trusted", "refills", "unsettled", "tried",
    "runs",
)  # fmt: skip


def pack(state: State) -> list[Any]:
    """Return the state as what JSON knows; values are rows to it, since they are tuples."""
    packed: list[Any] = []
    for field in State._fields:
        content = getattr(state, field)
        if field in _VALUES:
            content = list(content.values())
        elif field in ("live", "under_way", "queue"):
            content = list(content)
        packed.append(content)
    return packed


def unpack(packed: list[Any]) -> State:
    """Return the state that was packed."""
    stored = dict(zip(State._fields, packed, strict=True))
    for field, cls in _VALUES.items():
        values = [unrow(cls, content, _KINDS) for content in stored[field]]
        stored[field] = {
            content[0]: value for content, value in zip(stored[field], values, strict=True)
        }
    stored["live"] = {ident: stored["sessions"][ident] for ident in stored["live"]}
    stored["under_way"] = {ident: stored["tasks"][ident] for ident in stored["under_way"]}
    for field in ("tasks", "sessions", "under_way"):
        stored[field] = Layered(stored[field])
    stored["queue"] = Line(map(tuple, stored["queue"]))
    for field in _TUPLES:
        stored[field] = tuple(stored[field])
    stored["followers"] = {ident: tuple(those) for ident, those in stored["followers"].items()}
    return EMPTY.but(**stored)
