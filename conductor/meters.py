"""Tokens as they are drawn: how fast now, over time, and in all, split by what they count for.

All is read from sums that are kept as requests come in (`samples`), so a million requests cost no
more than a screen's worth. Times before the finest sums that are kept are answered by the hour.
"""

from __future__ import annotations

import math
import time
from enum import StrEnum

from conductor.samples import HOUR, MINUTE, SECOND, SUMS, Tokens
from conductor.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conductor.journal import Journal
    from conductor.state import State

SMOOTH = 30.0
"""Seconds over which the pace of this moment is smoothed: a request counts for about so long."""

OTHERS = "others"
"""The key of what is not among the largest."""


class Split(StrEnum):
    """What tokens can be told apart by. What belongs to none (no task of ours) has the key ""."""

    NOTHING = "nothing"
    SUBSCRIPTION = "subscription"
    MODEL = "model"
    REPO = "repo"
    SESSION = "session"  # ours by our id, any other conversation by the vendor's
    TASK = "task"
    TEMPLATE = "template"


class Measure(StrEnum):
    """What of a request is drawn over time."""

    TOKENS = "input + cached + output"
    INPUT = "input"
    CACHED = "cached"
    OUTPUT = "output"
    COST = "cost_usd"
    REQUESTS = "requests"


class Series(Value):
    """Amounts over time: for each key, one for each step from `start` on."""

    start: float
    step: float
    amounts: Mapping[str, tuple[float, ...]]

    def a_minute(self) -> dict[str, tuple[float, ...]]:
        """Return the same as amounts a minute, the largest key first."""
        scale = 60.0 / self.step
        return {key: tuple(n * scale for n in each) for key, each in self.amounts.items()}


def now(
    journal: Journal, at: float, by: Split = Split.SUBSCRIPTION, smooth: float = SMOOTH
) -> dict[str, float]:
    """Return tokens a second at this moment: an average in which the last moments weigh most."""
    rows = journal.db.execute(
        "SELECT at, meter, input + cached + output FROM pace WHERE span = ? AND at > ? AND at <= ?",
        (SECOND, at - 10 * smooth, at),
    ).fetchall()
    key = _keys(journal, by)
    found: dict[str, float] = {}
    for moment, meter, tokens in rows:
        weight = math.exp((moment - at) / smooth) / smooth
        found[key(meter)] = found.get(key(meter), 0.0) + tokens * weight
    return found


def rate(journal: Journal, at: float, over: float = 60.0) -> dict[str, float]:
    """Return each session's tokens per minute over the last `over` seconds."""
    rows = journal.db.execute(
        "SELECT m.session, sum(p.input + p.cached + p.output) FROM pace p"
        " JOIN meters m ON m.id = p.meter"
        " WHERE p.span = ? AND p.at > ? AND p.at <= ? AND m.ours GROUP BY m.session",
        (SECOND, at - over, at),
    )
    return {session: tokens * 60.0 / over for session, tokens in rows}


