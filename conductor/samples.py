"""Measurements of tokens: beside the facts, each request counted once by the vendor's own id.

A request is kept with its *meter*: the subscription, conversation, model and repository that it
counts for. What is drawn is added up as it comes in, in the same transaction: by the second for
a quarter of an hour, by the minute for two days, by the hour for ever (table `pace`).
"""

from __future__ import annotations

import time

from conductor.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator

SECOND, MINUTE, HOUR = 1, 60, 3600
SPANS = {SECOND: 900.0, MINUTE: 49 * 3600.0, HOUR: float("inf")}
"""The lengths that are added up, and for how long each is kept."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS meters (
    id INTEGER PRIMARY KEY, subscription TEXT NOT NULL, session TEXT NOT NULL,
    ours INTEGER NOT NULL, model TEXT NOT NULL, repo TEXT NOT NULL,
    input INTEGER NOT NULL DEFAULT 0, cached INTEGER NOT NULL DEFAULT 0,
    output INTEGER NOT NULL DEFAULT 0, written INTEGER NOT NULL DEFAULT 0,
    requests INTEGER NOT NULL DEFAULT 0, cost_usd REAL NOT NULL DEFAULT 0,
    unpriced INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS meters_by_session ON meters (session);
CREATE INDEX IF NOT EXISTS meters_of_ours ON meters (session) WHERE ours;
CREATE TABLE IF NOT EXISTS requests (
    key INTEGER PRIMARY KEY, meter INTEGER NOT NULL, at REAL NOT NULL, input INTEGER NOT NULL,
    cached INTEGER NOT NULL, output INTEGER NOT NULL, written INTEGER NOT NULL, cost_usd REAL);
CREATE TABLE IF NOT EXISTS pace (
    span INTEGER NOT NULL, at INTEGER NOT NULL, meter INTEGER NOT NULL, input INTEGER NOT NULL,
    cached INTEGER NOT NULL, output INTEGER NOT NULL, written INTEGER NOT NULL,
    requests INTEGER NOT NULL, cost_usd REAL NOT NULL, unpriced INTEGER NOT NULL,
    PRIMARY KEY (span, at, meter)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS paced (span INTEGER PRIMARY KEY, since REAL NOT NULL);
CREATE TABLE IF NOT EXISTS records (
    path TEXT PRIMARY KEY, home TEXT NOT NULL, inode INTEGER NOT NULL, size INTEGER NOT NULL,
    mtime INTEGER NOT NULL, offset INTEGER NOT NULL, checked INTEGER NOT NULL,
    carry TEXT NOT NULL, uncertain INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS looks (home TEXT PRIMARY KEY, listing TEXT NOT NULL) WITHOUT ROWID;
"""


class Sample(Value):
    """The tokens of one request."""

    id: str
    session: str
    subscription: str
    model: str
    at: float
    input: int  # what was not read from the vendor's cache, `written` among it
    cached: int
    output: int
    cost_usd: float | None = None
    written: int = 0  # what went into the vendor's cache
    repo: str = ""  # where it was asked for; a session's own is its task's
    ours: bool = True  # whether `session` is one of ours, or the vendor's id of a conversation


class Tokens(Value):
    """Tokens added up; `unpriced` counts the requests whose cost nobody told."""

    input: int = 0
    cached: int = 0
    output: int = 0
    cost_usd: float | None = None
    unpriced: int = 0
    written: int = 0
    requests: int = 0

    @property
    def total(self) -> int:
        """All tokens that went through, in and out."""
        return self.input + self.cached + self.output


SUMS = (
    "sum(input), sum(cached), sum(output),"
    " CASE WHEN sum(unpriced) < sum(requests) THEN sum(cost_usd) END,"
    " sum(unpriced), sum(written), sum(requests)"
)
"""The columns of `Tokens`, of the tables `meters` and `pace` alike."""


def totals(db: sqlite3.Connection) -> dict[str, Tokens]:
    """Return the tokens of each session of ours."""
    rows = db.execute(f"SELECT session, {SUMS} FROM meters WHERE ours GROUP BY session")
    return {session: Tokens(*counts) for session, *counts in rows}


