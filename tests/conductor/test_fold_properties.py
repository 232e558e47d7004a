"""What holds of any history at all."""

from __future__ import annotations

import json
from collections import Counter

from hypothesis import example, given, settings
from hypothesis import strategies as st

from conductor import events as e
from conductor import packing
from conductor.fold import fold
from conductor.inbox import inbox
from conductor.state import ALIVE, EMPTY, State, TaskState
from conductor.values import row
from tests.conductor.facts import ANY_FACT, ANY_HISTORY, records, to_landed, told


def _plain(state: State) -> object:
    return json.loads(json.dumps(packing.pack(state)))


@settings(max_examples=50)
@given(ANY_HISTORY)
def test_a_batch_is_the_same_as_one_by_one(history: list[e.Fact]) -> None:
    whole = records(*history)
    stepwise = EMPTY
    for record in whole:
        stepwise = fold(stepwise, [record])
    assert fold(EMPTY, whole) == stepwise


@given(ANY_HISTORY)
def test_a_snapshot_is_the_same_as_folding_anew(history: list[e.Fact]) -> None:
    state = told(*history)
    assert packing.unpack(json.loads(json.dumps(packing.pack(state)))) == state


@given(ANY_HISTORY, ANY_HISTORY)
def test_a_snapshot_can_be_folded_on(first: list[e.Fact], then: list[e.Fact]) -> None:
    state = told(*first)
    thawed = packing.unpack(json.loads(json.dumps(packing.pack(state))))
    assert told(*then, state=thawed) == told(*then, state=state)


@given(ANY_HISTORY, ANY_HISTORY)
def test_an_older_state_stays_what_it_was(first: list[e.Fact], then: list[e.Fact]) -> None:
    state = told(*first)
    before = _plain(state)
    told(*then, state=state)
    assert _plain(state) == before


@settings(max_examples=200)
@example(to_landed("t1", "s1"))
@given(ANY_HISTORY)
def test_the_indexes_agree_with_the_tasks(history: list[e.Fact]) -> None:
    state = told(*history)
    tasks = state.tasks.values()
    assert list(state.queue) == sorted(t.turn for t in tasks if t.state is TaskState.QUEUED)
    assert state.counts == Counter(f"{t.state} {t.repo}" for t in tasks)
    assert state.live == {s.id: s for s in state.sessions.values() if s.live}
    assert state.under_way == {t.id: t for t in state.tasks.values() if t.under_way}
    assert sorted(state.unsettled) == sorted(s.id for s in state.sessions.values() if s.unsettled)
    assert sorted(state.landings) == sorted(t.id for t in tasks if t.state is TaskState.LANDING)
    assert sorted(state.landed) == sorted(t.id for t in tasks if t.state is TaskState.LANDED)
    assert len(set(state.undos)) == len(state.undos)
    assert set(state.repos) == {t.repo for t in tasks}
    assert all(state.next_task > t.number for t in tasks)
    assert all(state.next_session > s.number for s in state.sessions.values())


@given(ANY_HISTORY)
def test_what_is_waited_for_decides_whether_a_task_may_start(history: list[e.Fact]) -> None:
    state = told(*history)
    for task in state.tasks.values():
        if task.state is TaskState.QUEUED:
            assert all(
                state.tasks[one].state in (TaskState.LANDED, TaskState.DONE) for one in task.after
            )
        if task.state is TaskState.BLOCKED:
            assert task.why


@given(ANY_HISTORY)
def test_every_task_at_work_has_a_session(history: list[e.Fact]) -> None:
    state = told(*history)
    for task in state.tasks.values():
        if task.state in ALIVE:
            assert task.session in state.sessions
            assert state.sessions[task.session].task == task.id


@given(ANY_HISTORY)
def test_the_inbox_can_be_made_of_any_state(history: list[e.Fact]) -> None:
    items = inbox(told(*history))
    assert len(items) == len({row(item) for item in items})


@given(ANY_FACT)
def test_a_fact_survives_being_stored(fact: e.Fact) -> None:
    body = json.loads(json.dumps(e.to_body(fact)))
    assert e.from_body(type(fact).__name__, body) == fact


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["task", "title", "text", "repo", "after", "x"]), inner)
    ),
    max_leaves=8,
)


@given(st.sampled_from([*e.KINDS, "FromTheFuture"]), _JSON)
def test_whatever_was_stored_is_a_fact_that_can_be_folded_or_none(kind: str, body: object) -> None:
    told(e.from_body(kind, body))
