"""`conductor usage`: what each subscription does, and did."""

from __future__ import annotations

import os
import time

from conductor import meters, spending, windows
from conductor.cli import page, usage_split
from conductor.cli.arguments import Parser, since
from conductor.cli.home import open_home
from conductor.config import load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from conductor.config import Settings
    from conductor.journal import Journal
    from conductor.places import Places
    from conductor.state import State

_DOUBTED = (
    "lines could not be understood, or bear a time that cannot be; docs/usage.md says what "
    "becomes of them."
)


_BESIDE = 62
"""Cells that stand beside the name of a subscription."""


def usage(words: list[str]) -> int:
    """Show the tokens and slots of each subscription."""
    parser = Parser(
        "usage",
        "Tokens and slots of each subscription, from its vendor's own records: also of agents\n"
        "that you started without Conductor. A cost that nobody told is named, not guessed.",
        "conductor usage",
        "conductor usage --since 30d --by model",
        "conductor usage --since 12h --json",
    )
    parser.add_argument("--since", metavar="WHEN", type=since, default="7d", help="default: 7d")
    parser.add_argument("--by", choices=usage_split.BY, help="what to split it by")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="one document")
    shape.add_argument("--csv", action="store_true", help="a line each, for a spreadsheet")
    given = parser.parse_args(words)
    where, journal = open_home()
    settings = load(where.config_file)
    with journal:
        notes = _read(where, journal, settings)
        if given.by or given.csv:
            usage_split.show(journal, given)
        else:
            _overview(journal, settings, given.since, as_json=given.json)
    for note in notes:
        page.aside(note)
    return 0


def _read(where: Places, journal: Journal, settings: Settings) -> list[str]:
    """Read what is new in all homes, and say what a person should know of that."""
    from conductor import intake
    from conductor.homes import doubled, homes, vendors
    from conductor.readers import read_homes, reading
    from harnesses.records.registry import RECORDS

    notes: list[str] = []
    tables = settings.harnesses
    wanted = homes(settings.subscriptions, RECORDS, os.environ, tables, unclaimed=True)
    with reading(where) as alone:
        if not alone:
            return ["Another process is reading records at this moment; these figures still grow."]
        taking = intake.Intake(journal, vendors(tables, RECORDS))
        taking.claim(wanted)
        taking.attribute(journal.state)
        shown = page.Progress("reading records")
        read_homes(taking, wanted, lambda _, error: notes.append(str(error)), shown.at)
        shown.done()
        taking.price()
    notes += [f"{name}: {told}" for name, told in doubled(settings.subscriptions)]
    counts = intake.uncertain(journal)
    doubted = [f"{home.path}: {counts[home.path]}" for home in wanted if home.path in counts]
    return notes + [f"{one} {_DOUBTED}" for one in doubted]


def _overview(journal: Journal, settings: Settings, since: float, *, as_json: bool) -> None:
    now = time.time()
    content = spending.usage_document(
        journal.state,
        settings.subscriptions,
        used=meters.totals(journal, since),
        rates=meters.rate(journal, now),
        unpriced=meters.unpriced(journal, since),
        now=now,
    )
    if as_json:
        page.document(content)
    elif content["subscriptions"]:
        print(_table(content, journal.state, now))
    else:
        print("No subscription is configured yet: `conductor init --add all` adds what it finds.")


def _table(content: dict[str, Any], state: State, now: float) -> str:
    heads = ("SUBSCRIPTION", "STATE", "SLOTS", "TOK/MIN", "INPUT", "CACHED", "OUTPUT", "COST")
    rows, paints, notes = [], [], []
    for one in content["subscriptions"]:
        rows.append(_row(one["name"], one["state"], one))
        paints.append(page.PAINT_OF_STATE.get(one["state"]))
        notes.append(_windows(one, windows.returns(state, one["name"], now)))
    rows.append(_row("in all", "", content["total"]))
    return page.table(heads, rows, [*paints, None], [*notes, None])


def _windows(one: dict[str, Any], returns: str) -> str | None:
    """Say how a subscription's windows stand, or when a limited one returns."""
    parts = [f"{w['name']} {w['used_percent']:g}%, {w['outlook']}" for w in one["windows"]]
    return "\n".join([returns, *parts] if returns else parts) or None


def _row(name: str, state: str, one: dict[str, Any]) -> tuple[str, ...]:
    tokens, slots = one["tokens"], one["slots"]
    unclaimed = " (" in name  # a home that no subscription has: nothing starts there
    return (
        page.cut(name, _BESIDE), "—" if unclaimed else state,
        "—" if unclaimed else f"{slots['used']}/{slots['total']}",
        page.count(one["tokens_per_minute"]), page.count(tokens["input"]),
        page.count(tokens["cached"]), page.count(tokens["output"]),
        usage_split.money(one["cost_usd"], one["unpriced"]),
    )  # fmt: skip


COMMANDS = {"usage": usage}
