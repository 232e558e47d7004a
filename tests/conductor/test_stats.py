"""Success, honestly: what counts as an attempt, what became of it, and how sure a share is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conductor import events as e
from conductor import stats
from conductor.cli.stats import share
from conductor.fold import fold
from conductor.samples import Tokens
from conductor.state import EMPTY
from conductor.stats import By, Outcome
from tests.conductor.facts import COMMIT, OTHER, added, claimed, records, to_landed, to_review

if TYPE_CHECKING:
    from conductor.state import State
    from conductor.stats import Attempt

SENT_BACK = e.ChangeSentBack("t1", "s1", "again", "person")
REPAIRED = e.ChangeSentBack("t1", "s1", "the check failed", "runner")
LANDED = e.ChangeLanded("t1", "main", OTHER, COMMIT)


def told(*facts: e.Fact) -> tuple[list[Attempt], State]:
    written = records(*facts)
    state = fold(EMPTY, written)
    return stats.attempts(written, state), state


@pytest.mark.parametrize(
    ("facts", "outcome", "rounds"),
    [
        (to_landed(), Outcome.FIRST, 0),
        ([*to_review(), SENT_BACK, LANDED], Outcome.LATER, 1),
        ([*to_review(), REPAIRED, LANDED], Outcome.FIRST, 0),
        ([*to_review(), e.ChangeRejected("t1", "no")], Outcome.REJECTED, 0),
        ([*to_review(), e.TaskFailed("t1", "died")], Outcome.FAILED, 0),
        ([*to_review(), e.TaskFailed("t1", "died"), SENT_BACK], Outcome.OPEN, 1),
        ([*to_review(), e.TaskCancelled("t1")], Outcome.CANCELLED, 0),
        ([*to_review(), e.TaskFailed("t1", "x"), e.TaskCancelled("t1")], Outcome.FAILED, 0),
        ([*to_landed(), e.LandingUndone("t1", "main", OTHER, COMMIT)], Outcome.UNDONE, 0),
        (to_review(), Outcome.OPEN, 0),
    ],
)
def test_what_became_of_an_attempt(facts: list[Any], outcome: Outcome, rounds: int) -> None:
    (one,), _ = told(*facts)
    assert (one.outcome, one.rounds) == (outcome, rounds)


def test_each_try_is_an_attempt_of_its_own_and_an_opinion_is_none() -> None:
    found, state = told(
        *to_review(), e.TaskFailed("t1", "died"), e.TaskRetried("t1"), claimed("s2", "t1", "other"),
        added("t2", reads="t1"), claimed("s3", "t2"),
    )  # fmt: skip
    assert [(one.session, one.outcome) for one in found] == [
        ("s1", Outcome.FAILED), ("s2", Outcome.OPEN),
    ]  # fmt: skip
    spent = {"s1": Tokens(cost_usd=2.0)}
    known = stats.groups(found, state, By.SUBSCRIPTION, spent, {})
    assert [(one.key, one.decided, one.cost_per_landed) for one in known] == [
        ("max", 1, None), ("other", 0, None),
    ]  # fmt: skip


def test_a_landing_costs_what_its_failures_cost_too() -> None:
    second = [
        added("t2"), claimed("s2", "t2"), e.SessionStarted("s2", 8), e.TaskFailed("t2", "died"),
    ]  # fmt: skip
    found, _ = told(*to_landed(), *second)
    whole = stats.group("", found, {"s1": Tokens(cost_usd=1.0), "s2": Tokens(cost_usd=3.0)})
    assert whole.cost_per_landed == 4.0
    assert whole.to_review == 5.0  # facts are a second apart


def test_sizes_and_durations_come_in_their_order() -> None:
    found, state = told(*to_landed(), added("t2"), claimed("s2", "t2"))
    assert [g.key for g in stats.groups(found, state, By.SIZE, {}, {})] == [
        stats.NO_CHANGE, "1-10 lines",
    ]  # fmt: skip
    assert [g.key for g in stats.groups(found, state, By.DURATION, {}, {})] == [
        "under 5 min", stats.UNFINISHED,
    ]  # fmt: skip


@given(st.integers(0, 500), st.integers(0, 500))
def test_an_interval_holds_the_share_and_never_claims_certainty(good: int, bad: int) -> None:
    low, high = stats.wilson(good, good + bad)
    assert 0.0 <= low <= high <= 1.0
    if many := good + bad:
        assert low - 1e-12 <= good / many <= high + 1e-12
        assert low < 1.0
        assert high > 0.0


def test_few_are_called_few_and_all_is_never_a_bare_hundred() -> None:
    assert share(3, 3) == "3 of 3, too few"
    assert share(10, 10) == "10 of 10, 100% (72-100)"
    assert share(0, 0) == "none decided"
    assert stats.wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
