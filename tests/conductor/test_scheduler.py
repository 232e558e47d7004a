"""Who takes what next, as tables and as what holds of any queue."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from conductor import events as e
from conductor.config import Repo, Subscription, Tool
from conductor.fold import fold
from conductor.scheduler import Start, ready
from conductor.slots import deliverable, used_slots
from conductor.state import EMPTY, PRIORITY_IS_WORTH, Record, State, TaskState
from tests.conductor.facts import ANY_HISTORY, added, claimed, to_review, told

MAX = Subscription("max", "claude", slots=2)
PRO = Subscription("pro", "codex", slots=1)
NOW = 5000.0


def _starts(state: State, *subscriptions: Subscription, **repos: Repo) -> list[tuple[str, str]]:
    starts, _ = ready(state, subscriptions, {f"/{name}": repo for name, repo in repos.items()}, NOW)
    return [(start.task, start.subscription) for start in starts]


def _why(state: State, *subscriptions: Subscription, **repos: Repo) -> str:
    _, passes = ready(state, subscriptions, {f"/{name}": repo for name, repo in repos.items()}, NOW)
    return passes[0].why if passes else ""


def test_the_first_come_start_first_as_slots_allow() -> None:
    state = told(added("t1"), added("t2"), added("t3"))
    assert _starts(state, MAX) == [("t1", "max"), ("t2", "max")]


def test_priority_goes_before_waiting() -> None:
    state = told(added("t1"), added("t2", priority=1))
    assert _starts(state, PRO) == [("t2", "pro")]


def test_nobody_starves_below_a_higher_priority() -> None:
    late = 1000.0 + PRIORITY_IS_WORTH + 60
    state = fold(EMPTY, [Record(1, 1000.0, added("t1")), Record(2, late, added("t2", priority=1))])
    assert _starts(state, PRO) == [("t1", "pro")]


def test_work_spreads_to_whoever_has_most_room() -> None:
    state = told(added("t1"), added("t2"), added("t3"))
    assert sorted(name for _, name in _starts(state, MAX, PRO)) == ["max", "max", "pro"]


def test_a_wish_is_kept_or_its_reason_told() -> None:
    assert _starts(told(added(harness="codex")), MAX, PRO) == [("t1", "pro")]
    assert _starts(told(added(subscription="max")), MAX, PRO) == [("t1", "max")]
    assert "no subscription 'team'; there are max, pro" in _why(
        told(added(subscription="team")), MAX, PRO
    )
    assert "not for the harness 'codex'" in _why(
        told(added(subscription="max", harness="codex")), MAX, PRO
    )
    assert "conductor init" in _why(told(added()))


def test_one_that_cannot_start_holds_up_nobody() -> None:
    state = told(added("t1", harness="gone"), added("t2"))
    assert _starts(state, MAX) == [("t2", "max")]


def test_a_limited_subscription_starts_nothing_until_its_allowance_returns() -> None:
    limited = told(added("t1"), claimed(), e.SessionLimited("s1", "hook", NOW + 60), added("t2"))
    assert _starts(limited, MAX) == []
    assert _starts(limited, MAX, PRO) == [("t2", "pro")]
    over = told(added("t1"), claimed(), e.SessionLimited("s1", "hook", NOW - 60), added("t2"))
    assert _starts(over, MAX) == [("t2", "max")]


def test_no_new_task_starts_while_too_many_wait_for_review() -> None:
    state = told(*to_review("t1", "s1"), added("t2"), added("t3", repo="/q"))
    assert _starts(state, MAX, r=Repo(review_limit=1), q=Repo()) == [("t3", "max")]
    assert "review_limit is 1" in _why(state, MAX, r=Repo(review_limit=1))
    opinion = told(*to_review("t1", "s1"), added("t2", reads="t1"))
    assert _starts(opinion, MAX, r=Repo(review_limit=1)) == [("t2", "max")]


def test_a_message_goes_before_a_new_task() -> None:
    state = told(*to_review("t1", "s1"), e.MessageQueued("s1", "m1", "again"), added("t2"))
    one = MAX.but(slots=1)
    assert [m.id for m in deliverable(state, {"max": 1}, NOW)] == ["m1"]
    assert _starts(state, one) == []


def test_an_answer_needs_no_further_slot() -> None:
    state = told(
        added("t1"), claimed("s1", "t1"), added("t2"), claimed("s2", "t2"),
        e.SessionWaiting("s1", "hook", "q", "question", "?"),
        e.MessageQueued("s1", "m1", "yes", kind="answer", ask="q"),
    )  # fmt: skip
    assert [m.id for m in deliverable(state, {"max": 2}, NOW)] == ["m1"]


def test_messages_to_one_session_go_one_by_one_in_order() -> None:
    state = told(
        *to_review(), e.MessageQueued("s1", "m1", "first"), e.MessageQueued("s1", "m2", "second")
    )
    assert [m.id for m in deliverable(state, {"max": 5}, NOW)] == ["m1"]


@settings(max_examples=150)
@given(ANY_HISTORY, st.integers(1, 3), st.integers(1, 3))
def test_no_slot_is_overspent_and_no_task_chosen_twice(
    history: list[e.Fact], most: int, few: int
) -> None:
    state = told(*history)
    slots = {"max": most, "pro": few}
    known = [Subscription(name, "builtin", slots=count) for name, count in slots.items()]
    messages = deliverable(state, slots, NOW)
    starts, passes = ready(state, known, {}, NOW)
    assert len({m.session for m in messages}) == len(messages)
    assert len({s.task for s in starts}) == len(starts)
    assert not {s.task for s in starts} & {p.task for p in passes}
    assert all(state.tasks[s.task].state is TaskState.QUEUED for s in starts)
    woken = [state.sessions[m.session] for m in messages]
    for name, total in slots.items():
        before = used_slots(state).get(name, 0)
        idle = sum(s.subscription == name and s.state in ("idle", "ended") for s in woken)
        new = sum(s.subscription == name for s in starts)
        assert new + idle <= max(0, total - before)
        if state.limits.get(name, 0.0) > NOW:
            assert new == 0


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-2, 2)), min_size=1, max_size=30))
def test_every_task_gets_its_turn(arrivals: list[tuple[int, int]]) -> None:
    """A queue that others keep joining, one slot: each task starts within bounded rounds."""
    state, started, number, seq = EMPTY, [], 0, 0
    for round_number in range(200):
        at = 1000.0 + round_number * 3600
        facts: list[e.Fact] = []
        if round_number < len(arrivals):
            joining, priority = arrivals[round_number]
            for _ in range(joining):
                number += 1
                facts.append(added(f"t{number}", priority=priority))
        state = fold(state, [Record(seq + n, at, fact) for n, fact in enumerate(facts, 1)])
        seq += len(facts)
        starts, _ = ready(state, [PRO], {}, at)
        for start in starts:
            assert isinstance(start, Start)
            session = f"s{len(started) + 1}"
            started.append(start.task)
            facts = [claimed(session, start.task, "pro"), e.TaskFailed(start.task, "over"),
                     e.SessionEnded(session, "exit", 0)]  # fmt: skip
            state = fold(state, [Record(seq + n, at, fact) for n, fact in enumerate(facts, 1)])
            seq += len(facts)
    assert sorted(started) == sorted(f"t{n + 1}" for n in range(number))


def test_a_program_that_is_missing_keeps_tasks_waiting_and_is_named() -> None:
    state = told(added("t1"), added("t2"))
    starts, _ = ready(state, [MAX, PRO], {}, NOW, absent={"max": "claude"})
    assert {one.subscription for one in starts} == {"pro"}
    starts, passes = ready(state, [MAX, PRO], {}, NOW, absent={"max": "claude", "pro": "codex"})
    assert not starts
    assert [one.task for one in passes] == ["t1", "t2"]
    assert passes[0].why.startswith("claude, codex: not found")
    back = told(added("t1"), e.TaskPassedOver("t1", passes[0].why))
    assert ready(back, [MAX], {}, NOW)[0]


def test_an_untrusted_repository_holds_its_tasks_and_says_how_to_trust_it() -> None:
    state = told(added("t1"))
    repo = state.tasks["t1"].repo
    starts, passes = ready(state, [MAX, PRO], {}, NOW, wary={"claude", "codex"})
    assert not starts
    assert f"conductor trust {repo}" in passes[0].why
    starts, _ = ready(state, [MAX, PRO], {}, NOW, wary={"claude"})
    assert [one.subscription for one in starts] == ["pro"], "one that needs no trust goes on"
    both = told(added("t1"), added("t2"))
    starts, passes = ready(both, [MAX, PRO], {}, NOW, wary={"claude"})
    assert [one.subscription for one in starts] == ["pro"]
    assert [one.task for one in passes] == ["t2"], "and its full slots do not hide the question"
    for wishes in (Repo(setup="./s"), Repo(verify="./v"), Repo(tools=(Tool("t", "./t"),))):
        starts, passes = ready(state, [MAX], {repo: wishes}, NOW)
        assert not starts, "its commands would run"
        assert f"conductor trust {repo}" in passes[0].why
    assert ready(state, [MAX], {repo: Repo()}, NOW)[0]
    trusting = told(added("t1"), e.TaskPassedOver("t1", passes[0].why), e.RepoTrusted(repo))
    starts, _ = ready(trusting, [MAX], {}, NOW, wary={"claude"})
    assert [one.task for one in starts] == ["t1"]
    bare = told(added("t1"), e.RepoTrusted(repo, commands=False))
    assert ready(bare, [MAX], {}, NOW, wary={"claude"})[0]
    assert not ready(bare, [MAX], {repo: Repo(verify="./v")}, NOW)[0], "it named none then"
