"""How full agents' contexts are, as their vendors last told it: measured, so beside the facts."""

from __future__ import annotations

from conductor.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

SCHEMA = """
CREATE TABLE IF NOT EXISTS contexts (
    session TEXT PRIMARY KEY, used INTEGER NOT NULL, size INTEGER NOT NULL) WITHOUT ROWID;
"""

LARGEST = 1 << 40
"""Tokens beyond which a figure is a mistake."""


class Context(Value):
    """How many tokens of a conversation its model sees, and how many it could see at most."""

    used: int
    size: int

    @property
    def percent(self) -> int:
        """How much of it is used."""
        return min(100, round(100 * self.used / self.size))


def keep(db: sqlite3.Connection, session: str, used: int, size: int) -> None:
    """Note what a session's agent was last told to hold, in an open decision."""
    if 0 <= used <= LARGEST and 0 < size <= LARGEST:
        db.execute("INSERT OR REPLACE INTO contexts VALUES (?, ?, ?)", (session, used, size))


def read(db: sqlite3.Connection) -> dict[str, Context]:
    """Return the context of each session whose vendor tells of it."""
    return dict(_rows(db))


def _rows(db: sqlite3.Connection) -> Iterator[tuple[str, Context]]:
    for session, used, size in db.execute("SELECT session, used, size FROM contexts"):
        yield session, Context(used, size)
