"""A window that is nearly used up is told once a level, from figures that can be believed."""

from __future__ import annotations

from conductor import events as e
from conductor.alerts import Told, sentence, standing
from conductor.state import State
from tests.conductor.facts import told

NOW = 1001.0  # facts are told from 1000 on, a second apart


def seen(used: float, state: State | None = None, resets: float = 9000.0) -> State:
    fact = e.WindowSeen("max", "5h", used, resets, 18000.0)
    return told(fact, state=state) if state else told(fact)


def levels(state: State, now: float = NOW) -> list[int]:
    return [one.level for one in standing(state, (95, 80), now)]


def test_the_highest_level_that_was_passed_counts() -> None:
    assert levels(seen(0.79)) == []
    assert levels(seen(0.80)) == [80]
    assert levels(seen(0.96)) == [95]
    assert levels(seen(1.0)) == [95]


def test_old_figures_and_those_of_a_window_that_is_over_say_nothing() -> None:
    assert levels(seen(0.9), NOW + 3600) == []
    assert levels(seen(0.9), 9001.0) == []


def test_a_level_is_told_once_in_a_window_and_again_in_the_next() -> None:
    memory = Told()
    state = seen(0.81)
    assert len(memory.news(standing(state, (80, 95), NOW))) == 1
    for used, news in ((0.79, 0), (0.82, 0), (0.95, 1), (0.99, 0)):
        state = seen(used, state)
        assert len(memory.news(standing(state, (80, 95), NOW + 9))) == news, used
    state = seen(0.85, state, resets=14000.0)
    assert len(memory.news(standing(state, (80, 95), NOW + 9))) == 1


def test_one_that_is_used_up_is_said_to_be() -> None:
    (one,) = standing(seen(1.0), (95,), NOW)
    assert sentence(one, NOW).startswith("max: its 5h allowance is used up, resets ")


def test_it_is_said_whose_window_it_is_and_where_it_is_heading() -> None:
    (one,) = standing(seen(0.96), (80,), NOW)
    said = sentence(one, NOW)
    assert said.startswith("max: 96% of its 5h allowance is used; at this pace empty at ")
