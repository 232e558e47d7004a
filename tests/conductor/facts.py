"""Facts for tests: a short way to write a history down, and any history at all."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from conductor import events as e
from conductor.fold import fold
from conductor.state import EMPTY, Record, State

COMMIT, OTHER = "a" * 40, "b" * 40


def added(task: str = "t1", **more: Any) -> e.TaskAdded:
    return e.TaskAdded(**{"task": task, "title": task, "text": f"do {task}", "repo": "/r"} | more)


def claimed(session: str = "s1", task: str = "t1", subscription: str = "max") -> e.SessionClaimed:
    return e.SessionClaimed(session, task, "builtin", subscription)


def to_review(task: str = "t1", session: str = "s1", commit: str = COMMIT) -> list[e.Fact]:
    """A task's life up to a change that waits for review."""
    return [
        added(task),
        claimed(session, task),
        e.SessionStarted(session, 7),
        e.SessionBusy(session, "hook"),
        e.SessionIdle(session, "hook", "done"),
        e.SnapshotTaken(session, commit, "c" * 40, ("a.py",), (), 3, 1),
        e.ReviewReady(task, session, commit, 1),
    ]


def to_landed(task: str = "t1", session: str = "s1") -> list[e.Fact]:
    return [
        *to_review(task, session),
        e.ChangeApproved(task, session, COMMIT),
        e.ChangeLanded(task, "main", OTHER, COMMIT),
    ]


def records(*facts: e.Fact | None, start: int = 1, at: float = 1000.0) -> list[Record]:
    return [Record(start + n, at + n, fact) for n, fact in enumerate(facts)]


def told(*facts: e.Fact | None, state: State = EMPTY) -> State:
    """The state after these facts, a second apart."""
    return fold(state, records(*facts, start=state.seq + 1, at=1000.0 + state.seq))


_TASKS = st.sampled_from(["t1", "t2", "t3", "t4", "t0", "x", ""])
_SESSIONS = st.sampled_from(["s1", "s2", "s3", "s4", "zzz"])
_BY_NAME: dict[str, st.SearchStrategy[Any]] = {
    "task": _TASKS,
    "session": _SESSIONS,
    "message": st.sampled_from(["m1", "m2", "m3", "m4"]),
    "after": st.lists(_TASKS, max_size=3).map(tuple),
    "repo": st.sampled_from(["/r", "/other place"]),
    "subscription": st.sampled_from(["max", "pro"]),
    "ask": st.sampled_from(["q1", "q2"]),
    "commit": st.sampled_from([COMMIT, OTHER]),
    "priority": st.integers(-3, 3),
}
_BY_KIND: dict[str, st.SearchStrategy[Any]] = {
    "str": st.text(max_size=12),
    "int": st.integers(0, 9),
    "float": st.floats(0, 1e9),
    "bool": st.booleans(),
    "tuple[str, ...]": st.lists(st.text(max_size=5), max_size=3).map(tuple),
}


def _values(cls: type[e.Fact]) -> st.SearchStrategy[e.Fact]:
    fields = {}
    for field, kind in zip(cls._fields, cls._kinds, strict=True):
        bare = kind.removesuffix(" | None")
        one = _BY_NAME.get(field, _BY_KIND[bare])
        fields[field] = one if bare == kind else st.none() | one
    return st.builds(cls, **fields)


ANY_FACT: st.SearchStrategy[e.Fact] = st.one_of([_values(cls) for cls in e.KINDS.values()])

# Histories that get somewhere, because a random walk over fifty kinds of fact hardly does.
_LIVES = st.sampled_from(["t1", "t2", "t3", "t4"]).map(lambda t: to_landed(t, f"s{t[1:]}"))
ANY_HISTORY: st.SearchStrategy[list[e.Fact]] = st.lists(
    st.one_of(
        ANY_FACT.map(lambda fact: [fact]),
        _LIVES.flatmap(lambda life: st.integers(1, len(life)).map(lambda n: life[:n])),
    ),
    max_size=25,
).map(lambda parts: [fact for part in parts for fact in part])
