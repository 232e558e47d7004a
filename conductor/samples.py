"""Measurements of tokens: beside the facts, each request counted once by the vendor's own id."""

from __future__ import annotations

from conductor.values import Value, row

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from conductor.journal import Journal


class Sample(Value):
    """The tokens of one request."""

    id: str
    session: str
    subscription: str
    model: str
    at: float
    input: int
    cached: int
    output: int
    cost_usd: float | None = None


class Tokens(Value):
    """Tokens added up; `unpriced` counts the requests whose cost nobody told."""

    input: int = 0
    cached: int = 0
    output: int = 0
    cost_usd: float | None = None
    unpriced: int = 0

    @property
    def total(self) -> int:
        """All tokens that went through, in and out."""
        return self.input + self.cached + self.output


_ADD = """
INSERT INTO totals (session, input, cached, output, cost_usd, unpriced) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (session) DO UPDATE SET
    input = input + excluded.input, cached = cached + excluded.cached,
    output = output + excluded.output, unpriced = unpriced + excluded.unpriced,
    cost_usd = CASE WHEN cost_usd IS NULL THEN excluded.cost_usd
                    ELSE cost_usd + coalesce(excluded.cost_usd, 0) END
"""


def keep(db: sqlite3.Connection, samples: Iterable[Sample]) -> int:
    """Store samples that are not there yet, in an open decision; say how many were new."""
    new = 0
    for one in samples:
        stored = db.execute(
            "INSERT OR IGNORE INTO samples VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row(one)
        )
        if stored.rowcount:
            new += 1
            counts = (one.input, one.cached, one.output, one.cost_usd, one.cost_usd is None)
            db.execute(_ADD, (one.session, *counts))
    return new


def totals(journal: Journal) -> dict[str, Tokens]:
    """Return the tokens of each session."""
    rows = journal.db.execute(
        "SELECT session, input, cached, output, cost_usd, unpriced FROM totals"
    )
    return {session: Tokens(*counts) for session, *counts in rows}


def by_subscription(journal: Journal, since: float) -> dict[str, Tokens]:
    """Return the tokens of each subscription since then."""
    rows = journal.db.execute(
        "SELECT subscription, sum(input), sum(cached), sum(output), sum(cost_usd),"
        " sum(cost_usd IS NULL) FROM samples WHERE at >= ? GROUP BY subscription",
        (since,),
    )
    return {name: Tokens(*counts) for name, *counts in rows}


def unpriced_models(journal: Journal, since: float) -> dict[str, list[str]]:
    """Return, by subscription, the models whose requests nobody told the cost of."""
    rows = journal.db.execute(
        "SELECT DISTINCT subscription, model FROM samples WHERE at >= ? AND cost_usd IS NULL",
        (since,),
    )
    found: dict[str, list[str]] = {}
    for subscription, model in rows:
        found.setdefault(subscription, []).append(model)
    return found


def rate(journal: Journal, now: float, over: float = 60.0) -> dict[str, float]:
    """Return each session's tokens per minute over the last `over` seconds."""
    rows = journal.db.execute(
        "SELECT session, sum(input + cached + output) FROM samples WHERE at > ? GROUP BY session",
        (now - over,),
    )
    return {session: tokens * 60.0 / over for session, tokens in rows}
