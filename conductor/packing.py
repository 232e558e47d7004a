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
from conductor.values import Value, row, unrow, whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, TypeVar

    V = TypeVar("V", bound=Value)

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
FOLLOWING = frozenset({"live", "under_way", "queue"})
"""What follows from the tasks and the sessions."""

_TUPLES = (
    "landings", "landed", "undos", "resolves", "repos", "trusted", "refills", "unsettled", "tried",
    "runs",
)  # fmt: skip


def pack(state: State) -> list[Any]:
    """Return the state as what JSON knows; values are rows to it, since they are tuples."""
    return [
        pack_field(field, content) for field, content in zip(State._fields, row(state), strict=True)
    ]


def unpack(packed: list[Any]) -> State:
    """Return the state that was packed."""
    stored = {
        field: unpack_field(field, content)
        for field, content in zip(State._fields, packed, strict=True)
    }
    stored["live"] = {ident: stored["sessions"][ident] for ident in stored["live"]}
    stored["under_way"] = {ident: stored["tasks"][ident] for ident in stored["under_way"]}
    for field in ("tasks", "sessions", "under_way"):
        stored[field] = Layered(stored[field])
    stored["queue"] = Line(map(tuple, stored["queue"]))
    return EMPTY.but(**stored)


def pack_field(field: str, content: Any) -> Any:
    """Return one field of the state as what JSON knows."""
    if field in _VALUES:
        return list(content.values())
    return list(content) if field in FOLLOWING else content


def unpack_field(field: str, stored: Any) -> Any:
    """Return one field that was packed, but for what follows from others."""
    if field in _VALUES:
        cls = _VALUES[field]
        return {content[0]: unrow(cls, content, _KINDS) for content in stored}
    if field == "followers":
        return {ident: tuple(those) for ident, those in stored.items()}
    return tuple(stored) if field in _TUPLES else stored


def pack_changes(changes: Iterable[tuple[Value | None, Value]]) -> list[Any]:
    """List where values changed, and what stands there now; those alike that follow as one."""
    packed: list[Any] = []
    before: list[int] = []
    for old, new in changes:
        there, now = type(new)._blank if old is None else row(old), row(new)
        places = [
            place
            for place, (was, content) in enumerate(zip(there, now, strict=True))
            if not place or (was is not content and was != content)
        ]
        if places != before:
            packed.append([places])
            before = places
        packed[-1].append([now[place] for place in places])
    return packed


def unpack_changes(cls: type[V], packed: list[Any], old: Callable[[str], V | None]) -> Iterator[V]:
    """Return the values that were changed; `old` finds what they were, if they are not new."""
    if cls not in _converts:
        _converts[cls] = [_KINDS.get(kind) for kind in cls._kinds]
    for places, *rows in packed:
        converts = [
            (at, convert)
            for at, place in enumerate(places)
            if (convert := _converts[cls][place]) is not None
        ]
        for given in rows:
            for at, convert in converts:
                given[at] = convert(given[at])
            known = old(given[0])
            made = list(cls._blank if known is None else row(known))
            for place, content in zip(places, given, strict=True):
                made[place] = content
            yield whole(cls, made)


_converts: dict[type[Value], list[Callable[[Any], Any] | None]] = {}
