"""Sessions whose agent did not start where they were moved to: they go on in another way there,
or back where they came from, and the person is told.

A conversation that cannot be taken up becomes a hand-over in writing on the same subscription. An
agent that does not start at all there (nobody is signed in) sends its session back. Where that does
not start either, the task fails, with all that was done kept.
"""

from __future__ import annotations

import asyncio
from functools import partial

from conductor import events as e
from conductor.moves import trouble
from conductor.runner import handover
from conductor.runner.reach import Reach
from conductor.runner.remains import end_all
from conductor.runner.resets import CONTINUE, has_words
from conductor.runner.turns import Turns
from conductor.state import ALIVE, Session, SessionState, State

SILENT = 180.0
"""Seconds in which an agent that was moved shows a sign of life, unless the person sees to it."""


class Stranded:
    """Finds another way for sessions whose move did not succeed."""

    def __init__(self, reach: Reach, turns: Turns) -> None:
        self.reach = reach
        self.turns = turns

    def look(self, state: State) -> None:
        """Begin with those whose agent has ended before it was ready."""
        for session in state.on_the_way():
            if not session.arriving or state.tasks[session.task].state not in ALIVE:
                continue
            if session.stranded:
                self.reach.work.begin(f"{session.id} move", partial(self._again, session.id))
            elif session.state is SessionState.STARTING and session.launched:
                silent = session.launched + SILENT
                if silent > self.reach.now():
                    self.reach.wake_at(silent)
                else:
                    self.reach.work.begin(f"{session.id} stranded", partial(self._end, session))
        self._clear(state)

    async def _end(self, session: Session) -> float | None:
        """End an agent that only shows a dialog, say, unless somebody is there to answer it."""
        listed = await asyncio.to_thread(self.reach.tmux.list)
        if any(one.session == session.id and one.visited for one in listed):
            return SILENT
        why = await asyncio.to_thread(self.turns.screen, session)
        await asyncio.to_thread(end_all, self.reach.tmux, session)
        now = self.reach.now_of(session)
        if now.state is SessionState.STARTING:
            self.reach.journal.append(e.SessionEnded(session.id, "ended by us", None, why))
        return None

    async def _again(self, ident: str) -> None:
        session = self.reach.state().sessions[ident]
        screen = await asyncio.to_thread(self.turns.screen, session)
        said = (session.why or screen).strip() or "it ended without a word"
        resumed, there = session.vendor_session is not None, session.subscription
        text = await handover.write(self.reach, session)
        with self.reach.journal.decide() as decision:
            same = decision.state.sessions[ident]
            if not same.stranded or decision.state.tasks[same.task].state not in ALIVE:
                return
            number = f"m{decision.state.next_message}"
            if resumed:
                why = f"Its conversation could not be taken up on {there}, so it begins a new one"
                facts: list[e.Fact] = [
                    e.SessionMoved(ident, there, same.harness, same.model),
                    e.MessageQueued(ident, number, text, "handover", author="runner"),
                ]
            else:
                name, harness, vendor = same.lives[-1].split(" ")
                why = f"Its agent did not start on {there}, so it is back on {name}"
                model = decision.state.tasks[same.task].model
                facts = [e.SessionMoved(ident, name, harness, model, vendor)]
                if not has_words(decision.state, ident):
                    facts.append(
                        e.MessageQueued(ident, number, CONTINUE, "continue", author="runner")
                    )
                told = f"{ident} could not go on there: {said}"
                facts.append(e.TroubleSeen(trouble(there), told))
            decision.append(*facts, e.MoveFailed(ident, f"{why}: {said}"))

    def _clear(self, state: State) -> None:
        """Take back what was said of a subscription on which an agent has started since."""
        for subject, known in state.troubles.items():
            for one in self.reach.settings.subscriptions:
                if subject == trouble(one.name) and any(
                    session.subscription == one.name
                    and session.ready
                    and session.launched > known.since
                    for session in state.live.values()
                ):
                    self.reach.journal.append(e.TroubleCleared(subject))
