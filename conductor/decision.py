"""What one process chooses while nobody else can: facts, in an open transaction."""

from __future__ import annotations

import json
import time

from conductor.events import Fact, subject_of, to_body
from conductor.fold import fold
from conductor.state import Record, State

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

_encode = json.JSONEncoder(separators=(",", ":")).encode


class Decision:
    """A choice that is being made: the state, and what is added to it."""

    def __init__(self, db: sqlite3.Connection, state: State) -> None:
        self.db = db  # for measurements that belong to the decision
        self.state = state
        self.at = time.time()

    def mark(self, path: str, inode: int, offset: int) -> None:
        """Note how far a followed file was read, together with what was read from it."""
        self.db.execute("INSERT OR REPLACE INTO marks VALUES (?, ?, ?)", (path, inode, offset))

    def append(self, *facts: Fact) -> None:
        """Add facts to the decision; `state` follows at once."""
        written = [Record(self._insert(fact), self.at, fact) for fact in facts]
        self.state = fold(self.state, written)

    def _insert(self, fact: Fact) -> int:
        found = self.db.execute(
            "INSERT INTO facts (at, kind, subject, body) VALUES (?, ?, ?, ?)",
            (self.at, type(fact).__name__, subject_of(fact), _encode(to_body(fact))),
        )
        return found.lastrowid or 0
