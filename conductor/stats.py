"""How often agents succeed, and with what: attempts told by facts, counted with their uncertainty.

An attempt is one session's work at one task. What is counted, and what is not, is defined in
docs/stats.md; what has not been decided yet counts neither way.
"""

from __future__ import annotations

import json
from enum import StrEnum
from math import log10, sqrt
from statistics import median

from conductor import events as e
from conductor.state import Record
from conductor.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from conductor.journal import Journal
    from conductor.samples import Tokens
    from conductor.state import State

FEW = 5
"""Below so many decided attempts, a share says nothing."""

Z = 1.959964
"""Of an interval that holds the true share 95 times in a hundred."""


class Outcome(StrEnum):
    """What became of an attempt."""

    FIRST = "first"  # landed as it was first offered
    LATER = "later"  # landed after rounds that the person asked for
    FAILED = "failed"
    REJECTED = "rejected"
    UNDONE = "undone"  # landed, and taken back
    CANCELLED = "cancelled"
    OPEN = "open"


LANDED = (Outcome.FIRST, Outcome.LATER)
DECIDED = (*LANDED, Outcome.FAILED, Outcome.REJECTED, Outcome.UNDONE)


class By(StrEnum):
    """What attempts can be told apart by."""

    HARNESS = "harness"
    MODEL = "model"
    TEMPLATE = "template"
    SUBSCRIPTION = "subscription"
    SIZE = "size"
    DURATION = "duration"
    REPO = "repo"


class Attempt(Value):
    """One session's work at one task."""

    session: str
    task: str
    began: float
    outcome: Outcome = Outcome.OPEN
    rounds: int = 0
    offered: float | None = None  # when its change first waited for review
    decided: float | None = None


class Group(Value):
    """Attempts that have something in common."""

    key: str
    counts: Mapping[Outcome, int]
    to_review: float | None  # seconds, in the middle
    cost_usd: float | None  # of all of them
    unpriced: int

    @property
    def decided(self) -> int:
        """Attempts whose end says something about the agent."""
        return sum(self.counts.get(one, 0) for one in DECIDED)

    @property
    def landed(self) -> int:
        """Attempts that succeeded."""
        return sum(self.counts.get(one, 0) for one in LANDED)

    @property
    def cost_per_landed(self) -> float | None:
        """What a success cost, failures included; None where nobody knows."""
        return self.cost_usd / self.landed if self.landed and self.cost_usd is not None else None


def wilson(successes: int, many: int) -> tuple[float, float]:
    """Return the bounds of the share that so many successes speak for."""
    if not many:
        return 0.0, 1.0
    share, square = successes / many, Z * Z / many
    middle = (share + square / 2) / (1 + square)
    half = Z * sqrt(share * (1 - share) / many + square / (4 * many)) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)


def nines(share: float) -> float:
    """Return a share as the nines of reliability: 0.9 is one, 0.99 is two."""
    return max(0.0, -log10(max(1e-9, 1.0 - share)))


# From facts to attempts.

KINDS = (
    e.SessionClaimed, e.ReviewReady, e.ChangeSentBack, e.ChangeLanded, e.LandingUndone,
    e.ChangeRejected, e.TaskFailed, e.TaskCancelled,
)  # fmt: skip


def read(journal: Journal) -> list[Attempt]:
    """Read all attempts."""
    names = tuple(kind.__name__ for kind in KINDS)
    rows = journal.db.execute(
        f"SELECT seq, at, kind, body FROM facts WHERE kind IN {names} ORDER BY seq"
    )

    return attempts(
        (Record(seq, at, _fact(kind, body)) for seq, at, kind, body in rows), journal.state
    )


def _fact(kind: str, body: str) -> e.Fact | None:
    try:
        return e.from_body(kind, json.loads(body))
    except ValueError:
        return None


def attempts(records: Iterable[Record], state: State) -> list[Attempt]:
    """Tell attempts from facts, in the order they began; opinions on others' work are none."""
    found: dict[str, Attempt] = {}
    at_it: dict[str, str] = {}
    for record in records:
        fact = record.fact
        if isinstance(fact, e.SessionClaimed):
            task = state.tasks.get(fact.task)
            if task is not None and not task.reads and fact.session not in found:
                at_it[fact.task] = fact.session
                found[fact.session] = Attempt(fact.session, fact.task, record.at)
        elif (session := at_it.get(getattr(fact, "task", ""))) is not None and fact is not None:
            found[session] = _after(found[session], fact, record.at)
    return list(found.values())


