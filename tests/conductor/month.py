"""A simulated month: our own scheduler and rules of moving, on vendors that only exist in here.

Time goes in steps. What the runner would do between two of them is done by the same pure functions
that the runner calls; what vendors would do is done by `Account`, which alone knows the truth.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from conductor import events as e
from conductor import windows
from conductor.config import Subscription
from conductor.fold import fold
from conductor.headroom import differences, waits
from conductor.moves import options
from conductor.scheduler import ready
from conductor.state import EMPTY, Record, Session, SessionState, State

HOUR, DAY, WEEK = 3600.0, 86_400.0, 7 * 86_400.0
STEP = 120.0
BEGIN = 1_000_000.0
BACKLOG = 12


@dataclass
class Account:
    """One subscription at its vendor: what it allows, what has been used, when it is down."""

    plan: Subscription
    short: float  # what a 5-hour window allows, in slot-seconds of work
    week: float
    outages: tuple[tuple[float, float], ...] = ()
    used_short: float = 0.0
    used_week: float = 0.0
    short_ends: float = 0.0  # a 5-hour window begins with the first use after the last
    week_ends: float = BEGIN + WEEK
    used: float = 0.0

    def turn(self, now: float) -> None:
        if now >= self.short_ends:
            self.used_short = 0.0
        while now >= self.week_ends:
            self.used_week, self.week_ends = 0.0, self.week_ends + WEEK

    def down(self, now: float) -> bool:
        return any(begins <= now < ends for begins, ends in self.outages)

    @property
    def left(self) -> float:
        return min(self.short - self.used_short, self.week - self.used_week)

    def burn(self, now: float, wanted: float) -> float:
        """Use as much as is wanted and allowed; say how much that was."""
        self.turn(now)
        if wanted <= 0 or self.down(now):
            return 0.0
        if now >= self.short_ends:
            self.short_ends = now + 5 * HOUR
        done = max(0.0, min(wanted, self.left))
        self.used_short += done
        self.used_week += done
        self.used += done
        return done

    def told(self, now: float, how: str) -> list[e.WindowSeen]:
        name = self.plan.name
        short = e.WindowSeen(
            name, "5h", self.used_short / self.short, self.short_ends, 5 * HOUR, how=how
        )
        week = e.WindowSeen(name, "week", self.used_week / self.week, self.week_ends, WEEK, how=how)
        return [short, week] if self.short_ends > now else [week]

    def returns(self) -> float:
        """Say when what is used up returns."""
        return self.week_ends if self.week - self.used_week <= 1e-6 else self.short_ends

    def best(self, days: float) -> float:
        """What the best schedule would have used, knowing everything, with work always ready."""
        ends = self.week_ends
        twin = Account(self.plan, self.short, self.week, self.outages, week_ends=ends)
        now = BEGIN
        while now < BEGIN + days * DAY:
            twin.burn(now, self.plan.slots * STEP)
            now += STEP
        return twin.used


@dataclass
class Month:
    """The world: accounts, the state, and who works on what for how long yet."""

    accounts: dict[str, Account]
    chance: random.Random
    state: State = EMPTY
    now: float = BEGIN
    work: dict[str, float] = field(default_factory=dict)  # by session: seconds of it yet to be done
    moves: list[tuple[float, str, str]] = field(default_factory=list)
    asked: dict[str, float] = field(default_factory=dict)
    starts: list[tuple[float, str]] = field(default_factory=list)
    refused: int = 0  # starts on a subscription that had nothing left
    seq: int = 0
    spare: dict[str, float] = field(default_factory=dict)  # what was left of a step as tasks ended

    def write(self, *facts: e.Fact) -> None:
        if facts:
            records = [Record(self.seq + n, self.now, fact) for n, fact in enumerate(facts, 1)]
            self.seq += len(facts)
            self.state = fold(self.state, records)

    @property
    def plans(self) -> list[Subscription]:
        return [account.plan for account in self.accounts.values()]

    def step(self, *added: e.TaskAdded) -> None:
        """Do what happens in one step, in the runner's order."""
        self.write(*added, *self._arrive())
        self.write(*[fact for one in list(self.state.live.values()) for fact in self._live(one)])
        for session in list(self.state.live.values()):
            if session.state is SessionState.LIMITED:
                self._fail_over(session)
        self._dispatch()
        self.spare.clear()
        self.now += STEP

    def _live(self, session: Session) -> list[e.Fact]:
        account = self.accounts[session.subscription]
        if session.state is SessionState.LIMITED:
            if (session.until or 0.0) > self.now:
                return []
            return [e.SessionBusy(session.id, "it goes on")]  # and works from the next step on
        done = account.burn(self.now, min(STEP, self.work[session.id]))
        self.work[session.id] -= done
        if self.work[session.id] <= 1e-6:
            self.spare[session.subscription] = self.spare.get(session.subscription, 0) + STEP - done
        facts: list[e.Fact] = [
            told
            for told in account.told(self.now, session.id)
            if windows.is_news(
                self.state.windows.get(f"{told.subscription} {told.window}"), told, self.now
            )
        ]
        if self.work[session.id] <= 1e-6:
            return [*facts, *self._landed(session)]
        if account.left <= 1e-6 and not account.down(self.now):
            facts.append(e.SessionLimited(session.id, "record", account.returns(), "used up"))
        return facts

    def _landed(self, session: Session) -> list[e.Fact]:
        task, commit = session.task, "c" * 40
        return [
            e.SessionIdle(session.id, "record"),
            e.ReviewReady(task, session.id, commit),
            e.ChangeApproved(task, session.id, commit),
            e.ChangeLanded(task, "main", commit, commit),
            e.SessionEnded(session.id, "done", 0),
        ]

    def _fail_over(self, session: Session) -> None:
        found = options(self.state, session, self.plans, self.now)
        for name in found.unsure if not found.ready else ():
            if self.now - self.asked.get(name, 0.0) >= 600.0:
                self.asked[name] = self.now
                account = self.accounts[name]
                if not account.down(self.now):
                    account.burn(self.now, 1.0)  # asking costs a word, and begins a window
                    self.write(*account.told(self.now, "asked"))
        found = options(self.state, session, self.plans, self.now)
        if not found.ready:
            if not found.brief and found.why != session.declined:
                self.write(e.MoveDeclined(session.id, found.why))
            return
        name = found.ready[0]
        self.moves.append((self.now, session.id, name))
        self.refused += self.accounts[name].left <= 0
        self.write(
            e.MoveAsked(session.id, name, "runner"),
            e.SessionEnded(session.id, "ended by us"),
            e.SessionMoved(session.id, name, self.accounts[name].plan.harness),
            e.MessageQueued(session.id, f"m{self.seq}", "Continue.", "continue", author="runner"),
        )

    def _arrive(self) -> list[e.Fact]:
        """Start what was moved in the last step, and see it at work there."""
        facts: list[e.Fact] = []
        for message in self.state.messages.values():
            if message.author == "runner":
                launch = self.state.sessions[message.session].launches + 1
                facts += [
                    e.SessionStarted(message.session, 1, launch),
                    e.MessageDelivered(message.session, message.id),
                    e.SessionBusy(message.session, "record"),
                ]
        return facts

    def _dispatch(self) -> None:
        starts, _ = ready(self.state, self.plans, {}, self.now)
        number = self.state.next_session
        facts: list[e.Fact] = []
        for start in starts:
            session, number = f"s{number}", number + 1
            self.work[session] = self.chance.expovariate(1 / (1.2 * HOUR)) + 300.0
            self.starts.append((self.now, start.subscription))
            account = self.accounts[start.subscription]
            account.turn(self.now)
            self.refused += account.left <= 1e-6
            begun = account.burn(self.now, min(STEP, self.spare.pop(start.subscription, 0.0)))
            self.work[session] -= begun
            facts += [
                e.SessionClaimed(
                    session, start.task, start.harness, start.subscription, start.model
                ),
                e.SessionStarted(session, 1),
                e.SessionNamed(session, session),
                e.SessionBusy(session, "record"),
            ]
        self.write(*facts)
        found = waits(self.state, self.plans, self.now)
        self.write(*[e.RoomAwaited(*one) for one in differences(self.state.waits, found)])

    def forget(self) -> None:
        """Forget what is over, which no decision looks at, so that a month takes seconds."""
        live = {one.task for one in self.state.live.values()}
        queued = {f"t{number}" for _, number in self.state.queue}
        kept = {k: task for k, task in self.state.tasks.items() if k in live | queued}
        coming = {message.session for message in self.state.messages.values()}
        sessions = {k: s for k, s in self.state.sessions.items() if s.live or k in coming}
        kept |= {s.task: self.state.tasks[s.task] for s in sessions.values()}
        self.state = self.state.but(tasks=kept, sessions=sessions, landed=(), counts={})
