"""Work under way: one job a key, its failure told and tried again later, the rest unharmed."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Coroutine
from typing import Any

from conductor import events as e
from conductor.config import ConfigError
from conductor.journal import Journal, JournalError
from conductor.terminals.errors import TerminalError
from harnesses import HarnessError
from worktrees.errors import GitError

log = logging.getLogger("conductor.runner")

EXPECTED = (GitError, TerminalError, HarnessError, ConfigError, JournalError, OSError)
"""What the world may answer; anything else is a bug of ours."""

SCARCE = (
    "This machine has no memory or processes to spare for it. It is tried again; `ulimit -a` says "
    "what you may have."
)

LONGEST_WAIT = 60.0


def words(error: BaseException) -> str:
    """Say an error as a person should read it: the tool's words, and what to do."""
    hint = getattr(error, "hint", "")
    text = str(error).strip() or type(error).__name__
    return f"{text}. {hint}" if hint else text


def scarce(error: BaseException) -> bool:
    """Say whether Python itself could not have a thread or memory, which is told by no OSError."""
    if isinstance(error, BaseExceptionGroup):
        return all(map(scarce, error.exceptions))
    no_thread = isinstance(error, RuntimeError) and "start new thread" in str(error)
    return no_thread or isinstance(error, MemoryError)


Job = Callable[[], Coroutine[Any, Any, float | None]]
"""What is to be done. It returns after how many seconds it is worth another look, if not at once:
a job that could do nothing yet would else be begun again and again, as every end wakes the duties.
"""


class Work:
    """The runner's jobs. A job's key is also the subject of the trouble it may cause."""

    def __init__(self, journal: Journal, wake: Callable[[], None]) -> None:
        self._journal = journal
        self._wake = wake
        self._under_way: dict[str, asyncio.Task[float | None]] = {}
        self._standing: set[str] = set()
        self._wanted: set[str] = set()
        self._failures: dict[str, int] = {}
        self._not_before: dict[str, float] = {}

    @property
    def idle(self) -> bool:
        """Whether nothing is under way but what always is."""
        return self._under_way.keys() <= self._standing

    def has(self, key: str) -> bool:
        """Say whether a job of this key is under way, or waits after a failure."""
        later = self._not_before.get(key, 0.0) > asyncio.get_running_loop().time()
        return later or key in self._under_way

    def doing(self, key: str) -> bool:
        """Say whether a job of this key is under way."""
        return key in self._under_way

    def begin(self, key: str, job: Job, *, standing: bool = False) -> None:
        """Start a job unless one of its key is under way or failed a moment ago.

        A standing job keeps nobody waiting for the rest to be done.
        """
        self._wanted.add(key)
        if self.has(key):
            return
        if standing:
            self._standing.add(key)
        made = asyncio.create_task(job(), name=key)
        self._under_way[key] = made
        made.add_done_callback(self._ended)

    def looked(self) -> None:
        """Forget the failures of jobs that nobody wanted at the last look, and their troubles."""
        for key in self._failures.keys() - self._wanted - self._under_way.keys():
            self._recovered(key)
        self._wanted.clear()

    def _recovered(self, key: str) -> None:
        self._failures.pop(key, None)
        self._not_before.pop(key, None)
        if key in self._journal.state.troubles:
            self._tell(e.TroubleCleared(key))

    def _ended(self, made: asyncio.Task[float | None]) -> None:
        key = made.get_name()
        del self._under_way[key]
        if made.cancelled():
            return
        error = made.exception()
        if error is None:
            self._recovered(key)
            if later := made.result():
                self._put_off(key, later)
        else:
            self._failed(key, error)
        self._wake()

    def _failed(self, key: str, error: BaseException) -> None:
        lacking = scarce(error)
        known = lacking or isinstance(error, EXPECTED)
        log.error("%s: %s", key, words(error), exc_info=None if known else error)
        count = self._failures[key] = self._failures.get(key, 0) + 1
        self._put_off(key, min(LONGEST_WAIT, 2.0**count))
        why = SCARCE if lacking else words(error)
        if not known:
            why = f"A bug of ours: {type(error).__name__}: {why} (the runner's log has the details)"
        trouble = self._journal.state.troubles.get(key)
        if trouble is None or trouble.why != why:
            self._tell(e.TroubleSeen(key, why))

    def _put_off(self, key: str, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._not_before[key] = loop.time() + seconds
        loop.call_later(seconds + 0.05, self._wake)

    def _tell(self, fact: e.Fact) -> None:
        try:
            self._journal.append(fact)
        except (JournalError, sqlite3.Error) as error:
            log.error("cannot write %s: %s", type(fact).__name__, error)

    async def stop(self) -> None:
        """Give up what is under way; every job can be taken up again from the journal."""
        jobs = list(self._under_way.values())
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
