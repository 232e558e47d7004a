"""The state's snapshot, so that a long history does not slow the start.

Code of any other shape folds the facts anew.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3

from conductor.packing import SHAPE, pack, unpack
from conductor.state import EMPTY, State

TYPE_CHECKING = False
if TYPE_CHECKING:
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
        """Keep what was put off, unless others are at it, who will."""
        if self._due and not self._gate.busy:
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
