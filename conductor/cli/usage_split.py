"""Usage split by what it was for: a table, a JSON document, or lines for a spreadsheet."""

from __future__ import annotations

import sys

from conductor import meters, views
from conductor.cli import page
from conductor.meters import Split
from conductor.samples import Tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence
    from typing import Any

    from conductor.journal import Journal

DAY = "day"
BY = (*(split.value for split in Split if split is not Split.NOTHING), DAY)
_SHOWN = 40
_BESIDE = 52
"""Cells that stand beside what is told apart."""


def show(journal: Journal, given: Namespace) -> None:
    """Show tokens since then, split; the largest first, days in their order."""
    by = given.by or Split.SUBSCRIPTION.value
    content = document(journal, given.since, by)
    if given.json:
        page.document(content)
    elif given.csv:
        _lines(content)
    else:
        print(_table(content))


def document(journal: Journal, since: float, by: str) -> dict[str, Any]:
    """Describe tokens since then, split."""
    if by == DAY:
        found, unpriced = meters.by_day(journal, since), {}
    else:
        split = Split(by)
        found = meters.totals(journal, since, split)
        found = dict(sorted(found.items(), key=lambda one: -one[1].total))
        unpriced = meters.unpriced(journal, since, split)
    total = Tokens()
    for one in found.values():
        total = meters.plus(total, one)
    return {
        "by": by,
        "since": views.moment(since),
        "rows": [
            {"key": key, "title": _title(journal, by, key), **_figures(one, unpriced.get(key))}
            for key, one in found.items()
        ],
        "total": _figures(total, sorted({m for some in unpriced.values() for m in some})),
    }


def _figures(one: Tokens, unpriced: Sequence[str] | None) -> dict[str, Any]:
    return {
        "tokens": views.spent_document(one),
        "requests": one.requests,
        "cost_usd": one.cost_usd,
        "unpriced_requests": one.unpriced,
        "unpriced": list(unpriced or ()),
    }


def _title(journal: Journal, by: str, key: str) -> str | None:
    """Say what a key stands for, where that is more than it says itself."""
    state = journal.state
    session = state.sessions.get(key) if by == Split.SESSION else None
    task = state.tasks.get(session.task if session else key)
    return task.title if task and by in (Split.SESSION, Split.TASK) else None


_NOBODY = {
    Split.TASK: "(agents of your own)",
    Split.TEMPLATE: "(no template)",
    Split.REPO: "(not told)",
    Split.MODEL: "(not told)",
}


def _table(content: dict[str, Any]) -> str:
    heads = (content["by"].upper(), "REQUESTS", "INPUT", "CACHED", "OUTPUT", "COST")
    rows = content["rows"]
    if not rows:
        return "Nothing was used since then."
    shown = rows if content["by"] == DAY else rows[:_SHOWN]
    lines = [_row(_named(content["by"], one), one) for one in shown]
    lines.append(_row("in all", content["total"]))
    table = page.table(heads, lines)
    more = len(rows) - len(shown)
    return f"{table}\n{more} more: --json and --csv have all of them." if more else table


def _named(by: str, one: dict[str, Any]) -> str:
    key = one["key"] or _NOBODY.get(Split(by), "")
    return page.cut(f"{key} {one['title']}" if one["title"] else key, _BESIDE)


def _row(name: str, one: dict[str, Any]) -> tuple[str, ...]:
    tokens = one["tokens"]
    few = money(one["cost_usd"], one["unpriced"], one["unpriced_requests"])
    return (
        name, page.count(one["requests"]), page.count(tokens["input"]),
        page.count(tokens["cached"]), page.count(tokens["output"]), few,
    )  # fmt: skip


def money(cost: float | None, unpriced: Sequence[str], requests: int = 0) -> str:
    """Say what is known of a cost, and what is not."""
    known = "—" if cost is None else "<$0.01" if 0 < cost < 0.005 else f"${cost:.2f}"
    if len(unpriced) > 3:
        return f"{known} + unpriced: {', '.join(unpriced[:2])} and {len(unpriced) - 2} more"
    if unpriced:
        return f"{known} + unpriced: {', '.join(unpriced)}"
    return f"{known} + {requests} requests unpriced" if requests else known


def _lines(content: dict[str, Any]) -> None:
    import csv

    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(
        (content["by"], "title", "requests", "input", "written", "cached", "output", "cost_usd",
         "unpriced_requests", "unpriced")
    )  # fmt: skip
    for one in content["rows"]:
        tokens = one["tokens"]
        out.writerow(
            (one["key"], one["title"], one["requests"], tokens["input"], tokens["written"],
             tokens["cached"], tokens["output"], one["cost_usd"], one["unpriced_requests"],
             " ".join(one["unpriced"]))
        )  # fmt: skip
