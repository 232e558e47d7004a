"""Where the facts are kept: one SQLite file that people, agents and the runner write to together.

An acknowledged fact survives a crash of any of them (WAL, synchronous=FULL). Who writes next is
settled by files of our own before SQLite's lock is asked for: see `gate`.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3

from conductor import archive, contexts, samples
from conductor.decision import Decision
from conductor.events import Fact, from_body
from conductor.fold import fold
from conductor.gate import Gate
from conductor.state import EMPTY, Record, State
from conductor.values import whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Self

    from conductor.leaps import Leaps

SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (
    seq INTEGER PRIMARY KEY,
    at REAL NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS facts_by_subject ON facts (subject, seq);
CREATE TABLE IF NOT EXISTS marks (
    path TEXT PRIMARY KEY, inode INTEGER NOT NULL, offset INTEGER NOT NULL) WITHOUT ROWID;
PRAGMA user_version = 6;
"""

_decode = json.JSONDecoder().raw_decode  # `json.loads` spends most of its time around it

_TROUBLES = (sqlite3.Error, OSError, UnicodeError)  # the last: of broken words


class JournalError(Exception):
    """The journal cannot be read or written; the text says why and what to do."""


class Journal:
    """One process's view of the journal, for the thread that opened it; another is refused."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.file = os.path.join(folder, "journal.db")
        self._state = EMPTY
        self._leaps: Leaps | None = None  # once somebody else is at it
        self._files: dict[str, int] = {}
        self._deciding = False
        with self._said():
            os.makedirs(folder, mode=0o700, exist_ok=True)
            # Apart: it changes with every turn, and whoever listens hears this folder.
            os.makedirs(os.path.join(folder, "line"), mode=0o700, exist_ok=True)
            for name in ("line/gate", "line/leaps", "lock", "bell"):
                self._files[name] = self._private(name)
            self._gate = Gate(self._files["line/gate"], self._files["lock"])
            if not os.path.exists(self.file):  # to close it would drop the locks of another here
                os.close(self._private("journal.db"))
            self.db = sqlite3.connect(self.file, isolation_level=None, timeout=10)
            self.db.execute("PRAGMA synchronous = FULL")
            if self.db.execute("PRAGMA user_version").fetchone()[0] < 6:
                self._create()
            self._archive = archive.Archive(self.db, self._gate)
            self._state = self._archive.restored()
            self._archive.begun(self._state.seq, self.catch_up())

    def _private(self, name: str) -> int:
        return os.open(
            os.path.join(self.folder, name), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
        )

    def _create(self) -> None:
        with self._gate.passed(lambda: False):
            self.db.execute("PRAGMA journal_mode = WAL")
            self.db.executescript(samples.SCHEMA)
            samples.move(self.db)
            self.db.executescript(contexts.SCHEMA)
            self.db.executescript(archive.SCHEMA)
            self.db.executescript(SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._archive.close(self._state)
        self.db.close()
        for fd in self._files.values():
            os.close(fd)

    # Reading.

    @property
    def state(self) -> State:
        """The state as this process last saw it."""
        return self._state

    @property
    def deciding(self) -> bool:
        """Whether a decision is being taken, in which nothing else can be written."""
        return self._deciding

    def catch_up(self) -> State:
        """Fold what others wrote meanwhile, and return the newest state."""
        self._state = fold(self._state, self.since(self._state.seq))
        return self._state

    def _meanwhile(self) -> bool:
        """Catch up while others decide, and say whether there was anything new."""
        if self._leaps is None:
            from conductor.leaps import Leaps

            self._leaps = Leaps(self._files["line/leaps"])
        before = self._state
        self._state = self._leaps.followed(before, self._time_of)
        self._state = fold(self._state, _unhurried(self.since(self._state.seq)))
        return self._state is not before

    def _time_of(self, seq: int) -> float | None:
        found = self.db.execute("SELECT at FROM facts WHERE seq = ?", (seq,)).fetchone()
        return found[0] if found else None

    def since(self, seq: int, upto: int | None = None) -> Iterator[Record]:
        """Read the facts after this one."""
        try:
            rows = self.db.execute(
                "SELECT seq, at, kind, body FROM facts WHERE seq > ? AND seq <= ? ORDER BY seq",
                (seq, upto if upto is not None else 1 << 62),
            )
            for number, at, kind, body in rows:
                yield whole(Record, [number, at, _read(kind, body)])
        except _TROUBLES as error:
            raise self._told(error) from error

    def history(self, subjects: tuple[str, ...], limit: int = 1000) -> list[Record]:
        """Read the newest facts about these tasks and sessions, oldest first."""
        marks = ",".join("?" * len(subjects))
        with self._said():
            rows = self.db.execute(
                f"SELECT seq, at, kind, body FROM facts WHERE subject IN ({marks})"
                " ORDER BY seq DESC LIMIT ?",
                (*subjects, limit),
            ).fetchall()
        return [Record(seq, at, _read(kind, body)) for seq, at, kind, body in reversed(rows)]

    def about(self, subject: str, kinds: tuple[type[Fact], ...]) -> list[Record]:
        """Read all facts of these kinds about one task or session, oldest first."""
        marks = ",".join("?" * len(kinds))
        with self._said():
            rows = self.db.execute(
                f"SELECT seq, at, kind, body FROM facts WHERE subject = ? AND kind IN ({marks})"
                " ORDER BY seq",
                (subject, *(kind.__name__ for kind in kinds)),
            ).fetchall()
        return [Record(seq, at, _read(kind, body)) for seq, at, kind, body in rows]

    def fact(self, seq: int) -> Fact | None:
        """Read one fact again, for the words that a state does not keep."""
        with self._said():
            found = self.db.execute("SELECT kind, body FROM facts WHERE seq = ?", (seq,)).fetchone()
        return _read(*found) if found else None

    def text(self, seq: int) -> str:
        """Read the words of a task or a message again."""
        return getattr(self.fact(seq), "text", None) or ""

    def marks(self) -> dict[str, tuple[int, int]]:
        """Return how far each followed file was read: its inode and offset."""
        with self._said():
            rows = self.db.execute("SELECT path, inode, offset FROM marks").fetchall()
        return {path: (inode, offset) for path, inode, offset in rows}

    def __len__(self) -> int:
        with self._said():
            return int(self.db.execute("SELECT coalesce(max(seq), 0) FROM facts").fetchone()[0])

    # Writing.

    def append(self, *facts: Fact) -> None:
        """Write facts that hold whatever else has happened."""
        with self.decide() as decision:
            decision.append(*facts)

    @contextlib.contextmanager
    def decide(self) -> Iterator[Decision]:
        """Catch up, let the caller choose, write what it chose: all under one lock.

        An exception writes nothing, and is the caller's as it was raised.
        """
        if self._deciding:
            raise RuntimeError("a decision is being taken already")
        before = self.db.total_changes
        chosen: OSError | None = None  # raised by who chose, about no file of ours
        try:  # without `_said` and `passed`, which are dear where many decide at once
            if begins := not self._gate.goes_on():
                if self._leaps:
                    self._leaps.end(self._gate.number)
                self._gate.queue(self._meanwhile)
            try:
                self._deciding = True
                self.db.execute("BEGIN IMMEDIATE")
                decision = Decision(self.db, self.catch_up())
                if begins and self._leaps and self._gate.busy:
                    self._leaps.begin(decision.state)
                try:
                    yield decision
                except OSError as error:
                    chosen = error
                    raise
                self.db.execute("COMMIT")
            finally:
                try:
                    self._over()
                finally:
                    self._gate.leave()
        except _TROUBLES as error:
            if error is chosen:
                raise
            raise self._told(error) from error
        began, self._state = self._state.seq, decision.state
        if self.db.total_changes != before:
            self._ring()
            if self._leaps:
                self._leaps.go_on(self._state, decision.at)
            self._archive.decided(began, self._state)

    def _over(self) -> None:
        """Let others decide; where something went wrong, nothing is written."""
        self._deciding = False
        if self.db.in_transaction:
            self.db.execute("ROLLBACK")

    def _ring(self) -> None:
        """Wake whoever watches, now that there is something to be read."""
        with contextlib.suppress(OSError):  # on a full disk, what is acknowledged still holds
            os.pwrite(self._files["bell"], b"!", 0)

    @contextlib.contextmanager
    def _said(self) -> Iterator[None]:
        """Turn the tool's errors into one sentence of ours."""
        try:
            yield
        except _TROUBLES as error:
            raise self._told(error) from error

    def _told(self, error: Exception) -> JournalError:
        from conductor.damage import sentence

        return JournalError(sentence(error, self.folder))


def _unhurried(records: Iterable[Record]) -> Iterator[Record]:
    """Let whoever decides on this very processor go first each time."""
    for record in records:
        yield record
        os.sched_yield()


def _read(kind: str, body: str) -> Fact | None:
    try:
        content, end = _decode(body)
    except (ValueError, TypeError, RecursionError):
        return None
    return from_body(kind, content) if end == len(body) else None
