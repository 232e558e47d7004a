"""What others changed in a turn is taken over in one piece, and is what the facts tell."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conductor import events as e
from conductor import leaps
from conductor.draft import Draft
from conductor.fold import fold
from conductor.journal import Journal
from conductor.leaps import Leaps, apply, difference
from conductor.packing import pack
from conductor.state import EMPTY, State
from tests.conductor.facts import ANY_HISTORY, added, claimed, records, to_landed, told

ROOT = Path(__file__).parents[2]


@given(ANY_HISTORY, ANY_HISTORY)
def test_a_difference_makes_the_one_state_the_other(
    first: list[e.Fact], then: list[e.Fact]
) -> None:
    before = told(*first)
    after = told(*then, state=before)
    draft = Draft(before)
    apply(draft, json.loads(json.dumps(difference(before, after))))
    assert draft.settled() == after
    assert list(draft.settled().tasks) == list(after.tasks)
    assert list(draft.settled().messages) == list(after.messages)


@given(st.lists(st.integers(1, 400), max_size=60), st.integers(1, 5))
def test_a_difference_holds_across_the_layers_of_large_collections(
    numbers: list[int], step: int
) -> None:
    before = state = told(*[added(f"t{number}") for number in range(1, 301)])
    for number in numbers:
        more = [claimed(f"s{number * step}", f"t{number}"), e.SessionEnded(f"s{number}", "exit", 0)]
        state = told(*more, state=state)
    draft = Draft(before)
    apply(draft, json.loads(json.dumps(difference(before, state))))
    assert draft.settled() == state


Turn = Callable[..., State]


@pytest.fixture
def turn(tmp_path: Path) -> Turn:
    """Let a turn with these facts be had and told, and return the state after it."""

    def had(number: int, before: State, *facts: e.Fact) -> State:
        mine = _leaps(tmp_path)
        mine.begin(before)
        after = fold(before, records(*facts, start=before.seq + 1))
        mine.go_on(after, _time(after.seq))
        mine.end(number)
        return after

    return had


def _leaps(folder: Path) -> Leaps:
    return Leaps(os.open(folder / "leaps", os.O_RDWR | os.O_CREAT))


_TIMES = {seq: float(seq - 1) for seq in range(1, 1000)}


def _time(seq: int) -> float:
    """Say when facts were: a second apart, as `turn` has them."""
    return _TIMES[seq]


def test_what_follows_in_turns_is_followed_to_the_end(tmp_path: Path, turn: Turn) -> None:
    one = turn(1, EMPTY, *to_landed("t1", "s1"))
    two = turn(2, one, *to_landed("t2", "s2"))
    turn(4, fold(two, records(added("t3"), start=two.seq + 1)), *to_landed("t4", "s4"))
    mine = _leaps(tmp_path)
    assert mine.followed(EMPTY, _time) == two, "what is not told in between is not leapt over"
    assert mine.followed(one, _time) == two
    assert mine.followed(two, _time) is two


def test_the_place_of_an_old_one_is_used_again(tmp_path: Path, turn: Turn) -> None:
    one = turn(1, EMPTY, *to_landed("t1", "s1"))
    two = turn(1 + leaps.LEAPS, one, *to_landed("t2", "s2"))
    assert _leaps(tmp_path).followed(EMPTY, _time) is EMPTY
    assert _leaps(tmp_path).followed(one, _time) == two


def test_little_and_very_much_is_told_by_the_facts(tmp_path: Path, turn: Turn) -> None:
    turn(1, EMPTY, added("t1"))
    assert _leaps(tmp_path).followed(EMPTY, _time) is EMPTY
    turn(2, EMPTY, *[added(f"t{number}", title="x" * 100) for number in range(1, 401)])
    assert _leaps(tmp_path).followed(EMPTY, _time) is EMPTY


def test_one_of_another_journal_is_not_followed(tmp_path: Path, turn: Turn) -> None:
    one = turn(1, EMPTY, *to_landed("t1", "s1"))
    assert _leaps(tmp_path).followed(EMPTY, _time) == one
    assert _leaps(tmp_path).followed(EMPTY, lambda seq: _time(seq) + 0.5) is EMPTY
    assert _leaps(tmp_path).followed(EMPTY, lambda seq: None) is EMPTY


def test_one_of_a_state_of_another_shape_is_not_followed(
    tmp_path: Path, turn: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn(1, EMPTY, *to_landed("t1", "s1"))
    monkeypatch.setattr(leaps, "_SALT", 1)
    assert _leaps(tmp_path).followed(EMPTY, _time) is EMPTY


@given(st.data())
def test_a_damaged_one_is_not_followed(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    mine = _leaps(folder)
    after = told(*to_landed())
    mine.begin(EMPTY)
    mine.go_on(after, _time(after.seq))
    mine.end(0)
    written = bytearray((folder / "leaps").read_bytes())
    used = [*range(leaps._HEAD.size), *range(leaps._BODIES, len(written))]
    for at in data.draw(st.lists(st.sampled_from(used), min_size=1, max_size=3, unique=True)):
        written[at] ^= data.draw(st.integers(1, 255))
    (folder / "leaps").write_bytes(written[: data.draw(st.integers(0, len(written)))])
    assert mine.followed(EMPTY, _time) in (EMPTY, after)
    (folder / "leaps").write_bytes(written)
    assert mine.followed(EMPTY, _TIMES.get) is EMPTY


@pytest.mark.parametrize(
    "told", ["", "[", "5", '{"tasks": 5}', '{"tasks": [[[0, 999], ["t1", 1]]]}']
)
def test_one_that_nobody_of_us_wrote_is_not_followed(tmp_path: Path, told: str) -> None:
    body = told.encode()
    head = (0, 9, _time(9), len(body))
    written = leaps._HEAD.pack(*head, leaps._checksum(body, head)).ljust(leaps._BODIES, b"\0")
    (tmp_path / "leaps").write_bytes(written + body)
    assert _leaps(tmp_path).followed(EMPTY, _time) is EMPTY


_DECIDES = """
import sys
from conductor import leaps
from conductor.journal import Journal
from conductor.packing import pack
from tests.conductor.facts import added, claimed
from conductor import events as e

