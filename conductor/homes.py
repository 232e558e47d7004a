"""Whose records are read: the homes of subscriptions, and those a person has anyway."""

from __future__ import annotations

import os

from conductor.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from conductor.config import Subscription
    from harnesses.records import Records


def vendors(
    tables: Mapping[str, Mapping[str, Any]], records: Mapping[str, Records]
) -> dict[str, str]:
    """Say whose records hold what an agent over ACP does: those of its own program, if it names it.

    They hold also what is done in that program, and are believed instead of what the agent tells.
    """
    found = {}
    for name, table in tables.items():
        own = table.get("own")
        program = own[0] if isinstance(own, list) and own else ""
        vendor = os.path.basename(program) if isinstance(program, str) else ""
        if "acp" in table and vendor in records:
            found[name] = vendor
    return found


class Home(Value):
    """A vendor's folder of one account."""

    harness: str
    path: str
    subscription: str  # its name; of a home without one, what `unclaimed` calls it


def homes(
    subscriptions: Iterable[Subscription],
    records: Mapping[str, Records],
    env: Mapping[str, str],
    tables: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    unclaimed: bool = False,
) -> list[Home]:
    """List the homes of these subscriptions; with `unclaimed`, also the person's others.

    Two that are the same folder, by whatever name, are one: its first subscription's.
    """
    user = env.get("HOME") or os.path.expanduser("~")
    found: dict[tuple[str, str], Home] = {}
    others = vendors(tables or {}, records)
    for one in subscriptions:
        harness = others.get(one.harness, one.harness)
        if harness in records:
            places = (one.home,) if one.home else records[harness].homes(user, one.env)
            for place in places:
                _add(found, Home(harness, place, one.name))
    if unclaimed:
        for harness, kind in records.items():
            for place in kind.homes(user, env):
                if any(os.path.isdir(folder) for folder in kind.folders(place)):
                    _add(found, Home(harness, place, named(harness, place, user)))
    return list(found.values())


def doubled(subscriptions: Iterable[Subscription]) -> list[tuple[str, str]]:
    """Say of subscriptions that are an account which another is already, in words, what follows."""
    found: list[Subscription] = []
    told: list[tuple[str, str]] = []
    for one in subscriptions:
        if first := next((other for other in found if other.is_account_of(one)), None):
            told.append((one.name, (
                f"its home is that of {first.name}: what both use counts for {first.name}, and no "
                "session moves from one to the other; give each account a home of its own"
            )))  # fmt: skip
        found.append(one)
    return told


def named(harness: str, place: str, user: str) -> str:
    """Name a home that no subscription has, as none can be called."""
    below = os.path.relpath(place, user)
    shown = place if below.startswith("..") else "~" if below == "." else f"~/{below}"
    return f"{harness} ({shown})"


def _add(found: dict[tuple[str, str], Home], home: Home) -> None:
    path = os.path.realpath(os.path.expanduser(home.path))
    found.setdefault((home.harness, path), home.but(path=path))