def is_older(journal: Journal, at: float) -> bool:
    """Say whether anything was counted before this moment, to the hour."""
    asked = "SELECT 1 FROM pace WHERE span = ? AND at < ? LIMIT 1"
    return journal.db.execute(asked, (HOUR, at // HOUR * HOUR)).fetchone() is not None


def series(
    journal: Journal,
    start: float,
    end: float,
    step: float,
    *,
    by: Split = Split.NOTHING,
    top: int = 0,
    of: Measure = Measure.TOKENS,
) -> Series:
    """Return amounts from `start` to `end`, the largest key first; beyond `top`, as `OTHERS`.

    A step shorter than the sums that are kept of that time is answered by these, as it can be.
    """
    span, _ = _span(journal, start)
    step = max(step, span)
    start = start // step * step
    many = max(1, math.ceil((end - start) / step))
    rows = journal.db.execute(
        f"SELECT CAST((at - ?) / ? AS INTEGER), meter, {of.value} FROM pace"
        " WHERE span = ? AND at >= ? AND at < ?",
        (start, step, span, start, end),
    ).fetchall()
    sums: dict[int, float] = {}
    for _, meter, amount in rows:
        sums[meter] = sums.get(meter, 0) + amount
    key = _keys(journal, by)
    keys = {meter: key(meter) for meter in sums}
    largest: dict[str, float] = {}
    for meter, amount in sums.items():
        largest[keys[meter]] = largest.get(keys[meter], 0) + amount
    order = sorted(largest, key=lambda one: (-largest[one], one))
    drawn = {one: [0.0] * many for one in (order[:top] if top else order)}
    rest = [0.0] * many
    line = {meter: drawn.get(one, rest) for meter, one in keys.items()}
    for place, meter, amount in rows:
        line[meter][place] += amount
    if len(drawn) < len(order):
        drawn[OTHERS] = rest
    return Series(start, step, {one: tuple(each) for one, each in drawn.items()})


def totals(
    journal: Journal, since: float, by: Split = Split.SUBSCRIPTION, until: float = math.inf
) -> dict[str, Tokens]:
    """Return the tokens of each since then: to the minute, or to the hour if that is long ago."""
    span, floor = _span(journal, since)
    rows = journal.db.execute(
        f"SELECT meter, {SUMS} FROM pace WHERE span = ? AND at >= ? AND at < ? GROUP BY meter"
        " HAVING sum(requests) > 0",
        (span, floor, until),
    ).fetchall()
    key = _keys(journal, by)
    found: dict[str, Tokens] = {}
    for meter, *counts in rows:
        found[key(meter)] = plus(found.get(key(meter)), Tokens(*counts))
    return found


def by_day(journal: Journal, since: float) -> dict[str, Tokens]:
    """Return the tokens of each day, as the calendar has it here.

    An hour in which a day begins, as in India, counts for the day that has more of it.
    """
    rows = journal.db.execute(
        f"SELECT at, {SUMS} FROM pace WHERE span = ? AND at >= ? GROUP BY at"
        " HAVING sum(requests) > 0 ORDER BY at",
        (HOUR, since // HOUR * HOUR),
    )
    found: dict[str, Tokens] = {}
    for at, *counts in rows:
        day = time.strftime("%Y-%m-%d", time.localtime(at + HOUR / 2))
        found[day] = plus(found.get(day), Tokens(*counts))
    return found


def unpriced(
    journal: Journal, since: float, by: Split = Split.SUBSCRIPTION
) -> dict[str, list[str]]:
    """Return the models whose requests nobody told the cost of, by what used them."""
    span, floor = _span(journal, since)
    rows = journal.db.execute(
        "SELECT meter, sum(unpriced) FROM pace WHERE span = ? AND at >= ? GROUP BY meter",
        (span, floor),
    ).fetchall()
    key, model = _keys(journal, by), _keys(journal, Split.MODEL)
    found: dict[str, set[str]] = {}
    for meter, count in rows:
        if count:
            found.setdefault(key(meter), set()).add(model(meter))
    return {one: sorted(models) for one, models in found.items()}


def plus(one: Tokens | None, other: Tokens) -> Tokens:
    """Add tokens up; a cost that only one of them has is the cost of both."""
    if one is None:
        return other
    costs = [cost for cost in (one.cost_usd, other.cost_usd) if cost is not None]
    return Tokens(
        one.input + other.input, one.cached + other.cached, one.output + other.output,
        sum(costs) if costs else None, one.unpriced + other.unpriced,
        one.written + other.written, one.requests + other.requests,
    )  # fmt: skip


def _span(journal: Journal, since: float) -> tuple[int, float]:
    """Choose the finest sums that reach back so far, and where the first of them begins."""
    kept = journal.db.execute("SELECT since FROM paced WHERE span = ?", (MINUTE,)).fetchone()
    span = HOUR if kept and since < kept[0] else MINUTE
    return span, max(0.0, since // span * span)


def _keys(journal: Journal, by: Split) -> Callable[[int], str]:
    """Say of each meter what it counts for."""
    if by is Split.NOTHING:
        return lambda _: ""
    rows = journal.db.execute("SELECT id, subscription, model, repo, session, ours FROM meters")
    labels = {ident: _label(journal.state, by, *what) for ident, *what in rows}
    return lambda meter: labels.get(meter, "")


def _label(state: State, by: Split, *what: str) -> str:
    subscription, model, repo, session, ours = what
    match by:
        case Split.SUBSCRIPTION:
            return subscription
        case Split.MODEL:
            return model
        case Split.SESSION:
            return session
    known = state.sessions.get(session) if ours else None
    task = state.tasks.get(known.task) if known else None
    match by:
        case Split.TASK:
            return task.id if task else ""
        case Split.TEMPLATE:
            return (task.template or "") if task else ""
    return task.repo if task else repo
