"""Running a repository's own check on a commit, in a clean worktree that no session uses."""

from __future__ import annotations

import asyncio
import contextlib
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Event

from conductor import events as e
from conductor.cleaning import clean
from conductor.config import Repo
from conductor.runner.reach import Reach
from conductor.state import Task
from conductor.terminals import processes
from conductor.values import Value
from worktrees.errors import GitError
from worktrees.repository import Repository
from worktrees.setup import setup
from worktrees.verification import emptied, verification

AT_ONCE = 2
"""Checks for review of one repository that run at the same time; landings say their own number."""

MOST = 32
"""Checks that run at the same time in all; each waits in a thread of its own."""

TAIL = 16_000
MARK = "CONDUCTOR_CHECK"


class Outcome(Value):
    """How a check went."""

    ok: bool
    code: int | None
    seconds: float
    tail: str

    @property
    def in_words(self) -> str:
        """Say how a failed one ended."""
        return "did not end in time" if self.code is None else f"ended with {self.code}"


class Checks:
    """The worktrees for checks, each lent to one check at a time."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self._threads = ThreadPoolExecutor(MOST, thread_name_prefix="check")
        self._reviews: dict[str, asyncio.Semaphore] = {}
        self._lent: set[Path] = set()

    def command(self, task: Task) -> str | None:
        """Return the check a task's change must pass, if there is one."""
        return task.verify or self.reach.repo(task.repo).verify

    def has_passed(self, task: Task, tree: str) -> bool:
        """Say whether this very content has passed this task's very check already."""
        last = task.checked
        if last is None or not last.ok or last.tree != tree:
            return False
        fact = self.reach.journal.fact(last.seq)
        return isinstance(fact, e.VerifyFinished) and fact.command == self.command(task)

    async def run(self, task: Task, commit: str, tree: str) -> Outcome:
        """Check what is to be reviewed, a few at a time, and write down how it went."""
        turn = self._reviews.setdefault(task.repo, asyncio.Semaphore(AT_ONCE))
        async with turn:
            return await self.run_now(task, commit, tree, "review")

    async def run_now(
        self, task: Task, commit: str, tree: str, where: str, *, again: bool = False
    ) -> Outcome:
        """Run the check of a task on a commit, and write down how it went.

        `again` says that it has failed on just this: if it passes now, it is flaky.
        """
        command = self.command(task) or ""
        folder = self._borrow(task.repo)
        try:
            self.reach.journal.append(e.VerifyStarted(task.id, commit, where))
            outcome = await self._in_thread(task, commit, folder, command)
        finally:
            self._lent.discard(folder)
        self.reach.journal.append(
            e.VerifyFinished(
                task.id, commit, tree, where, outcome.ok, outcome.code,
                round(outcome.seconds, 3), command, outcome.tail, again and outcome.ok,
            )
        )  # fmt: skip
        return outcome

    def _borrow(self, repo: str) -> Path:
        """Take the first folder that is free: the ones used last are the warmest."""
        root = self.reach.workshop(repo)
        folders = (root / f"check-{number}" for number in range(1, 1000))
        folder = next(one for one in folders if one not in self._lent)
        self._lent.add(folder)
        return folder

    async def _in_thread(self, task: Task, commit: str, folder: Path, command: str) -> Outcome:
        """Wait for a check in its own thread; one that is given up is ended before that is said."""
        stop = Event()
        loop = asyncio.get_running_loop()
        wishes = self.reach.repo(task.repo)
        check = partial(
            self._check, task, commit, folder, command=command, wishes=wishes, stop=stop
        )
        running = loop.run_in_executor(self._threads, check)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            stop.set()
            while not running.done():
                await asyncio.to_thread(_end, folder)
                await asyncio.wait({running}, timeout=0.05)
            with contextlib.suppress(GitError, OSError):
                running.result()
            raise

    def _check(
        self, task: Task, commit: str, folder: Path, *, command: str, wishes: Repo, stop: Event
    ) -> Outcome:
        repo = Repository.open(task.repo)
        _end(folder)  # what a runner left that was killed in the middle of a check
        tree = verification(repo, folder, commit)
        env = {**self.reach.environment(), MARK: str(folder), "CI": "true"}
        log = self.log(task)
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if wishes.setup and not stop.is_set():
            prepared = setup(tree, wishes.setup, env, log, wishes.setup_timeout)
            if prepared.code != 0:
                tail = f"The repository's setup `{wishes.setup}` failed.\n{_tail(log)}"
                return Outcome(False, prepared.code, prepared.seconds, tail)
        if stop.is_set():
            return Outcome(False, None, 0.0, "It was given up before it began.")
        done = setup(tree, command, env, log, wishes.verify_timeout)
        tail = _tail(log)
        if done.code is None:
            tail += f"\nIt was ended after {wishes.verify_timeout:.0f} s."
        _end(folder)
        if done.code != 0:
            emptied(tree)  # it may have filled the disk
        return Outcome(done.code == 0, done.code, done.seconds, tail)

    def log(self, task: Task) -> Path:
        """Where a check's output is while it runs."""
        return self.reach.folder(task.session or task.id) / "check.log"


def _end(folder: Path) -> None:
    """End what a check in this folder has started and left."""
    mark = f"{MARK}={folder}"
    if left := processes.marked(mark):
        processes.end(left, mark=mark, grace=1.0)


def _tail(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - TAIL))
            return clean(file.read().decode("utf-8", "replace")).strip()
    except OSError as error:
        raise GitError(f"{log} cannot be read: {error.strerror}") from error
