"""The train's plan: nobody overtakes without a reason, nobody is blamed for another."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from conductor.train import (
    TOGETHER,
    Car,
    Verdict,
    Wish,
    order,
    pair,
    still_valid,
    to_check,
)

W, C, P, F = Verdict.WAITING, Verdict.CHECKING, Verdict.PASSED, Verdict.FAILED
verdicts = st.lists(st.sampled_from([W, C, P, F]), max_size=12)


def wishes(*tasks: str, **more: float) -> list[Wish]:
    return [Wish(task, f"c{task}", more.get(task, 0.0)) for task in tasks]


def test_of_those_approved_together_the_one_that_clashes_least_goes_first() -> None:
    clashes = {pair("t1", "t2"): 3, pair("t2", "t3"): 1}
    assert [one.task for one in order(wishes("t1", "t2", "t3"), clashes)] == ["t3", "t1", "t2"]
    later = wishes("t1", "t2", "t3", t3=TOGETHER + 1)
    assert [one.task for one in order(later, clashes)] == ["t1", "t2", "t3"]


def test_nobody_goes_before_what_it_comes_after() -> None:
    queue = [Wish("t3", "c", 0.0, ("t1",)), Wish("t1", "c", 500.0), Wish("t2", "c", 100.0)]
    assert [one.task for one in order(queue, {})] == ["t2", "t1", "t3"]


def test_an_undoing_goes_first() -> None:
    queue = [*wishes("t1", "t2"), Wish("t3", "c", 900.0, undo=True)]
    assert [one.task for one in order(queue, {})] == ["t3", "t1", "t2"]


@given(
    st.lists(st.tuples(st.floats(0, 1e5), st.sets(st.integers(0, 9))), max_size=10),
    st.dictionaries(st.tuples(st.integers(0, 9), st.integers(0, 9)), st.integers(1, 9)),
)
def test_everybody_goes_once_and_in_order(queue, sizes) -> None:
    made = [
        Wish(f"t{n}", "c", at, tuple(f"t{a}" for a in after if a < n))
        for n, (at, after) in enumerate(queue)
    ]
    clashes = {pair(f"t{a}", f"t{b}"): size for (a, b), size in sizes.items()}
    went = order(made, clashes)
    assert sorted(one.task for one in went) == sorted(one.task for one in made)
    place = {one.task: at for at, one in enumerate(went)}
    for one in made:
        assert all(place[a] < place[one.task] for a in one.after)
    free = [one for one in went if not one.after]
    for earlier, later in itertools.pairwise(free):
        assert earlier.at <= later.at + TOGETHER


def test_cars_stand_until_the_target_or_one_of_them_changes() -> None:
    one, two, three = wishes("t1", "t2", "t3")
    cars = [Car(one, "m", "a", ""), Car(two, "a", "b", ""), Car(three, "b", "c", "")]
    assert still_valid(cars, [one, two, three], "m") == cars
    assert still_valid(cars[1:], [two, three], "a") == cars[1:]  # the first has landed
    assert still_valid(cars, [one, three], "m") == cars[:1]  # the second was taken back
    assert still_valid(cars, [one, two.but(change="new"), three], "m") == cars[:1]
    assert still_valid(cars, [one, two, three], "forced") == []


@given(verdicts, st.integers(1, 9))
def test_no_more_checks_than_allowed_and_none_behind_a_failure(seen, parallel) -> None:
    begun = to_check(seen, parallel)
    assert len(begun) + seen.count(C) <= max(parallel, seen.count(C))
    assert all(seen[at] is W for at in begun)
    assert all(F not in seen[:at] for at in begun)
    waits = [at for at, one in enumerate(seen) if one is W and F not in seen[:at]]
    assert begun == waits[: len(begun)]  # the first first
    assert len(begun) == min(len(waits), max(0, parallel - seen.count(C)))


@given(st.lists(st.booleans(), min_size=1, max_size=10), st.integers(1, 4), st.randoms())
def test_whatever_ends_first_the_same_ones_are_blamed(good, parallel, dice) -> None:
    """Play a whole train, checks ending in any order: exactly those that break are blamed."""
    left, landed, blamed = list(range(len(good))), [], []
    known: dict[tuple[int, ...], Verdict] = {}

    def content(at: int) -> tuple[int, ...]:
        return (*landed, *left[: at + 1])

    for _ in range(1000):
        seen = [known.get(content(at), W) for at in range(len(left))]
        if not left:
            break
        if seen[0] is P:
            landed.append(left.pop(0))
        elif seen[0] is F:
            blamed.append(left.pop(0))
        else:
            known.update({content(at): C for at in to_check(seen, parallel)})
            running = [one for one, verdict in known.items() if verdict is C]
            one = dice.choice(running)
            known[one] = P if all(good[n] for n in one) else F
    assert not left
    assert landed == [n for n, fine in enumerate(good) if fine]
    assert blamed == [n for n, fine in enumerate(good) if not fine]
