"""Usage split by what it was for: a table, a JSON document, or lines for a spreadsheet."""

from __future__ import annotations

import sys

from conductor import exports
from conductor.cli import page
from conductor.meters import Split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence
    from typing import Any

    from conductor.journal import Journal

BY = (*(split.value for split in Split if split is not Split.NOTHING), exports.DAY)
_SHOWN = 40
_BESIDE = 52
"""Cells that stand beside what is told apart."""


def show(journal: Journal, given: Namespace) -> None:
    """Show tokens since then, split; the largest first, days in their order."""
    by = given.by or Split.SUBSCRIPTION.value
    content = exports.document(journal, given.since, by)
    if given.json:
        page.document(content)
    elif given.csv:
        sys.stdout.write(exports.lines(content))
    else:
        print(_table(content))


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
    shown = rows if content["by"] == exports.DAY else rows[:_SHOWN]
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
