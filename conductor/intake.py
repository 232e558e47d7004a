"""From vendors' records to our measurements: what is new in a home is read, priced and kept.

How far each file was read is kept in the transaction that keeps what was read, so whoever reads on
counts nothing twice and misses nothing. Reading much is shared by other processes (`readers`).
"""

from __future__ import annotations

import contextlib
import gc
import os
import time
from functools import lru_cache
from zlib import crc32

from msgspec import msgpack

from conductor import prices, samples
from conductor.cleaning import clean_line
from conductor.homes import Home, named
from conductor.samples import Sample
from conductor.values import Value
from harnesses.records import Found, Mark, Reading, RecordsError
from harnesses.records.files import ends, found
from harnesses.records.registry import RECORDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from conductor.journal import Journal
    from conductor.state import State

    Failed = Callable[[Home, RecordsError], None]

AHEAD = 120.0
"""Seconds by which a vendor's clock may be ahead of ours before its time is not believed."""

_KEEP = """
INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
    home = excluded.home, inode = excluded.inode, size = excluded.size, mtime = excluded.mtime,
    offset = excluded.offset, checked = excluded.checked, carry = excluded.carry,
    uncertain = uncertain + excluded.uncertain
"""

_PARTLY = -1
"""The size of a file of which only some was read: it is found to have changed the next time."""


class Task(Value):
    """A file of which something is new."""

    home: Home
    found: Found
    mark: Mark


class Read(Value):
    """What was read of a file, and whether that was the last of it."""

    task: Task
    reading: Reading
    whole: bool


class Intake:
    """Reads homes into the journal. Not for use by two threads at once."""

    def __init__(self, journal: Journal, vendors: Mapping[str, str] | None = None) -> None:
        self.journal = journal
        self.vendors = vendors or {}  # harness → whose records hold what it does, if not its own
        self._sessions: dict[tuple[str, str], tuple[str, str]] = {}
        self._learnt: set[tuple[str, str]] = set()  # those of which more may have been kept before
        self._told: set[str] = set()  # conversations whose own agent tells what it uses (ACP)
        self._live: tuple[str, ...] = ()  # when we looked last
        self._seen = -1

    def changed(self, home: Home, failed: Failed) -> list[Task]:
        """List the files of a home that are not as they were when they were read."""
        there: list[Found] = []
        closed = False
        try:
            there += RECORDS[home.harness].files(home.path)
        except RecordsError as error:
            closed = True
            failed(home, error)
        db, place, listing = self.journal.db, f"{home.harness}:{home.path}", _listing(there)
        row = db.execute("SELECT listing FROM looks WHERE home = ?", (place,)).fetchone()
        if there and row == (listing,):
            return []  # as it was when all of it had been read
        known = set(
            db.execute("SELECT path, inode, size, mtime FROM records WHERE home = ?", (home.path,))
        )
        new = [one for one in there if one not in known]
        if there and not new and not closed:
            with self.journal.decide() as decision:
                decision.db.execute("INSERT OR REPLACE INTO looks VALUES (?, ?)", (place, listing))
        elif not new and known and not os.path.isdir(home.path):
            failed(home, RecordsError(
                f"{home.path} is gone. What was read of it stays counted; "
                "if the account lives elsewhere now, set `home` of its subscription"
            ))  # fmt: skip
        none = Mark()
        return [Task(home, one, self._mark(one.path) if known else none) for one in new]

    def task(self, home: Home, path: str) -> Task | None:
        """Say what may be new in one file."""
        seen = found(path)
        return Task(home, seen, self._mark(path)) if seen else None

    def _mark(self, path: str) -> Mark:
        row = self.journal.db.execute(
            "SELECT inode, offset, checked, carry FROM records WHERE path = ?", (path,)
        ).fetchone()
        return Mark(*row) if row else Mark()

    def read(self, task: Task) -> int:
        """Read what is new in a file, and say how many requests are."""
        readings = RECORDS[task.home.harness].read(task.found, task.mark)
        return sum(
            self.keep([Read(task, reading, whole)]) for reading, whole in ends(readings, task.mark)
        )

    def keep(self, told: list[Read]) -> int:
        """Keep what was read of some files, with how far they were read, all at once."""
        now = time.time()
        with self.journal.decide() as decision:
            self._follow(decision.state)
            some = [sample for one in told for sample in self._samples(one, now)]
            new = samples.keep(decision.db, some, now)
            decision.db.executemany(_KEEP, [_row(one, now) for one in told])
        return new

    @contextlib.contextmanager
    def many(self) -> Iterator[None]:
        """Keep much at once: what a crash of the machine takes back is read again."""
        db = self.journal.db
        gc.disable()  # looking for what goes in circles takes a third of the time, and finds none
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA cache_size = -65536")
        db.execute("PRAGMA wal_autocheckpoint = 20000")
        try:
            yield
        finally:
            gc.enable()
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA cache_size = -2000")
            db.execute("PRAGMA wal_autocheckpoint = 1000")

    def claim(self, homes: Iterable[Home]) -> None:
        """Count what was read of homes, before a subscription had them, for that subscription."""
        user = os.path.expanduser("~")
        rows = self.journal.db.execute("SELECT DISTINCT subscription FROM meters").fetchall()
        known = {name for (name,) in rows}
        for home in homes:
            before = named(home.harness, home.path, user)
            if before in known and before != home.subscription:
                with self.journal.decide() as decision:
                    samples.rename(decision.db, before, home.subscription)

    def price(self) -> None:
        """Price what had no price when it was read, by lists that know its model by now."""
        for model in samples.unpriced(self.journal.db):
            if prices.cost(model, time.time(), (1, 0, 0, 0, 0, 0)) is not None:
                with self.journal.decide() as decision:
                    samples.price(decision.db, model, _listed)

    def attribute(self, state: State) -> None:
        """Count conversations that turn out to be sessions of ours for these sessions."""
        self._follow(state)
        for key in tuple(self._learnt):
            row = self.journal.db.execute(
                "SELECT 1 FROM meters WHERE session = ? AND NOT ours", (key[1],)
            ).fetchone()
            if row:
                with self.journal.decide() as decision:
                    samples.attribute(decision.db, key[1], *self._sessions[key])
            self._learnt.discard(key)

    def _follow(self, state: State) -> None:
        """Learn which conversation is which session's."""
        if state.seq == self._seen:
            return
        # What has ended stays as it is, but for what is on its way elsewhere.
        news = (*state.live, *self._live, *state.unsettled) if self._seen >= 0 else state.sessions
        self._seen, self._live = state.seq, tuple(state.live)
        for session in map(state.sessions.__getitem__, news):
            harness = self.vendors.get(session.harness, session.harness)
            if session.vendor_session and harness not in RECORDS:
                self._told.add(session.vendor_session)
            elif session.vendor_session:
                key = (harness, session.vendor_session)
                if key not in self._sessions:
                    self._learnt.add(key)
                self._sessions[key] = (session.id, session.subscription)

    def _samples(self, read: Read, now: float) -> Iterator[Sample]:
        harness, subscription = read.task.home.harness, read.task.home.subscription
        written = min(now, read.task.found.mtime / 1e9)
        for spent in read.reading.spent:
            # Unpacked, because it is done a hundred thousand times, and also for plain tuples.
            ident, told, model, at, folder, fresh, cached, output, into, long, web, cost = spent
            if not 0 < at <= now + AHEAD:
                at = written
            if told in self._told:
                continue
            ours = self._sessions.get((harness, told))
            session, payer = ours or (told, subscription)
            if cost is None:
                cost = prices.cost(model, at, (fresh, cached, output, into, long, web))
            yield Sample(
                f"{harness}:{ident}", _clean(session), payer, _clean(model), at, fresh, cached,
                output, cost, into, repository(folder), ours is not None,
            )  # fmt: skip


