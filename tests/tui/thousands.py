"""A shop of some thousand files, as a repository that eight agents change at the same time."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

AREAS = (
    "orders", "carts", "prices", "stock", "people", "letters", "returns", "parcels", "taxes",
    "offers", "reviews", "search", "reports", "imports", "exports", "invoices", "payments",
    "credits", "regions", "units",
)  # fmt: skip
THINGS = (
    "model", "rules", "store", "query", "totals", "labels", "checks", "events", "sync", "cache",
    "report", "draft", "history", "filters", "limits", "merge", "notes", "mail", "table", "routes",
    "views", "forms", "access", "audit", "batch", "queue", "retry", "state", "format", "parse",
    "schema", "export", "ranking", "groups", "rates",
)  # fmt: skip
WORDS = ("count", "weigh", "price", "order", "match")

SETTINGS = """# What the shop allows.
CURRENCY = "EUR"
ITEMS_IN_A_CART = 20
DAYS_TO_RETURN = 14
PAGE = 50
"""
PRICING = '''"""What an order costs."""

from shop.settings import CURRENCY


def net(lines):
    """Add up the lines of an order."""
    amount = 0
    for line in lines:
        amount = amount + line.count * line.price
    return amount


def tax(amount, rate):
    """Return the tax on an amount."""
    return amount * rate / 100


def discount(amount, customer):
    """Return what a customer need not pay."""
    if customer.years > 10:
        return amount * 0.1
    if customer.years > 5:
        return amount * 0.05
    return 0


def shipping(parcels):
    """Return what it costs to send some parcels."""
    return sum(4.9 if one.weight < 5 else 9.9 for one in parcels)


def total(lines, customer, parcels, rate=19):
    """Return all that a customer pays, with its currency."""
    amount = net(lines) - discount(net(lines), customer)
    return amount + tax(amount, rate) + shipping(parcels), CURRENCY
'''


def module(area: str, thing: str) -> str:
    """Write one file: small functions on a list of records."""
    text = f'"""{thing.capitalize()} of {area}."""\n\nfrom shop.settings import PAGE\n'
    for at, word in enumerate(WORDS):
        text += (
            f"\n\ndef {word}_{thing}(records, least={at}):\n"
            f'    """Return the {thing} of all {area} that {word} at least so much."""\n'
            f"    found = []\n    for record in records:\n"
            f'        if record["{word}"] >= least:\n            found.append(record)\n'
            f"    return found[:PAGE]\n"
        )
    return text


def test(area: str, thing: str) -> str:
    names = ", ".join(f"{word}_{thing}" for word in sorted(WORDS))
    text = f"from shop.{area}.{thing} import {names}\n"
    for word in WORDS:
        text += (
            f"\n\ndef test_{word}():\n"
            f'    records = [{{"{word}": n}} for n in range(9)]\n'
            f"    assert len({word}_{thing}(records, 3)) == 6\n"
        )
    return text


def page(area: str, thing: str) -> str:
    said = "\n".join(f"- `{word}_{thing}` returns those that {word} enough." for word in WORDS)
    return f"# {thing.capitalize()} of {area}\n\n{said}\n"


def files() -> Iterator[tuple[str, str]]:
    """Write the whole shop."""
    yield ".gitignore", "__pycache__/\n"
    yield "README.md", "# The shop\n\nIt sells things.\n"
    yield "shop/__init__.py", ""
    yield "shop/settings.py", SETTINGS
    yield "shop/orders/pricing.py", PRICING
    yield "shop.lock", "".join(f"name-{n} = {n}.0\n" for n in range(400))
    yield ".github/workflows/check.yml", "on: [push]\njobs:\n  check:\n    run: make check\n"
    for area in AREAS:
        yield f"shop/{area}/__init__.py", ""
        for thing in THINGS:
            yield f"shop/{area}/{thing}.py", module(area, thing)
            yield f"tests/{area}/test_{thing}.py", test(area, thing)
            yield f"docs/{area}/{thing}.md", page(area, thing)


def fill(repo: Path, wishes: str) -> None:
    """Commit the shop to an empty repository, with its conductor.toml, and check it out."""
    stream = bytearray(b"commit refs/heads/main\ncommitter A <a@example.org> 1700000000 +0000\n")
    stream += b"data 14\nBegin the shop\n"
    for path, text in (*files(), ("conductor.toml", wishes)):
        content = text.encode()
        stream += f"M 100644 inline {path}\ndata {len(content)}\n".encode() + content + b"\n"
    git = ["git", "-C", str(repo)]
    subprocess.run([*git, "fast-import", "--quiet"], input=bytes(stream), check=True)
    subprocess.run([*git, "checkout", "-q", "main"], check=True)


def rehearsal(turns: Sequence[tuple[str, Sequence[str], str]]) -> str:
    """Write a script: for each word in a prompt some commands, and what is said at the end."""
    text = ""
    for when, commands, last in turns:
        text += f"[[turn]]\nwhen = {json.dumps(when)}\n"
        for command in commands:
            text += f"[[turn.reply]]\ncommand = {json.dumps(command)}\n"
        text += f"[[turn.reply]]\ntext = {json.dumps(last)}\n"
    return text
