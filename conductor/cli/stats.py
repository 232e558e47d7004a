"""`conductor stats`: which agent to trust with what."""

from __future__ import annotations

import sys

from conductor import exports, samples, stats, views
from conductor.cli import page
from conductor.cli.arguments import Parser, since
from conductor.cli.home import open_home
from conductor.cli.usage_split import money
from conductor.stats import By, Group, Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_HEADS = ("", "SUCCESS", "FIRST REVIEW", "LATER", "FAILED", "REJECTED", "UNDONE", "TO REVIEW",
          "COST A LANDING")  # fmt: skip
_NOBODY = {By.TEMPLATE: "(no template)", By.MODEL: "(not told)"}


def show(words: list[str]) -> int:
    """Show how often agents succeeded."""
    parser = Parser(
        "stats",
        "How often agents' work landed: at first review, after rounds, or not at all. A share\n"
        "comes with the interval that holds the true one 95 times in a hundred.",
        "conductor stats",
        "conductor stats --by model --since 30d",
        "conductor stats --by duration --json",
    )
    parser.add_argument("--since", metavar="WHEN", type=since, default="90d", help="default: 90d")
    parser.add_argument("--by", choices=[one.value for one in By], default=By.HARNESS.value,
                        help="what to tell apart (default: harness)")  # fmt: skip
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="one document")
    shape.add_argument("--csv", action="store_true", help="a line each, for a spreadsheet")
    given = parser.parse_args(words)
    by = By(given.by)
    _, journal = open_home()
    with journal:
        found = [one for one in stats.read(journal) if one.began >= given.since]
        spent = samples.totals(journal.db)
        known = stats.groups(found, journal.state, by, spent, stats.models_of(journal))
        total = stats.group("in all", found, spent)
    if given.json:
        rows = [_document(one) for one in known]
        page.document(
            {"by": by, "since": views.moment(given.since), "rows": rows, "total": _document(total)}
        )
    elif given.csv:
        _lines(by, known)
    elif not found:
        print("No agent has begun a task since then: `conductor add` puts one into the queue.")
    else:
        print(_table(by, known, total))
    return 0


def _table(by: By, known: list[Group], total: Group) -> str:
    heads = (by.upper(), *_HEADS[1:])
    rows = [_row(one.key or _NOBODY.get(by, "(none)"), one) for one in known]
    if len(known) > 1:
        rows.append(_row(total.key, total))
    table = page.table(heads, rows)
    left = [
        f"{total.counts[one]} {word}"
        for one, word in ((Outcome.OPEN, "under way"), (Outcome.CANCELLED, "cancelled"))
        if total.counts.get(one)
    ]
    return f"{table}\nNot counted: {', '.join(left)}." if left else table


def _row(name: str, one: Group) -> tuple[str, ...]:
    counts = [str(one.counts.get(each, 0)) for each in stats.DECIDED]
    first = share(one.counts.get(Outcome.FIRST, 0), one.decided)
    return (
        name, share(one.landed, one.decided), first, *counts[1:],
        "-" if one.to_review is None else page.age(one.to_review),
        money(one.cost_per_landed, (), one.unpriced),
    )  # fmt: skip


def share(successes: int, many: int) -> str:
    """Say a share honestly: with what it could as well be, or that there is too little."""
    if many < stats.FEW:
        return f"{successes} of {many}, too few" if many else "none decided"
    low, high = stats.wilson(successes, many)
    return f"{successes} of {many}, {successes / many:.0%} ({low * 100:.0f}-{high * 100:.0f})"


def _document(one: Group) -> dict[str, Any]:
    low, high = stats.wilson(one.landed, one.decided)
    first = one.counts.get(Outcome.FIRST, 0)
    first_low, first_high = stats.wilson(first, one.decided)
    return {
        "key": one.key,
        "decided": one.decided,
        "landed": one.landed,
        **{str(outcome): one.counts.get(outcome, 0) for outcome in Outcome},
        "few": one.decided < stats.FEW,
        "success": one.landed / one.decided if one.decided else None,
        "success_low": low,
        "success_high": high,
        "nines_at_least": round(stats.nines(low), 2),
        "first_review": first / one.decided if one.decided else None,
        "first_review_low": first_low,
        "first_review_high": first_high,
        "seconds_to_review": one.to_review,
        "cost_usd": one.cost_usd,
        "cost_usd_per_landed": one.cost_per_landed,
        "unpriced_requests": one.unpriced,
    }


def _lines(by: By, known: list[Group]) -> None:
    documents = [_document(one) for one in known]
    names = [name for name in _document(stats.group("", [], {})) if name != "key"]
    rows = [(one["key"], *(one[name] for name in names)) for one in documents]
    sys.stdout.write(exports.sheet((by.value, *names), rows))


COMMANDS = {"stats": show}
