"""The JSON of `usage`: what each subscription does, has used, and where its windows stand."""

from __future__ import annotations

from conductor import windows
from conductor.slots import used_slots
from conductor.views import NONE, moment, spent_document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from conductor.config import Subscription
    from conductor.samples import Tokens
    from conductor.state import State, Window


def usage_document(
    state: State,
    subscriptions: Iterable[Subscription],
    *,
    used: Mapping[str, Tokens],
    rates: Mapping[str, float],
    unpriced: Mapping[str, Sequence[str]],
    now: float,
) -> dict[str, Any]:
    """Describe what each subscription does and did; one that is configured no more counts too.

    `rates` are each session's tokens per minute.
    """
    known = {one.name: one for one in subscriptions}
    busy = used_slots(state)
    pace: dict[str, float] = {}
    for ident, rate in rates.items():
        if session := state.sessions.get(ident):
            pace[session.subscription] = pace.get(session.subscription, 0.0) + rate
    rows = []
    for name in dict.fromkeys((*known, *busy, *used)):
        one, spent = known.get(name), used.get(name, NONE)
        slots = {"used": busy.get(name, 0), "total": one.slots if one else 0}
        limited = bool(windows.returns(state, name, now))
        told = windows.of_all(state, name)
        rows.append(
            {
                "name": name,
                "harness": one.harness if one else _harness(state, name),
                "slots": slots,
                "tokens_per_minute": round(pace.get(name, 0.0)),
                "tokens": spent_document(spent),
                "requests": spent.requests,
                "cost_usd": spent.cost_usd,
                "unpriced": sorted(unpriced.get(name, ())),
                "windows": [window_document(one, now, told) for one in told],
                "state": _condition(one is not None, limited, slots),
            }
        )
    return {"subscriptions": rows, "total": _total(rows)}


def window_document(window: Window, now: float, beside: Iterable[Window] = ()) -> dict[str, Any]:
    """Describe one of a subscription's windows, and how far its figures can be believed."""
    return {
        "name": window.name,
        "model": window.model,
        "used_percent": round(window.used * 100, 1),
        "resets_at": moment(window.resets),
        "seen_at": moment(window.seen),
        "length": window.length or None,
        "estimated": window.estimated,
        "stale": windows.is_stale(window, now),
        "uncertain": window.uncertain,
        "outlook": windows.outlook(window, now, beside),
    }


def _harness(state: State, subscription: str) -> str | None:
    """Find what an unconfigured subscription was for: its name says it, or its sessions do."""
    harness, unclaimed, _ = subscription.partition(" (")
    if unclaimed:
        return harness
    return next(
        (s.harness for s in state.sessions.values() if s.subscription == subscription), None
    )


def _condition(configured: bool, limited: bool, slots: Mapping[str, int]) -> str:
    if not configured:
        return "unconfigured"
    if limited:
        return "limited"
    if slots["used"] >= slots["total"]:
        return "full"
    return "busy" if slots["used"] else "idle"


def _total(rows: list[dict[str, Any]]) -> dict[str, Any]:
    costs = [row["cost_usd"] for row in rows if row["cost_usd"] is not None]
    return {
        "slots": {key: sum(row["slots"][key] for row in rows) for key in ("used", "total")},
        "tokens_per_minute": sum(row["tokens_per_minute"] for row in rows),
        "tokens": {
            key: sum(row["tokens"][key] for row in rows)
            for key in ("input", "cached", "output", "written")
        },
        "requests": sum(row["requests"] for row in rows),
        "cost_usd": sum(costs) if costs else None,
        "unpriced": sorted({model for row in rows for model in row["unpriced"]}),
    }
