"""A month of bursts, limits and outages, simulated: little lapses, and no storm breaks out."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise

import pytest

from conductor import events as e
from conductor.config import Subscription
from conductor.moves import SOON
from tests.conductor.facts import added
from tests.conductor.month import BACKLOG, BEGIN, DAY, HOUR, STEP, Account, Month


def accounts(chance: random.Random, days: int) -> dict[str, Account]:
    """Make five subscriptions at two vendors; each is down for some hours a week."""

    def outages() -> tuple[tuple[float, float], ...]:
        begins = [BEGIN + chance.uniform(0, days) * DAY for _ in range(days // 5)]
        return tuple((at, at + chance.uniform(0.5, 4) * HOUR) for at in begins)

    def account(name: str, harness: str, slots: int, short: float, week: float) -> Account:
        plan = Subscription(name, harness, slots=slots)
        return Account(plan, short * HOUR, week * HOUR, outages())

    made = (
        account("max-a", "claude", 4, 12.0, 300.0),  # three hours of all slots, then two of none
        account("max-b", "claude", 4, 12.0, 180.0),
        account("pro", "claude", 1, 3.0, 40.0),
        account("plus-a", "codex", 3, 9.0, 160.0),
        account("plus-b", "codex", 3, 15.0, 504.0),  # never used up
    )
    for number, one in enumerate(made):
        one.week_ends = BEGIN + (1 + number) * DAY  # their weeks end on different days
    return {one.plan.name: one for one in made}


def task(number: int, chance: random.Random) -> e.TaskAdded:
    """Make a task of one of the sorts that people have."""
    kind = chance.random()
    wish = {"harness": "claude"} if kind < 0.15 else {"harness": "codex"} if kind < 0.3 else {}
    if kind > 0.95:
        wish = {"subscription": chance.choice(["max-a", "plus-a"])}
    return added(f"t{number}", **wish)


def simulate(days: int, seed: int) -> tuple[Month, float]:
    chance = random.Random(seed)
    known = accounts(chance, days)
    best = sum(one.best(days) for one in known.values())
    month, number = Month(known, chance), 0
    while month.now < BEGIN + days * DAY:
        new = []
        anywhere = sum(
            key == "  " for key in (month.state.tasks[f"t{n}"].wish for _, n in month.state.queue)
        )
        while anywhere < BACKLOG:  # there is always work that any of them could do
            number += 1
            new.append(task(number, chance))
            anywhere += new[-1].harness is None and new[-1].subscription is None
        if chance.random() < 0.002:  # a burst: somebody had an idea
            for _ in range(30):
                number += 1
                new.append(task(number, chance))
        month.step(*new)
        if number % 200 == 0 or int((month.now - BEGIN) / STEP) % 120 == 0:
            month.forget()
    return month, best


def check(month: Month, best: float) -> None:
    used = sum(one.used for one in month.accounts.values())
    assert used / best >= 0.97
    for one in month.accounts.values():
        assert one.used_short <= one.short + 1e-6
        assert one.used_week <= one.week + 1e-6
    assert month.refused <= 0.01 * len(month.starts), "hardly a start on what is used up"
    arrivals = Counter((at, to) for at, _, to in month.moves)
    assert max(arrivals.values(), default=0) <= 1, "one at a time to each subscription"
    within: dict[str, list[float]] = {}
    for at, session, _ in month.moves:
        within.setdefault(session, []).append(at)
    for times in within.values():
        assert all(b - a >= SOON for a, b in pairwise(times)), "no ping-pong"


def test_some_days_leave_next_to_nothing_unused() -> None:
    check(*simulate(3, seed=1))


def test_a_lull_uses_what_would_lapse_and_spares_the_rest_for_the_rush() -> None:
    """Three days of little work, then a rush: what lapses in between is all that was used."""
    lapses = Account(Subscription("lapses", "claude", slots=4), 1e9, 90 * HOUR)
    lasts = Account(Subscription("lasts", "claude", slots=4), 1e9, 200 * HOUR)
    lapses.week_ends, lasts.week_ends = BEGIN + 3 * DAY, BEGIN + 6 * DAY
    month = Month({"lasts": lasts, "lapses": lapses}, random.Random(5))
    number = 0
    while month.now < BEGIN + 6 * DAY:
        lull = month.now < BEGIN + 3 * DAY
        new = []
        while len(month.state.queue) + len(month.state.live) + len(new) < (1 if lull else 12):
            number += 1
            new.append(added(f"t{number}"))
        month.step(*new)
        if int((month.now - BEGIN) / STEP) % 120 == 0:
            month.forget()
    # In the lull one slot's worth of work, all on what lapses; in the rush both weeks whole.
    best = 72 * HOUR + 90 * HOUR + 200 * HOUR
    assert (lapses.used + lasts.used) / best >= 0.97


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_a_month_leaves_next_to_nothing_unused(seed: int) -> None:
    check(*simulate(30, seed))
