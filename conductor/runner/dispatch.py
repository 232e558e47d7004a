"""From the queue to a slot: claims what may start, in one decision that nobody can interrupt."""

from __future__ import annotations

from conductor import events as e
from conductor.runner.reach import Reach
from conductor.scheduler import Pass, Start, ready
from conductor.state import State


class Dispatch:
    """Gives free slots to waiting tasks."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach

    def look(self, state: State) -> None:
        """Claim what may start now, and note what a person keeps from starting."""
        if not state.queue:
            return
        now = self.reach.now()
        if any(self._choose(state, now)):
            with self.reach.journal.decide() as decision:
                starts, passes = self._choose(decision.state, now)
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
        returns = [at for at in state.limits.values() if at > now]
        if returns:
            self.reach.wake_at(min(returns))

    def _choose(self, state: State, now: float) -> tuple[list[Start], list[Pass]]:
        repos = {root: self.reach.repo(root) for root in state.repos}
        return ready(state, self.reach.subscriptions, repos, now)
