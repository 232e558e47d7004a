"""From the queue to a slot: claims what may start, in one decision that nobody can interrupt."""

from __future__ import annotations

from collections.abc import Mapping

from conductor import events as e
from conductor import headroom, meters
from conductor.runner.reach import Reach
from conductor.samples import Tokens
from conductor.scheduler import Pass, Start, ready
from conductor.state import State

LOOK = 300.0
"""Seconds between two looks whether a filler may start."""

REPAIRED = 2.0
"""Seconds between two looks at settings that keep a task from starting: a person may mend them."""

COUNTED = 10.0
"""Seconds for which a count of today's tokens will do."""


class Dispatch:
    """Gives free slots to waiting tasks."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self._today: tuple[float, Mapping[str, Tokens]] = (0.0, {})
        self._absent: tuple[float, Mapping[str, str]] = (0.0, {})

    def look(self, state: State) -> None:
        """Claim what may start now, and note what a person keeps from starting."""
        if state.refills:
            self._refill()
        if not state.queue and not state.waits:
            return
        now = self.reach.now()
        spent = self._spent(now)
        if any(self._choose(state, now, spent)):
            with self.reach.journal.decide() as decision:
                starts, passes = self._choose(decision.state, now, spent)
                for start in starts:
                    session = f"s{decision.state.next_session}"
                    message = f"m{decision.state.next_message}"
                    decision.append(
                        e.SessionClaimed(
                            session, start.task, start.harness, start.subscription, start.model
                        ),
                        e.MessageQueued(session, message, "", kind="task", author="runner"),
                    )
                decision.append(*[e.TaskPassedOver(one.task, one.why) for one in passes])
        self._tell_who_waits(now, spent)

    def _choose(
        self, state: State, now: float, spent: Mapping[str, Tokens]
    ) -> tuple[list[Start], list[Pass]]:
        repos = {root: self.reach.repo(root) for root in state.repos}
        return ready(
            state, self.reach.subscriptions, repos, now,
            spent=spent, wary=self.reach.wary, absent=self._missing(now),
        )  # fmt: skip

    def _refill(self) -> None:
        """Put fillers that landed into the queue again: they are standing wishes."""
        with self.reach.journal.decide() as decision:
            for ident in decision.state.refills:
                old = decision.state.tasks[ident]
                text = self.reach.journal.text(old.told)
                decision.append(
                    e.TaskAdded(
                        f"t{decision.state.next_task}", old.title, text, old.repo,
                        old.priority, template=old.template, harness=old.harness,
                        subscription=old.subscription, model=old.model, verify=old.verify,
                        filler=True, refills=ident,
                    )
                )  # fmt: skip

    def _tell_who_waits(self, now: float, spent: Mapping[str, Tokens]) -> None:
        """Say until when no subscription has room, and look again then."""
        state = self.reach.journal.state
        known = self.reach.subscriptions
        found = headroom.waits(state, known, now, spent)
        if headroom.differences(state.waits, found):
            with self.reach.journal.decide() as decision:
                changed = headroom.differences(decision.state.waits, found)
                decision.append(*[e.RoomAwaited(*one) for one in changed])
        returns = [at for at in state.limits.values() if at > now]
        returns += [until for _, until in found.values()]
        if state.queue and returns:
            self.reach.wake_at(min(returns))
        queued = [state.tasks[f"t{number}"] for _, number in state.queue]
        if any(task.why for task in queued):
            self.reach.wake_in(REPAIRED)
        if any(task.filler for task in queued):
            self.reach.wake_in(LOOK)

    def _missing(self, now: float) -> Mapping[str, str]:
        """Return the programs that are not there, looked for anew where one may be by now."""
        at, found = self._absent
        if not 0 <= now - at < REPAIRED:
            found = self.reach.absent()
            self._absent = (now, found)
        return found

    def _spent(self, now: float) -> Mapping[str, Tokens]:
        """Return what each subscription has used today, where a ceiling asks for it."""
        known = self.reach.subscriptions
        if all(one.daily_tokens is None and one.daily_usd is None for one in known):
            return {}
        at, told = self._today
        if not 0 <= now - at < COUNTED:
            told = meters.totals(self.reach.journal, headroom.midnight(now))
            self._today = (now, told)
        return told
