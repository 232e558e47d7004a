"""The state's snapshot, so that a long history does not slow the start.

A snapshot is only ever read by code of the very same shape; any other folds the facts anew.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3

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

    from conductor.gate import Gate

SCHEMA = """
CREATE TABLE IF NOT EXISTS snapshots (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    seq INTEGER NOT NULL, shape TEXT NOT NULL, body TEXT NOT NULL);
"""

EVERY = 500
"""Facts between two snapshots: what a start has to fold, about ten milliseconds."""

PATIENCE = 4
"""Snapshots that are put off while others wait to decide; the last of them is not."""

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
    for field in ("tasks", "sessions"):
        stored[field] = Layered(stored[field])
    stored["queue"] = Line(map(tuple, stored["queue"]))
    for field in _TUPLES:
        stored[field] = tuple(stored[field])
    stored["followers"] = {ident: tuple(those) for ident, those in stored["followers"].items()}
    return EMPTY.but(**stored)


class Archive:
    """Keeps the snapshot of one journal, when it is due and takes nobody's time."""

    def __init__(self, db: sqlite3.Connection, gate: Gate) -> None:
        self._db = db
        self._gate = gate
        self._due = 0  # how many were put off

    def restored(self) -> State:
        """Return the state as it was kept last; the facts tell it anew if that is damaged."""
        try:
            found = self._kept("body")
            return unpack(json.loads(found)) if found else EMPTY
        except (sqlite3.Error, AttributeError, LookupError, TypeError, ValueError):
            with contextlib.suppress(sqlite3.Error, OSError), self._gate.slipped_through():
                self._db.execute("DELETE FROM snapshots")
            return EMPTY

    def begun(self, kept: int, state: State) -> None:
        """Take note of what a start had to fold: after too much, the next decision keeps it."""
        if state.seq - kept >= 2 * _often(state):
            self._due = PATIENCE

    def decided(self, began: int, state: State) -> None:
        """Keep the state if the facts since make it due and nobody waits; else put it off."""
        often = _often(state)
        self._due += began // often != state.seq // often
        if self._due and (self._due >= PATIENCE or not self._gate.busy):
            self._write(state)

    def close(self, state: State) -> None:
        """Keep what was put off."""
        if self._due:
            self._write(state)

    def _kept(self, column: str) -> Any:
        found = self._db.execute(
            f"SELECT {column} FROM snapshots WHERE one = 1 AND shape = ?", (SHAPE,)
        ).fetchone()
        return found[0] if found else None

    def _write(self, state: State) -> None:
        """Keep the state: not as a part of a decision, so it may fail unharmed."""
        self._due = 0
        with contextlib.suppress(sqlite3.Error, OSError):
            if state.seq - (self._kept("seq") or 0) < _often(state) // 2:
                return  # one of the others was first, and this takes longer than many decisions
            row = (state.seq, SHAPE, json.dumps(pack(state), separators=(",", ":")))
            with self._gate.slipped_through():
                self._db.execute(
                    "INSERT OR REPLACE INTO snapshots (one, seq, shape, body) SELECT 1, ?1, ?2, ?3"
                    " WHERE NOT EXISTS (SELECT 1 FROM snapshots WHERE seq >= ?1 AND shape = ?2)",
                    row,
                )


def _often(state: State) -> int:
    return max(EVERY, len(state.tasks) // 2)
