"""Tokens, read from the records of each subscription's home as its vendor writes them.

What is there already is read by a process of its own, at low priority; then the homes are watched,
and a new line is counted within moments. A home that cannot be read is a trouble with a sentence;
all others are read on.
"""

from __future__ import annotations

import asyncio
import os
import sys

from conductor import events as e
from conductor import prices
from conductor.homes import Home, homes, vendors
from conductor.intake import Intake, Task
from conductor.readers import left
from conductor.runner.reach import Reach
from conductor.state import State
from conductor.watches import watch
from harnesses.records import RecordsError
from harnesses.records.registry import RECORDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.intake import Failed

SWEEP = 300_000
"""Milliseconds between two looks at everything: what no watch told of is found then."""

BITE = 2 << 20
"""So many bytes are read between two other things that are to be done; more is left to others."""

AGAIN = 30.0
"""Seconds after which it is looked whether a folder that was not there has come."""

TRIES = 10
"""How often others are asked, who may be at it already, before we read it between all else."""


class Usage:
    """Counts what subscriptions spend."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self.intake = Intake(reach.journal)
        self._homes: list[Home] = []
        self._there: list[str] = []
        self._missing: list[str] = []
        self._enough = asyncio.Event()

    def look(self, state: State) -> None:
        """Follow the homes of the subscriptions there are."""
        settings = self.reach.settings
        wanted = homes(settings.subscriptions, RECORDS, os.environ, settings.harnesses)
        self.intake.vendors = vendors(settings.harnesses, RECORDS)
        if wanted != self._homes or self._moved():
            for home in self._homes:
                if home not in wanted:
                    self._tell(_subject(home), None)
            self._homes, self._there, self._missing = wanted, [], []
            self._enough.set()
        if wanted:
            self.reach.work.begin("usage", self._follow, standing=True)
            self.intake.attribute(state)
        self._look_again()

    def _moved(self) -> bool:
        """Say whether a folder has come or gone: of one above it no watch tells."""
        gone = not all(map(os.path.isdir, self._there))
        return gone or any(map(os.path.isdir, self._missing))

    def _look_again(self) -> None:
        if self._missing:
            self.reach.wake_at(self.reach.now() + AGAIN)

    async def _follow(self) -> None:
        """Read all that is new, then what is written from now on."""
        self._enough.clear()
        followed = self._homes
        await asyncio.to_thread(prices.load)
        self.intake.claim(followed)
        there = self._folders(followed)
        if not there:
            await self._sweep(followed)
            await self._enough.wait()
            return
        watched = watch(
            *there, watch_filter=None, debounce=160, step=80, stop_event=self._enough,
            rust_timeout=SWEEP, yield_on_timeout=True, ignore_permission_denied=True,
        )  # fmt: skip
        coming = asyncio.ensure_future(anext(watched, None))
        await asyncio.sleep(0)  # by now the watch is set up: nothing is missed from here on
        try:
            await self._sweep(followed)
            while (changes := await coming) is not None:
                coming = asyncio.ensure_future(anext(watched, None))
                paths = {path for _, path in changes}
                if not all(map(os.path.isdir, there)):
                    await self._sweep(followed)  # which tells of a home that is gone
                    return  # begun anew, with those that are there
                tasks = [task for path in paths for task in self._tasks(followed, path)]
                if not paths or self._troubled(followed) or any(map(os.path.isdir, paths)):
                    await self._sweep(followed)  # in a new folder much may have been written before
                else:
                    await self._read(tasks, lambda home, why: self._tell(_subject(home), str(why)))
        finally:
            coming.cancel()

    def _troubled(self, followed: list[Home]) -> bool:
        troubles = self.reach.journal.state.troubles
        return any(_subject(home) in troubles for home in followed)

    def _folders(self, followed: list[Home]) -> list[str]:
        """List the folders to watch, and note those that are not there yet."""
        folders = [f for home in followed for f in RECORDS[home.harness].folders(home.path)]
        there = [folder for folder in folders if os.path.isdir(folder)]
        self._there, self._missing = there, [one for one in folders if one not in there]
        self._look_again()
        return there

    def _tasks(self, followed: list[Home], path: str) -> list[Task]:
        """Say what there is to read for a file that has changed."""
        found = []
        for home in followed:
            kind = RECORDS[home.harness]
            if any(path.startswith(f"{folder}/") for folder in kind.folders(home.path)):
                record = kind.record(path)
                found += [task] if record and (task := self.intake.task(home, record)) else []
        return found

    async def _sweep(self, followed: list[Home]) -> None:
        """Look at everything, and tell of what cannot be read."""
        failed: dict[str, str] = {}

        def fail(home: Home, error: RecordsError) -> None:
            failed[_subject(home)] = str(error)

        await self._read([t for home in followed for t in self.intake.changed(home, fail)], fail)
        self.intake.price()
        for subject in map(_subject, followed):
            self._tell(subject, failed.get(subject))

    def _tell(self, subject: str, why: str | None) -> None:
        trouble = self.reach.journal.state.troubles.get(subject)
        if why and (trouble is None or trouble.why != why):
            self.reach.journal.append(e.TroubleSeen(subject, why))
        elif trouble and not why:
            self.reach.journal.append(e.TroubleCleared(subject))

    async def _read(self, tasks: list[Task], fail: Failed) -> None:
        for _ in range(TRIES):
            if sum(map(left, tasks)) <= BITE:
                break
            await self._helped()
            again = [self.intake.task(one.home, one.found.path) for one in tasks]
            tasks = [task for task in again if task and left(task)]
        for task in tasks:
            try:
                self.intake.read(task)
            except RecordsError as error:
                fail(task.home, error)
            await asyncio.sleep(0)

    async def _helped(self) -> None:
        """Have a process of its own read what there is much of, while all else goes on."""
        where = self.reach.places
        argv = (sys.executable, "-I", "-m", "conductor.readers", where.config, where.state)
        helper = await asyncio.create_subprocess_exec(*argv)
        try:
            await helper.wait()
        finally:
            if helper.returncode is None:
                helper.kill()


def _subject(home: Home) -> str:
    return f"the records of {home.subscription}"
