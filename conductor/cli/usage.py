"""`conductor usage`: what each subscription does, and did."""

from __future__ import annotations

import time

from conductor import meters, views
from conductor.cli import page
from conductor.cli.arguments import Parser, since
from conductor.cli.home import open_home
from conductor.config import load
from conductor.windows import clock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from conductor.state import State


def usage(words: list[str]) -> int:
    """Show the tokens and slots of each subscription."""
    parser = Parser(
        "usage",
        "Tokens and slots of each subscription. A cost that nobody told is named, not guessed.",
        "conductor usage",
        "conductor usage --since 12h --json",
    )
    parser.add_argument("--since", metavar="WHEN", type=since, default="7d", help="default: 7d")
    parser.add_argument("--json", action="store_true", help="one document")
    given = parser.parse_args(words)
    where, journal = open_home()
    now = time.time()
    with journal:
        content = views.usage_document(
            journal.state,
            load(where.config_file).subscriptions,
            used=meters.totals(journal, given.since),
            rates=meters.rate(journal, now),
            unpriced=meters.unpriced(journal, given.since),
            now=now,
        )
        state = journal.state
    if given.json:
        page.document(content)
    elif content["subscriptions"]:
        print(_table(content, state, now))
    else:
        print("No subscription is configured yet: `conductor init` offers what it finds here.")
    return 0


def _table(content: dict[str, Any], state: State, now: float) -> str:
    heads = ("SUBSCRIPTION", "STATE", "SLOTS", "TOK/MIN", "INPUT", "CACHED", "OUTPUT", "COST")
    rows, paints, notes = [], [], []
    for one in content["subscriptions"]:
        rows.append(_row(one["name"], one["state"], one))
        paints.append(page.PAINT_OF_STATE.get(one["state"]))
        notes.append(_windows(one, state.limits.get(one["name"], 0.0), now))
    rows.append(_row("in all", "", content["total"]))
    return page.table(heads, rows, [*paints, None], [*notes, None])


def _windows(one: dict[str, Any], until: float, now: float) -> str | None:
    """Say how a subscription's windows stand, or when a limited one returns."""
    parts = [f"{w['name']} {w['used_percent']:g}%, {w['outlook']}" for w in one["windows"]]
    if until > now:
        parts.insert(0, f"its allowance returns {clock(until, now)}, in {page.age(until - now)}")
    return " · ".join(parts) or None


def _row(name: str, state: str, one: dict[str, Any]) -> tuple[str, ...]:
    tokens = one["tokens"]
    cost = "—" if one["cost_usd"] is None else f"${one['cost_usd']:.2f}"
    if one["unpriced"]:
        cost += f" + unpriced: {', '.join(one['unpriced'])}"
    return (
        name, state, f"{one['slots']['used']}/{one['slots']['total']}",
        page.count(one["tokens_per_minute"]), page.count(tokens["input"]),
        page.count(tokens["cached"]), page.count(tokens["output"]), cost,
    )  # fmt: skip


COMMANDS = {"usage": usage}
