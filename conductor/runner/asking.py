"""Asking a vendor's own program for a subscription's windows, where only a fresh figure will do."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from pathlib import Path

from conductor import events as e
from conductor import windows
from conductor.config import Subscription
from conductor.runner.lines import sightings_of
from conductor.runner.reach import Reach
from harnesses import Harness, HarnessError, Metered, Order, Window

PATIENCE = 45.0
"""Seconds in which a vendor's program is expected to have told."""

AGAIN = 600.0
"""Seconds between two questions about one subscription, where a limited session waits for it."""

SELDOM = 3600.0
"""The same where a filler does."""

LONGEST = 1 << 20


class Asking:
    """Asks, seldom, and writes down what is told."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self._asked: dict[str, float] = {}

    def begin(self, name: str, again: float = AGAIN) -> bool:
        """Begin to ask about a subscription; False if it was asked a moment ago, or cannot be."""
        one = self.reach.settings.subscription(name)
        if one is None or not self._may(one):
            return False
        key = f"windows of {name}"
        if self.reach.work.has(key):
            return True
        if time.monotonic() - self._asked.get(name, -again) < again:
            return False
        self._asked[name] = time.monotonic()
        self.reach.work.begin(key, lambda: self._ask(one))
        return True

    def _may(self, one: Subscription) -> bool:
        try:
            return isinstance(self.reach.harness(one.harness), Metered)
        except HarnessError:
            return False

    async def _ask(self, one: Subscription) -> None:
        harness = self.reach.harness(one.harness)
        assert isinstance(harness, Metered)
        folder = Path(self.reach.places.state)
        order = Order(
            session="", worktree=folder, folder=folder, inbox=folder,
            home=Path(one.home) if one.home else None, env=dict(one.env),
        )  # fmt: skip
        asked = harness.ask_windows(order)
        env = {**self.reach.environment(), "TERM": "dumb", **asked.env}
        child = await asyncio.create_subprocess_exec(
            *asked.argv, cwd=folder, env=env, limit=LONGEST, start_new_session=True,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            assert child.stdin is not None
            child.stdin.write("".join(f"{line}\n" for line in asked.lines).encode())
            if not asked.lines:
                child.stdin.close()
            # A line longer than LONGEST is a ValueError: it tells nothing that is asked here.
            with contextlib.suppress(TimeoutError, ValueError):
                await asyncio.wait_for(self._hear(one, harness, child), PATIENCE)
        finally:
            if child.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
            await child.wait()

    async def _hear(
        self, one: Subscription, harness: Harness, child: asyncio.subprocess.Process
    ) -> None:
        """Read what the program says until it ends; once it has told, nothing more is asked."""
        assert child.stdin is not None
        assert child.stdout is not None
        while line := await child.stdout.readline():
            seen = sightings_of(harness, line.decode("utf-8", "replace"))
            told = [one for one in seen if isinstance(one, Window)]
            if not told:
                continue
            with self.reach.journal.decide() as decision:
                for window in told:
                    fact = e.WindowSeen(
                        one.name, window.name, window.used, window.resets, window.length,
                        window.model or None, "asked",
                    )  # fmt: skip
                    known = decision.state.windows.get(windows.key(one.name, window.name))
                    if windows.is_news(known, fact, decision.at):
                        decision.append(fact)
            child.stdin.close()
