"""What was used, split by what it was for: a document, or lines for a spreadsheet."""

from __future__ import annotations

import json
import os
import time

from conductor import meters, views
from conductor.meters import Split
from conductor.samples import Tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from conductor.journal import Journal

DAY = "day"

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a formula begins."""


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


def lines(content: dict[str, Any]) -> str:
    """Write a document's rows as CSV."""
    heads = (
        content["by"], "title", "requests", "input", "written", "cached", "output", "cost_usd",
        "unpriced_requests", "unpriced",
    )  # fmt: skip
    rows = [
        (one["key"], one["title"], one["requests"], tokens["input"], tokens["written"],
         tokens["cached"], tokens["output"], one["cost_usd"], one["unpriced_requests"],
         " ".join(one["unpriced"]))
        for one in content["rows"] for tokens in (one["tokens"],)
    ]  # fmt: skip
    return sheet(heads, rows)


def sheet(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write CSV in which no text is a formula to a spreadsheet: an agent may have chosen it."""
    import csv
    import io

    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(heads)
    for row in rows:
        out.writerow([f"'{x}" if isinstance(x, str) and x.startswith(_FORMULA) else x for x in row])
    return text.getvalue()


def write(folder: str, content: dict[str, Any]) -> str:
    """Write a document into a folder, as CSV and as JSON beside it; return the former's path."""
    stamp = time.strftime("%Y-%m-%dT%H%M%S")
    path = os.path.join(folder, f"usage-{stamp}-by-{content['by']}.csv")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    for place, text in (
        (path, lines(content)),
        (path.removesuffix("csv") + "json", json.dumps(content, indent=2) + "\n"),
    ):
        with open(place, "w", encoding="utf-8", errors="replace", newline="") as file:
            file.write(text)
    return path
