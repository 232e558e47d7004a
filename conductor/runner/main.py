"""The runner: one process a home that looks at the state, acts, and writes down what happened.

Every duty looks at the newest state and begins what is missing. Nothing that matters is kept in
memory, so the runner can be killed at any moment and the next one goes on where it stood.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import logging.handlers
import os
import resource
import signal
import sys
import time
from contextlib import suppress
from typing import Protocol

from conductor import events as e
from conductor.bell import Bell
from conductor.journal import Journal, JournalError
from conductor.places import Places
from conductor.program import stamp
from conductor.runner.checks import Checks
from conductor.runner.delivery import Delivery
from conductor.runner.dispatch import Dispatch
from conductor.runner.ending import Ending
from conductor.runner.failover import Failover
from conductor.runner.forking import Forking
from conductor.runner.interference import Interference
from conductor.runner.landing import Landing
from conductor.runner.launching import Launching
from conductor.runner.lending import Lending
from conductor.runner.parts import Parts
from conductor.runner.pooling import Pooling
from conductor.runner.questions import Questions
from conductor.runner.reach import Reach
from conductor.runner.resets import Resets
from conductor.runner.resolving import Resolving
from conductor.runner.restoring import Restoring
from conductor.runner.shortage import AGAIN
from conductor.runner.sightings import Sightings
from conductor.runner.stranded import Stranded
from conductor.runner.suggestions import Suggestions
from conductor.runner.turns import Turns
from conductor.runner.usage import Usage
from conductor.runner.work import scarce
from conductor.slots import holds_slot
from conductor.state import SessionState, State, Task, TaskState
from conductor.terminals.errors import TerminalError
from worktrees.errors import short

log = logging.getLogger("conductor.runner")

DONE, FAILED, RENEWED = 0, 1, 3

CHECK = 60.0
"""Seconds between two looks at whether the program on disk is still the one that runs."""

FILES = 4096
"""Open files that are enough for any number of agents."""


class Duty(Protocol):
    """One thing the runner sees to."""

    def look(self, state: State) -> None:
        """Begin what the state shows to be missing."""


def run(
    places: Places, *, until_idle: bool = False, timeout: float | None = None, renews: bool = False
) -> int:
    """Be the runner of this home, until asked to stop; with `until_idle`, until all is done.

    With `renews`, until the program on disk is another one, too: what is imported later would not
    fit what is loaded. Whoever started us does so anew, then.
    """
    places.make()
    lock = places.open_lock(places.runner_lock)
    if not _taken(lock):
        return _other(places, lock, until_idle=until_idle, timeout=timeout)
    try:
        os.ftruncate(lock, 0)
        _log_to(places)
        _allow_files()
        with Journal(places.journal) as journal:
            # By this, whoever started us knows that we are up, and do not only hold the lock.
            os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
            runner = _Runner(places, journal)
            code = asyncio.run(runner.serve(until_idle, timeout, renews=renews))
            return RENEWED if runner.outdated else code
    finally:
        os.close(lock)


def _taken(lock: int) -> bool:
    """Take the lock; whoever only asks whether there is a runner holds it for a moment."""
    for _ in range(50):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.01)
        else:
            return True
    return False


def _other(places: Places, lock: int, *, until_idle: bool, timeout: float | None) -> int:
    """Another runner is at work: wait for it to be done, or say so."""
    pid = os.pread(lock, 32, 0).decode(errors="replace").strip()
    os.close(lock)
    if not until_idle:
        print(
            f"conductor: a runner is at work already (process {pid or 'unknown'}); one is enough.",
            file=sys.stderr,
        )
        return FAILED
    from conductor.bell import watch

    with Journal(places.journal) as journal:
        for state in watch(journal, timeout):
            if all_done(state, {}):
                return DONE
    print("conductor: there is still work under way; the time is over.", file=sys.stderr)
    return FAILED


def all_done(state: State, slots: dict[str, int]) -> bool:
    """Say whether nothing is left that would go on without a person."""
    if any(not m.why for m in state.messages.values()) or state.undos or state.resolves:
        return False
    landings = [state.tasks[ident] for ident in state.landings]
    parked = {task.repo for task in landings if task.why}  # and all that is behind such a one
    if any(task.repo not in parked for task in landings):
        return False
    for session in state.live.values():
        if holds_slot(session) and session.state is not SessionState.WAITING:
            return False
    for _, number in state.queue:
        task = state.tasks[f"t{number}"]
        if not task.why and not task.filler and (not slots or any(slots.values())):
            return False
    return not any(t.state is TaskState.RUNNING or _read(t) for t in state.under_way.values())


def _read(task: Task) -> bool:
    """Say whether something is still to be done for whoever reads a change."""
    if task.reading is None:
        return False
    part = task.reading.approval and task.state is not TaskState.LANDING
    return bool(task.reading.asking or task.reading.applying or part)


class _Runner:
    """The loop: woken by the journal, by finished jobs and by the clock."""

    def __init__(self, places: Places, journal: Journal) -> None:
        self.journal = journal
        self.reach = Reach(places, journal)
        self.sightings = Sightings(self.reach)
        self.pooling = Pooling(self.reach)
        checks = Checks(self.reach, Lending(self.pooling))
        turns = Turns(self.reach, checks)
        self.interference = Interference(self.reach, turns)
        self.duties: tuple[Duty, ...] = (
            self.sightings,
            Ending(self.reach, turns, self.pooling),
            Launching(self.reach, self.sightings, self.pooling, Forking(self.reach, turns)),
            Delivery(self.reach),
            Resets(self.reach),
            turns,
            Failover(self.reach, turns, self.sightings),
            Stranded(self.reach, turns),
            Landing(self.reach, checks, turns),
            Resolving(self.reach, turns),
            Dispatch(self.reach),
            Restoring(self.reach, turns),
            self.pooling,
            self.interference,
            Parts(self.reach, turns),
            Questions(self.reach, turns),
            Suggestions(self.reach, turns),
            Usage(self.reach),
        )
        self.stopping = False
        self.outdated = False

    async def serve(self, until_idle: bool, seconds: float | None, *, renews: bool) -> int:
        """Serve until asked to stop, until all is done, or until the time is over."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self._stop)
        bell = Bell(self.journal.folder)
        loop.add_reader(bell.fileno(), self._rung, bell)
        deadline = None if seconds is None else loop.time() + seconds
        if renews:
            loaded = stamp()
            loop.call_later(CHECK, self._compare, loaded, loaded)
        try:
            self.journal.append(e.RunnerStarted(os.getpid()))
            await self._adopt()
            while not self.stopping:
                self._look()
                if until_idle and self._all_done():
                    return DONE
                if deadline is not None and loop.time() >= deadline:
                    print("conductor: the time is over; work is under way.", file=sys.stderr)
                    return FAILED
                if deadline is not None:
                    self.reach.wake_in(deadline - loop.time())
                await self.reach.woken()
            return DONE
        finally:
            loop.remove_reader(bell.fileno())
            self.pooling.stop()
            self.interference.stop()
            await self.reach.work.stop()
            bell.close()

    async def _adopt(self) -> None:
        """Take up the agents that are there, once this machine has what that takes."""
        adopted = False
        while not adopted and not self.stopping:
            try:
                await self.sightings.adopt()
                adopted = True
            except (OSError, RuntimeError, TerminalError) as error:
                if not (short(error) or scarce(error)):
                    raise
                log.error("at the start: %s", error)
                await asyncio.sleep(AGAIN)

    def _compare(self, loaded: int, before: int) -> None:
        """Stop once the program on disk is another one, and is not being written any more."""
        try:
            now = stamp()
        except OSError:  # it is just being replaced
            now = loaded
        if now == before != loaded:
            log.info("the program on disk is another one: it is started anew")
            self.outdated = True
            self._stop()
        else:
            asyncio.get_running_loop().call_later(CHECK, self._compare, loaded, now)

    def _stop(self) -> None:
        self.stopping = True
        self.reach.wake()

    def _rung(self, bell: Bell) -> None:
        bell.quiet()
        self.reach.wake()

    def _look(self) -> None:
        """Let every duty look at the newest state, which an earlier one may have changed."""
        try:
            self.journal.catch_up()
            self.reach.changed()
            for duty in self.duties:
                duty.look(self.journal.state)
            self.reach.work.looked()
        except JournalError as error:  # a full disk: what runs goes on, and we look again soon
            log.error("%s", error)
            self.reach.wake_in(2.0)

    def _all_done(self) -> bool:
        state = self.journal.state
        slots = {one.name: one.slots for one in self.reach.settings.subscriptions}
        return self.reach.work.idle and all_done(state, slots)


def _allow_files() -> None:
    """Take what the system allows of open files: a Mac's 256 are too few for thirty agents."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft < most:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _log_to(places: Places) -> None:
    path = os.path.join(places.logs, "runner.log")
    handler = logging.handlers.RotatingFileHandler(path, maxBytes=2 << 20, backupCount=2)
    os.chmod(path, 0o600)
    logging.getLogger("watchfiles").setLevel(logging.WARNING)  # it tells of every change
    logging.basicConfig(
        handlers=[handler], level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
