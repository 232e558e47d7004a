"""The checks of a train's cars: several at once, each run once more when it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from conductor.runner.checks import Checks, Outcome
from conductor.runner.reach import Reach
from conductor.train import Car, Verdict


class Trials:
    """Which trees are checked now, and how they did."""

    def __init__(self, reach: Reach, checks: Checks, passed: set[tuple[str, str]]) -> None:
        self.reach = reach
        self.checks = checks
        self._passed = passed  # which command on which tree; outlives a line
        self._failed: dict[tuple[str, str], Outcome] = {}
        self._running: dict[str, asyncio.Task[None]] = {}

    @property
    def any(self) -> bool:
        """Whether a check is under way."""
        return bool(self._running)

    def verdict(self, car: Car) -> Verdict:
        """Say what is known of a car."""
        key = self._key(car)
        task = self.reach.journal.state.tasks[car.task]
        if not key[0] or key in self._passed or self.checks.has_passed(task, car.tree):
            return Verdict.PASSED
        if key in self._failed:
            return Verdict.FAILED
        return Verdict.CHECKING if car.tree in self._running else Verdict.WAITING

    def begin(self, car: Car) -> None:
        """Begin the check of a car."""
        if car.tree not in self._running:
            self._running[car.tree] = asyncio.create_task(self._check(car))

    def failure(self, car: Car) -> tuple[str, Outcome]:
        """Return the check that a car failed and how, and forget it: another try is a new one."""
        key = self._key(car)
        return key[0], self._failed.pop(key)

    def _key(self, car: Car) -> tuple[str, str]:
        return self.checks.command(self.reach.journal.state.tasks[car.task]) or "", car.tree

    async def _check(self, car: Car) -> None:
        """Check a car; what fails is run once more, because what passes then is flaky."""
        task, key = self.reach.journal.state.tasks[car.task], self._key(car)
        outcome = await self.checks.run_now(task, car.commit, car.tree, "landing")
        if not outcome.ok and outcome.code is not None:
            outcome = await self.checks.run_now(task, car.commit, car.tree, "landing", again=True)
        if outcome.ok:
            self._passed.add(key)
        else:
            self._failed[key] = outcome

    async def keep_only(self, cars: Iterable[Car]) -> None:
        """End the checks of what is on no car any more."""
        wanted = {car.tree for car in cars}
        given_up = [self._running.pop(tree) for tree in self._running.keys() - wanted]
        for one in given_up:
            one.cancel()
        await asyncio.gather(*given_up, return_exceptions=True)

    async def something(self) -> None:
        """Wait until a check has ended, or the world has changed."""
        change = asyncio.ensure_future(self.reach.change())
        try:
            await asyncio.wait(
                {change, *self._running.values()}, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            change.cancel()
        for tree in [tree for tree, one in self._running.items() if one.done()]:
            self._running.pop(tree).result()