def _listing(files: list[Found]) -> str:
    """Put into a word how files stand, to be compared at once instead of one by one."""
    return f"{crc32(msgpack.encode(files)):x}:{sum(one.mtime for one in files):x}"


def _listed(one: Sample) -> float | None:
    counts = (one.input, one.cached, one.output, one.written, 0, 0)
    return prices.cost(one.model, one.at, counts)


def _row(read: Read, now: float) -> tuple[object, ...]:
    found, mark = read.task.found, read.reading.mark
    ahead = sum(1 for one in read.reading.spent if not 0 < one[3] <= now + AHEAD)
    return (
        found.path, read.task.home.path, mark.inode, found.size if read.whole else _PARTLY,
        found.mtime, mark.offset, mark.check, mark.carry, read.reading.unread + ahead,
    )  # fmt: skip


@lru_cache(maxsize=10_000)
def _clean(text: str) -> str:
    """Make a vendor's word safe to draw, once."""
    return clean_line(text, 120)


@lru_cache(maxsize=10_000)
def repository(folder: str) -> str:
    """Find the repository a folder is in: of a linked worktree the one it belongs to."""
    return clean_line(_repository(folder[:4096]), 400)


def _repository(folder: str) -> str:
    if "\0" in folder:
        return ""
    place = folder
    while place and place != os.path.dirname(place):
        marker = os.path.join(place, ".git")
        if os.path.isdir(marker):
            return place
        if os.path.isfile(marker):
            return _owner(marker) or place
        place = os.path.dirname(place)
    return folder


def _owner(marker: str) -> str:
    """Read of which repository's worktrees one is."""
    try:
        with open(marker, encoding="utf-8", errors="replace") as file:
            told = file.read(4096)
    except OSError:
        return ""
    place = told.removeprefix("gitdir:").strip()
    before, found, _ = place.partition("/.git/worktrees/")
    return before if found else ""


def uncertain(journal: Journal) -> Mapping[str, int]:
    """Return of each home how many lines could not be understood, or bear an impossible time."""
    rows = journal.db.execute("SELECT home, sum(uncertain) FROM records GROUP BY home")
    return {home: count for home, count in rows if count}
