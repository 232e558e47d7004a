"""How soon a limit is a fact: from the vendor's refusal to what the runner has written of it.

Claude Code and Codex themselves, each on an account that is used up, at a model server on loopback.
What is measured includes the agent's own way from the refusal to its record.
"""

from __future__ import annotations

import sys

from conductor import events as e
from tests.conformance.fleet import Fleet
from tests.conformance.vendors import VENDORS
from tests.model_server.plans import Plan
from tests.model_server.serve import ModelServer
from tests.runner.house import House

TARGET = 1.0
TIMES = 5


def main() -> bool:
    """Measure and print; say whether the target is reached."""
    reached = True
    for vendor in ("claude", "codex"):
        if VENDORS[vendor].program is None:
            print(f"    {vendor}: {VENDORS[vendor].missing}")
            continue
        took = sorted(_measure(vendor))
        middle, last = took[len(took) // 2], took[-1]
        print(f"    {vendor:6} p50 {middle * 1e3:4.0f} ms, slowest of {TIMES} {last * 1e3:4.0f} ms")
        reached = reached and last <= TARGET
    return reached


def _measure(vendor: str) -> list[float]:
    """Limit one session after the other, each on a subscription of its own."""
    house, took = House(), []
    with ModelServer() as server:
        fleet = Fleet(house, server)
        try:
            plans = [fleet.subscribe(f"p{n}", vendor, Plan(short=1.0)) for n in range(TIMES)]
            fleet.begin("off")
            for number, plan in enumerate(plans):
                task = house.task("Go on", subscription=f"p{number}")
                fleet.until(task, lambda session: session.until)
                session = house.of(task).id
                (limited,) = [
                    record.at
                    for record in house.journal.since(0)
                    if isinstance(record.fact, e.SessionLimited) and record.fact.session == session
                ]
                refused = max(at for at in plan.refused if at <= limited)  # first it asks "quota"
                took.append(limited - refused)
        finally:
            house.close()
    return took


if __name__ == "__main__":
    sys.exit(not main())
