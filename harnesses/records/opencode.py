"""OpenCode's conversations: rows of an SQLite database, of which only the new ones are read.

A row is written while its message grows, so the next reading begins at the first that was not
complete. What children did counts for the conversation they were begun by. Its own cost is taken
where it knows the price.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from harnesses.records import Found, Mark, Reading, RecordsError, Spent
from harnesses.records.claude import WRONG
from harnesses.records.files import Count, dollars, found

_BITE = 5000
_PATIENCE = 2.0
_GROWING = 50
"""Of so many of the newest messages an incomplete one may still grow; an older one never will."""


class _Cache(msgspec.Struct):
    read: Count = None
    write: Count = None


class _Tokens(msgspec.Struct):
    input: Count = None
    output: Count = None
    reasoning: Count = None
    cache: _Cache | None = None


class _Time(msgspec.Struct):
    created: int | float | None = None
    completed: int | float | None = None


class _Path(msgspec.Struct):
    cwd: str | None = None


class _Message(msgspec.Struct):
    role: str | None = None
    modelID: str | None = None  # noqa: N815 - the vendor's names
    providerID: str | None = None  # noqa: N815
    tokens: _Tokens | None = None
    cost: float | None = None
    time: _Time | None = None
    path: _Path | None = None


_decode = msgspec.json.Decoder(_Message).decode
_NEW = "SELECT rowid, id, session_id, data FROM message WHERE rowid >= ? ORDER BY rowid LIMIT ?"


_SETTING_UP = 60.0  # seconds after the last of its writes in which a new one may be half made


class OpenCode:
    """OpenCode."""

    def homes(self, user: str, env: Mapping[str, str]) -> tuple[str, ...]:
        """Return the data folder it shares with other programs."""
        return (env.get("XDG_DATA_HOME") or f"{user}/.local/share",)

    def folders(self, home: str) -> tuple[str, ...]:
        """Name the folder of its database."""
        return (f"{home}/opencode",)

    def files(self, home: str) -> Iterator[Found]:
        """Find its database, with what is written beside it."""
        path = f"{home}/opencode/opencode.db"
        if (base := found(path)) and (beside := found(f"{path}-wal")):
            size, mtime = base.size + beside.size, max(base.mtime, beside.mtime)
            base = Found(path, base.inode, size, mtime)
        if base:
            yield base

    def record(self, path: str) -> str:
        """Take the database for its record, also where only what is beside it was written."""
        return path.removesuffix("-wal") if path.endswith(("/opencode.db", ".db-wal")) else ""

    def read(self, found: Found, mark: Mark) -> Iterator[Reading]:
        """Read the messages that are new, or were not complete."""
        row = int(mark.carry or 0) if mark.inode == found.inode else 0
        try:
            with contextlib.closing(_open(found.path)) as db:
                (last,) = db.execute("SELECT coalesce(max(rowid), 0) FROM message").fetchone()
                row = row if row <= last + 1 else 0  # the database was written anew
                parents = dict(db.execute("SELECT id, parent_id FROM session"))
                while rows := db.execute(_NEW, (row, _BITE)).fetchall():
                    spent, unread, following = _take(rows, parents, last)
                    row = max(following, row + 1)
                    mark = Mark(found.inode, found.size, carry=str(following))
                    yield Reading(spent, mark, unread)
                    if len(rows) < _BITE:
                        return
        except sqlite3.Error as error:
            if "no such table" in str(error) and time.time() - found.mtime / 1e9 < _SETTING_UP:
                return
            raise RecordsError(
                f"{found.path} cannot be read: {error}. It may be of a newer OpenCode than we know"
            ) from error


def _open(path: str) -> sqlite3.Connection:
    """Open it without changing anything, also where nothing may be written beside it."""
    for more in ("", "&immutable=1"):
        db = sqlite3.connect(f"{Path(path).as_uri()}?mode=ro{more}", uri=True, timeout=_PATIENCE)
        try:
            db.execute("SELECT 1 FROM message LIMIT 1")
        except sqlite3.OperationalError as error:
            db.close()
            if more or "unable to open" not in str(error) or found(f"{path}-wal"):
                raise
        else:
            return db
    raise AssertionError("unreachable")


def _take(
    rows: list[tuple[int, str, str, str]], parents: Mapping[str, str | None], last: int
) -> tuple[list[Spent], int, int]:
    """Return what rows tell, how many could not be understood, and where to begin next."""
    spent: list[Spent] = []
    unread, growing = 0, 0
    for row, ident, session, data in rows:
        try:
            message = _decode(data)
            one = _spent(ident, _root(session, parents), message)
        except WRONG:
            unread += 1
            continue
        if one is not None:
            spent.append(one)
        done = message.role != "assistant" or (message.time and message.time.completed)
        if not done and not growing and row > last - _GROWING:
            growing = row
    return spent, unread, growing or rows[-1][0] + 1


def _spent(ident: str, session: str, message: _Message) -> Spent | None:
    tokens = message.tokens
    if message.role != "assistant" or tokens is None:
        return None
    cache = tokens.cache or _Cache()
    written = cache.write or 0
    fresh, cached = (tokens.input or 0) + written, cache.read or 0
    output = (tokens.output or 0) + (tokens.reasoning or 0)
    if not fresh + cached + output:
        return None  # it has only begun
    created = (message.time.created if message.time else None) or 0
    folder = (message.path.cwd if message.path else None) or ""
    model = f"{message.providerID}/{message.modelID}"
    return Spent(
        ident, session, model, created / 1000, folder, fresh, cached, output, written,
        cost_usd=dollars(message.cost),
    )  # fmt: skip


def _root(session: str, parents: Mapping[str, str | None]) -> str:
    seen = {session}
    while (parent := parents.get(session)) and parent not in seen:
        seen.add(parent)
        session = parent
    return session
