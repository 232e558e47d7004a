"""Limited sessions: offered to the person, moved, or left to wait; each as the person has set it.

A move ends the agent, takes its conversation along where the other home is of the same vendor, or
writes a hand-over where it is not, and lets the session go on in the same worktree.
"""

from __future__ import annotations

import asyncio
import os
from functools import partial
from pathlib import Path

from conductor import events as e
from conductor.config import Subscription
from conductor.headroom import fits, may_lapse
from conductor.moves import Options, model_on, options
from conductor.runner import handover
from conductor.runner.asking import SELDOM, Asking
from conductor.runner.carrying import carry, carry_beside
from conductor.runner.reach import Reach
from conductor.runner.remains import end_all
from conductor.runner.resets import CONTINUE, has_words
from conductor.runner.sightings import Sightings
from conductor.runner.turns import Turns
from conductor.runner.work import EXPECTED, words
from conductor.state import ALIVE, CHOSEN, Session, SessionState, State
from harnesses import HarnessError, Metered


class Failover:
    """Moves sessions to where there is room."""

    def __init__(self, reach: Reach, turns: Turns, sightings: Sightings) -> None:
        self.reach = reach
        self.turns = turns
        self.sightings = sightings
        self.asking = Asking(reach)

    def look(self, state: State) -> None:
        """Begin the moves that are asked for, and see to the sessions that are limited."""
        for session in state.on_the_way():
            if session.moving:
                self.reach.work.begin(f"{session.id} move", partial(self._move, session.id))
        self._ask_for_fillers(state)
        if self.reach.settings.failover == "off":
            return
        for session in state.live.values():
            if self._waits(state, session):
                self._see_to(session)

    def _waits(self, state: State, session: Session) -> bool:
        limited = session.state is SessionState.LIMITED and (session.until or 0) > self.reach.now()
        alive = state.tasks[session.task].state in ALIVE
        return limited and alive and not session.moving and not session.stopping

    def _ask_for_fillers(self, state: State) -> None:
        """Have fresh figures where a filler waits, and old ones say that allowance may lapse."""
        queued = [state.tasks[f"t{number}"] for _, number in state.queue]
        now = self.reach.now()
        for task in (task for task in queued if task.filler):
            for one in self.reach.subscriptions:
                if fits(one, task) and may_lapse(state, one, task.model, now):
                    self.asking.begin(one.name, SELDOM)

    # Whether.

    def _see_to(self, session: Session) -> None:
        """Move a limited session, offer that, or say why it stays."""
        asks = self.reach.settings.failover == "ask"
        if asks and session.declined == CHOSEN:
            return
        now, known = self.reach.now(), self.reach.subscriptions
        found = options(self.reach.journal.state, session, known, now)
        if not found.ready and not session.offers:
            asked = [self.asking.begin(name) for name in found.unsure]
            if any(asked):
                return  # what is told by it brings us back here
        if not self._facts(session, found, asks):
            return
        with self.reach.journal.decide() as decision:
            same = decision.state.sessions[session.id]
            if self._waits(decision.state, same):
                found = options(decision.state, same, known, decision.at)
                decision.append(*self._facts(same, found, asks))

    def _facts(self, session: Session, found: Options, asks: bool) -> list[e.Fact]:
        if asks and {*session.offers} & {*found.ready, *found.unsure}:
            return []
        if found.ready and asks:
            return [e.MoveOffered(session.id, found.ready)]
        if found.ready:
            return [e.MoveAsked(session.id, found.ready[0], "runner")]
        if found.brief or found.why == session.declined:
            return []
        return [e.MoveDeclined(session.id, found.why)]

    # How.

    async def _move(self, ident: str) -> None:
        session = self.reach.state().sessions[ident]
        try:
            await self._carry_out(session)
        except EXPECTED as error:
            why = f"It could not be moved to {session.moving}: {words(error)}"
            with self.reach.journal.decide() as decision:
                same = decision.state.sessions[ident]
                decision.append(e.MoveFailed(ident, why))
                if not same.live and same.midway and not has_words(decision.state, ident):
                    decision.append(_message(decision.state, ident, CONTINUE, "continue"))

    async def _carry_out(self, session: Session) -> None:
        one = self.reach.settings.subscription(session.moving or "")
        if one is None:
            raise HarnessError(f"there is no subscription {session.moving!r} any more")
        self.reach.harness(one.harness)
        if session.live:
            await self._end(session)
        await self.turns.keep(self.reach.now_of(session))
        session = self.reach.now_of(session)
        moved, carried = await asyncio.to_thread(self._take_along, session, one)
        text = ""
        if session.ready and not carried:
            text = await handover.write(self.reach, session)
        with self.reach.journal.decide() as decision:
            same = decision.state.sessions[session.id]
            if same.moving != one.name or decision.state.tasks[same.task].state not in ALIVE:
                return  # the person wants something else meanwhile
            decision.append(moved)
            for path in moved.records:  # what stands there has been read where it stood before
                found = os.stat(path)
                decision.mark(path, found.st_ino, found.st_size)
            if text:
                decision.append(_message(decision.state, same.id, text, "handover"))
            elif same.midway and not has_words(decision.state, same.id):
                decision.append(_message(decision.state, same.id, CONTINUE, "continue"))
        self.sightings.forget(session.id)

    async def _end(self, session: Session) -> None:
        """End its agent, so that only one at a time writes to the conversation."""
        left = await asyncio.to_thread(end_all, self.reach.tmux, session)
        if left:
            names = ", ".join(f"{each.command} ({each.pid})" for each in left)
            raise HarnessError(f"processes of {session.id} do not end: {names}")
        self.sightings.read(session.id)
        if self.reach.now_of(session).live:
            self.reach.journal.append(e.SessionEnded(session.id, "ended by us, to be moved"))

    def _take_along(self, session: Session, one: Subscription) -> tuple[e.SessionMoved, bool]:
        """Copy the conversation, if it can be; say what the session is from now on."""
        harness = self.reach.harness(one.harness)
        model = model_on(one, session)
        (self.reach.folder(session) / "limits").unlink(missing_ok=True)  # of the old subscription
        same = one.harness == session.harness and session.vendor_session and session.ready
        if same and isinstance(harness, Metered):
            own = self.reach.settings.subscription(session.subscription)
            homes = [each.home if each else None for each in (own, one)]
            old, new = (Path(home) if home else harness.default_home for home in homes)
            if records := carry(session.records, old, new):
                carry_beside(self._before(session), old, new)
                vendor = session.vendor_session
                return e.SessionMoved(
                    session.id, one.name, one.harness, model, vendor, records
                ), True
        known = [life.split(" ") for life in session.lives]
        before = next((v for name, h, v in known if (name, h) == (one.name, one.harness)), None)
        return e.SessionMoved(session.id, one.name, one.harness, model, before), False

    def _before(self, session: Session) -> tuple[str, ...]:
        """List the files of the conversations that a forked one goes on from, and may need."""
        state = self.reach.journal.state
        found: list[str] = []
        while source := state.sessions.get(state.tasks[session.task].forks or ""):
            found += source.records
            session = source
        return tuple(found)


def _message(state: State, ident: str, text: str, kind: str) -> e.MessageQueued:
    return e.MessageQueued(ident, f"m{state.next_message}", text, kind, author="runner")