def keep(db: sqlite3.Connection, samples: Iterable[Sample], now: float | None = None) -> int:
    """Store samples in an open decision; say how many requests are new.

    A request that is told several times counts as it was told last: with the most output.
    """
    from hashlib import blake2b  # it loads OpenSSL, for which `conductor list` has no time

    told: dict[int, Sample] = {}
    for one in samples:
        # Among a million ids so shortened, two are alike in one of twenty million homes.
        short = blake2b(one.id.encode(errors="replace"), digest_size=8).digest()
        key = int.from_bytes(short, "big", signed=True)
        told[key] = _merged(told[key], one) if key in told else one
    if not told:
        return 0
    known = dict(_known(db, list(told)))
    books = _Books(db, time.time() if now is None else now)
    rows = []
    for key, one in told.items():
        if key not in known:
            meter, better = books.meter(one), one
        else:
            meter, before, ours = known[key]
            better = _merged(before, one)
            moved = books.meter(one) if one.ours and not ours else meter
            if better is before and moved == meter:
                continue
            books.add(meter, before, -1)
            meter = moved
        books.add(meter, better, 1)
        rows.append((key, meter, better.at, *_counts(better), better.cost_usd))
    db.executemany("INSERT OR REPLACE INTO requests VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    books.close()
    return len(told) - len(known)


def attribute(db: sqlite3.Connection, told: str, session: str, subscription: str) -> None:
    """Count a vendor's conversation, of which nothing was known, for a session of ours."""
    db.execute(
        "UPDATE meters SET session = ?, subscription = ?, ours = 1 WHERE session = ? AND NOT ours",
        (session, subscription, told),
    )


def rename(db: sqlite3.Connection, before: str, after: str) -> None:
    """Count what was read of a home, before its subscription was set up, for that subscription."""
    db.execute("UPDATE meters SET subscription = ? WHERE subscription = ?", (after, before))


def unpriced(db: sqlite3.Connection) -> list[str]:
    """List the models of which some requests have no cost."""
    return [name for (name,) in db.execute("SELECT DISTINCT model FROM meters WHERE unpriced > 0")]


def price(db: sqlite3.Connection, model: str, cost: Callable[[Sample], float | None]) -> None:
    """Give the requests of a model that have none a cost, in an open decision."""
    books = _Books(db, time.time())
    rows = []
    for key, meter, at, given, cached, output, written in db.execute(
        "SELECT r.key, r.meter, r.at, r.input, r.cached, r.output, r.written FROM requests r"
        " JOIN meters m ON m.id = r.meter"
        " WHERE m.model = ? AND m.unpriced > 0 AND r.cost_usd IS NULL",
        (model,),
    ).fetchall():
        one = Sample("", "", "", model, at, given, cached, output, None, written)
        priced = one.but(cost_usd=cost(one))
        books.add(meter, one, -1)
        books.add(meter, priced, 1)
        rows.append((priced.cost_usd, key))
    db.executemany("UPDATE requests SET cost_usd = ? WHERE key = ?", rows)
    books.close()


def move(db: sqlite3.Connection) -> None:
    """Take over what an earlier version kept in tables of another shape."""
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'samples'").fetchone():
        return
    rows = db.execute(
        "SELECT id, session, subscription, model, at, input, cached, output, cost_usd FROM samples"
    ).fetchall()
    keep(db, [Sample(*one) for one in rows])
    db.execute("DROP TABLE IF EXISTS totals")
    db.execute("DROP TABLE samples")


def _counts(one: Sample) -> tuple[int, int, int, int]:
    return one.input, one.cached, one.output, one.written


def _merged(known: Sample, told: Sample) -> Sample:
    """Choose between two tellings of one request, the same whichever comes first."""
    return told if _weight(told) > _weight(known) else known


def _weight(one: Sample) -> tuple[int, int, bool, float]:
    return one.output, one.input + one.cached, one.cost_usd is not None, -one.at


def _known(
    db: sqlite3.Connection, keys: list[int]
) -> Iterator[tuple[int, tuple[int, Sample, bool]]]:
    for start in range(0, len(keys), 500):
        some = keys[start : start + 500]
        rows = db.execute(
            "SELECT r.key, r.meter, m.ours, r.at, r.input, r.cached, r.output, r.written,"
            " r.cost_usd FROM requests r JOIN meters m ON m.id = r.meter"
            f" WHERE r.key IN ({','.join('?' * len(some))})",
            some,
        )
        for key, meter, ours, at, given, cached, output, written, cost in rows:
            told = Sample("", "", "", "", at, given, cached, output, cost, written)
            yield key, (meter, told, bool(ours))


_PACE = """
INSERT INTO pace VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
    input = input + excluded.input, cached = cached + excluded.cached,
    output = output + excluded.output, written = written + excluded.written,
    requests = requests + excluded.requests, cost_usd = cost_usd + excluded.cost_usd,
    unpriced = unpriced + excluded.unpriced
"""

_METER = """
UPDATE meters SET input = input + ?, cached = cached + ?, output = output + ?,
    written = written + ?, requests = requests + ?, cost_usd = cost_usd + ?,
    unpriced = unpriced + ? WHERE id = ?
"""


class _Books:
    """What one transaction adds to the sums."""

    def __init__(self, db: sqlite3.Connection, now: float) -> None:
        self._db = db
        floors = {span: now - kept for span, kept in SPANS.items()}
        for span, since in db.execute("SELECT span, since FROM paced"):
            if floors[span] < since <= now:  # what was forgotten stays so, if a clock is late
                floors[span] = since
        self._floors = tuple(floors.items())
        self._pace: dict[tuple[int, int, int], list[float]] = {}
        self._meters: dict[tuple[object, ...], int] = {}

    def meter(self, one: Sample) -> int:
        """Find what a sample counts for, or begin it."""
        what = (one.subscription, one.session, one.ours, one.model, one.repo)
        if what not in self._meters:
            found = (
                self._db.execute(
                    "SELECT id FROM meters WHERE session = ? AND subscription = ? AND ours = ?"
                    " AND model = ? AND repo = ?",
                    (one.session, one.subscription, one.ours, one.model, one.repo),
                ).fetchone()
                or self._db.execute(
                    "INSERT INTO meters (subscription, session, ours, model, repo)"
                    " VALUES (?, ?, ?, ?, ?) RETURNING id",
                    what,
                ).fetchone()
            )
            self._meters[what] = found[0]
        return self._meters[what]

    def add(self, meter: int, one: Sample, sign: int) -> None:
        """Count a request, or take it out again."""
        at, cost = one.at, one.cost_usd
        for span, floor in self._floors:
            if at < floor:
                continue
            place = (span, int(at // span) * span, meter)
            if (sums := self._pace.get(place)) is None:
                sums = self._pace[place] = [0, 0, 0, 0, 0, 0.0, 0]
            sums[0] += sign * one.input
            sums[1] += sign * one.cached
            sums[2] += sign * one.output
            sums[3] += sign * one.written
            sums[4] += sign
            if cost is None:
                sums[6] += sign
            else:
                sums[5] += sign * cost

    def close(self) -> None:
        """Write the sums, and forget those that are too fine for their age."""
        db = self._db
        totals: dict[int, list[float]] = {}
        for (span, _, meter), sums in self._pace.items():
            if span == HOUR:
                before = totals.get(meter, (0,) * 7)
                totals[meter] = [one + other for one, other in zip(before, sums, strict=True)]
        db.executemany(_METER, [(*sums, meter) for meter, sums in totals.items()])
        db.executemany(_PACE, [(*place, *sums) for place, sums in self._pace.items()])
        for span, floor in self._floors:
            if span != HOUR:
                db.execute("DELETE FROM pace WHERE span = ? AND at < ?", (span, floor))
                db.execute("INSERT OR REPLACE INTO paced VALUES (?, ?)", (span, floor))