leapt = 0
follows = leaps.Leaps.followed

def followed(self, state, when):
    global leapt
    after = follows(self, state, when)
    leapt += after.seq - state.seq
    return after

leaps.Leaps.followed = followed
with Journal(sys.argv[1]) as journal:
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(100):
        with journal.decide() as decision:
            task = f"t{decision.state.next_task}"
            decision.append(added(task))
        with journal.decide() as decision:
            session = f"s{decision.state.next_session}"
            decision.append(claimed(session, task))
        journal.append(e.SessionEnded(session, "exit", 0))
    state = journal.catch_up()
    journal.append(e.TroubleSeen(f"{state.seq} {leapt}", "told"))
    from conductor.fold import fold
    from conductor.state import EMPTY
    anew = fold(EMPTY, journal.since(0, state.seq))
    print(leapt, state == anew, list(state.tasks) == list(anew.tasks))
"""


def test_processes_that_leap_know_what_the_facts_tell(tmp_path: Path) -> None:
    folder = str(tmp_path / "journal")
    argv = [sys.executable, "-c", _DECIDES, folder]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    children = [subprocess.Popen(argv, cwd=ROOT, **pipes) for _ in range(5)]  # type: ignore[call-overload]
    for child in children:
        assert child.stdout.readline() == "ready\n"
    for child in children:
        child.stdin.write("go\n")
        child.stdin.flush()
    words = [child.communicate(timeout=120)[0].split() for child in children]
    assert [word[1:] for word in words] == [["True", "True"]] * 5
    assert sum(int(word[0]) for word in words) > 0, "nobody leapt"
    with Journal(folder) as journal:
        assert journal.state.next_task == journal.state.next_session == 501
        assert pack(journal.state) == pack(fold(EMPTY, journal.since(0)))
