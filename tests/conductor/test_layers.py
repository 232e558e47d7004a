"""The large collections of a state are a dict and a sorted list to whoever looks at them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conductor import layers
from conductor.layers import Layered, Line

KEYS = st.integers(0, 300).map("t{}".format)
WRITES = st.lists(st.tuples(KEYS, st.integers()), max_size=300)


@given(WRITES, WRITES, st.integers(0, 20))
def test_it_is_the_dict_that_the_same_writes_make(
    below: list[tuple[str, int]], above: list[tuple[str, int]], step: int
) -> None:
    plain, kept = dict(below), Layered(dict(below))
    for number, (key, value) in enumerate(above):
        if step and number % step == 0:
            before, seen = kept, list(kept.items())
            kept = kept.copy()
            kept[key] = value
            assert list(before.items()) == seen
            kept = kept.settled()
        else:
            kept = kept.copy()
            kept[key] = value
        plain[key] = value
    assert kept == plain
    assert list(kept) == list(plain)
    assert list(kept.values()) == list(plain.values())
    assert len(kept) == len(plain)
    assert all(kept.get(f"t{n}") == plain.get(f"t{n}") for n in range(301))
    assert all((f"t{n}" in kept) == (f"t{n}" in plain) for n in range(301))


@given(WRITES, st.lists(st.tuples(KEYS, st.integers() | st.none()), max_size=300))
def test_what_is_taken_out_is_not_there_until_it_is_put_in_again(
    below: list[tuple[str, int]], changes: list[tuple[str, int | None]]
) -> None:
    plain, kept = dict(below), Layered(dict(below))
    for key, value in changes:
        kept = kept.copy()
        if value is None:
            assert kept.pop(key) == plain.pop(key, None)
        else:
            kept[key] = plain[key] = value
        kept = kept.settled()
        assert len(kept) == len(plain)
        assert (key in kept) == (key in plain)
        assert kept.get(key) == plain.get(key)
    assert kept == plain
    assert sorted(kept) == sorted(plain)


@given(WRITES, WRITES, WRITES)
def test_what_was_put_in_since_is_found(
    below: list[tuple[str, int]], before: list[tuple[str, int]], since: list[tuple[str, int]]
) -> None:
    kept: Layered[object] = Layered(dict(below))
    for key, number in before:
        kept = kept.copy()
        kept[key] = number
        kept = kept.settled()
    then = kept
    put_in: dict[str, object] = {}
    for key, number in since:
        kept = kept.copy()
        kept[key] = put_in[key] = (number,)
        kept = kept.settled()
    assert kept.since(then) == put_in
    new = [key for key in put_in if key not in then]
    assert [key for key in kept.since(then) if key in new] == new


TURNS = st.lists(st.tuples(st.sampled_from((-2.0, 0.0, 1.5)), st.integers(1, 400)), unique=True)


@given(TURNS, TURNS, TURNS)
def test_a_line_is_the_sorted_list_of_what_was_put_in_and_not_taken_out(
    come: list[tuple[float, int]], gone: list[tuple[float, int]], late: list[tuple[float, int]]
) -> None:
    line, plain = Line(), []
    for turn in come:
        line = line.having(turn)
        plain.append(turn)
    for turn in gone:
        before = line
        line = line.without(turn)
        if turn in plain:
            assert turn in before
            plain.remove(turn)
    for turn in late:  # while the first leaves each time
        if plain:
            first = min(plain)
            plain.remove(first)
            line = line.without(first)
        if turn not in plain:
            line = line.having(turn)
            plain.append(turn)
    assert list(line) == sorted(plain)
    assert line == Line(plain)
    assert (len(line), bool(line)) == (len(plain), bool(plain))


def test_a_long_line_is_cut_into_blocks_and_stays_whole() -> None:
    line = Line()
    for number in range(1000, 0, -1):
        line = line.having((0.0, number))
    assert list(line) == [(0.0, number) for number in range(1, 1001)]
    assert max(map(len, line._blocks)) <= 2 * layers.BLOCK
    for number in range(1, 1001):
        line = line.without((0.0, number))
    assert not line