def _after(one: Attempt, fact: e.Fact, at: float) -> Attempt:
    match fact:
        case e.ReviewReady() if one.offered is None:
            return one.but(offered=at)
        case e.ChangeSentBack():
            again = one.but(outcome=Outcome.OPEN, decided=None)
            return again.but(rounds=one.rounds + 1) if fact.author == "person" else again
        case e.ChangeLanded():
            outcome = Outcome.LATER if one.rounds else Outcome.FIRST
        case e.LandingUndone():
            outcome = Outcome.UNDONE
        case e.ChangeRejected():
            outcome = Outcome.REJECTED
        case e.TaskFailed():
            outcome = Outcome.FAILED
        case e.TaskCancelled() if one.outcome is Outcome.OPEN:
            outcome = Outcome.CANCELLED
        case _:
            return one
    return one.but(outcome=outcome, decided=at)


# Grouped.


def groups(
    found: Iterable[Attempt],
    state: State,
    by: By,
    spent: Mapping[str, Tokens],
    models: Mapping[str, str],
) -> list[Group]:
    """Put attempts that have something in common together: sizes and times in their order."""
    key = _key(state, by, models)
    sorted_in: dict[str, list[Attempt]] = {}
    for one in found:
        sorted_in.setdefault(key(one), []).append(one)
    if by in _ORDERED:
        names = [name for name in _ORDERED[by] if name in sorted_in]
    else:
        names = sorted(sorted_in, key=lambda name: (-len(sorted_in[name]), name))
    return [group(name, sorted_in[name], spent) for name in names]


def group(key: str, some: list[Attempt], spent: Mapping[str, Tokens]) -> Group:
    """Add attempts up."""
    counts: dict[Outcome, int] = {}
    for one in some:
        counts[one.outcome] = counts.get(one.outcome, 0) + 1
    waits = [one.offered - one.began for one in some if one.offered is not None]
    used = [spent[one.session] for one in some if one.session in spent]
    costs = [tokens.cost_usd for tokens in used if tokens.cost_usd is not None]
    return Group(
        key, counts, median(waits) if waits else None, sum(costs) if costs else None,
        sum(tokens.unpriced for tokens in used),
    )  # fmt: skip


NO_CHANGE = "no change"
SIZES = ((10, "1-10 lines"), (100, "11-100 lines"), (500, "101-500 lines"))
LARGE = "over 500 lines"
DURATIONS = (
    (300.0, "under 5 min"), (900.0, "5-15 min"), (3600.0, "15-60 min"), (14400.0, "1-4 h"),
)  # fmt: skip
LONG = "over 4 h"
UNFINISHED = "unfinished"

_ORDERED = {
    By.SIZE: (NO_CHANGE, *(name for _, name in SIZES), LARGE),
    By.DURATION: (*(name for _, name in DURATIONS), LONG, UNFINISHED),
}


def _key(state: State, by: By, models: Mapping[str, str]) -> Callable[[Attempt], str]:
    def key(one: Attempt) -> str:
        session, task = state.sessions.get(one.session), state.tasks.get(one.task)
        match by:
            case By.SIZE:
                lines = session.added + session.removed if session else 0
                return size(lines)
            case By.DURATION:
                return duration(one)
            case By.TEMPLATE:
                return (task.template if task else None) or ""
            case By.REPO:
                return task.repo if task else ""
            case By.MODEL:
                return models.get(one.session) or (session and session.model) or ""
        return str(getattr(session, by.value, "")) if session else ""

    return key


def size(lines: int) -> str:
    """Say how large a change is."""
    if not lines:
        return NO_CHANGE
    return next((name for most, name in SIZES if lines <= most), LARGE)


def duration(one: Attempt) -> str:
    """Say how long an attempt worked until it was first offered, or ended without that."""
    end = one.offered if one.offered is not None else one.decided
    if end is None:
        return UNFINISHED
    return next((name for most, name in DURATIONS if end - one.began < most), LONG)


def models_of(journal: Journal) -> dict[str, str]:
    """Return the model that each session of ours used most, as its records tell."""
    rows = journal.db.execute(
        "SELECT session, model, sum(output) FROM meters WHERE ours AND model != ''"
        " GROUP BY session, model ORDER BY 3"
    )
    return {session: model for session, model, _ in rows}
