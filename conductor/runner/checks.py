"""Running a repository's own check on a commit, in a worktree that no session uses.

Landings' checks run in the pool's worktrees: clean, set up, made anew after each. Checks for a
review, and all where there is no pool, have folders of their own in which what git ignores stays.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock

from conductor import events as e
from conductor.cleaning import clean
from conductor.config import Repo
from conductor.runner import strays
from conductor.runner.lending import Lending
from conductor.runner.preparing import luggage
from conductor.runner.reach import Reach
from conductor.runner.strays import CHECKING as MARK
from conductor.state import Task
from conductor.values import Value
from worktrees.carrying import carry
from worktrees.errors import GitError
from worktrees.pool import Lent
from worktrees.repository import Repository
from worktrees.setup import setup
from worktrees.verification import emptied, verification

AT_ONCE = 2
"""Checks for review of one repository that run at the same time; landings say their own number."""

MOST = 32
"""Checks that run at the same time in all; each waits in a thread of its own."""

TAIL = 16_000


class Outcome(Value):
    """How a check went."""

    ok: bool
    code: int | None
    seconds: float
    tail: str

    @property
    def in_words(self) -> str:
        """Say how a failed one ended."""
        if self.code is None:
            return "did not end in time"
        return f"ended with {self.code}{self.reason}"

    @property
    def reason(self) -> str:
        """Say what a code tells that is nobody's own."""
        killed = self.code in (-signal.SIGKILL, 128 + signal.SIGKILL)
        return ", killed as the system does where memory runs out" if killed else ""


@dataclass(slots=True)
class _Check:
    """One run of a check: on what, where (once that is known), and whether to give it up."""

    task: Task
    commit: str
    command: str
    wishes: Repo
    clean: bool
    folder: Path | None = None
    stop: Event = field(default_factory=Event)


class Checks:
    """The worktrees for checks, each lent to one check at a time."""

    def __init__(self, reach: Reach, lending: Lending) -> None:
        self.reach = reach
        self.lending = lending
        self._borrowing = Lock()
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
        self.reach.journal.append(e.VerifyStarted(task.id, commit, where))
        one = _Check(task, commit, command, self.reach.repo(task.repo), where == "landing")
        outcome = await self._in_thread(one)
        self.reach.journal.append(
            e.VerifyFinished(
                task.id, commit, tree, where, outcome.ok, outcome.code,
                round(outcome.seconds, 3), command, outcome.tail, again and outcome.ok,
            )
        )  # fmt: skip
        return outcome

    @contextlib.contextmanager
    def _stand(self, one: _Check) -> Iterator[Lent]:
        """Have a worktree for a check, and end all that it leaves running there."""
        root = one.task.repo
        clean = self.lending.lent(root, one.commit, one.wishes)
        with clean if one.clean else contextlib.nullcontext() as lent:
            folder = one.folder = lent.tree.path if lent else self._borrow(root)
            try:
                _end(folder)  # what a runner left that was killed in the middle of a check
                if lent is None:
                    tree = verification(Repository.open(root), folder, one.commit)
                yield lent or Lent(tree, prepared=False)
            finally:
                _end(folder)
                self._lent.discard(folder)

    def _borrow(self, repo: str) -> Path:
        """Take the first folder that is free: the ones used last are the warmest."""
        root = self.reach.workshop(repo)
        with self._borrowing:
            folders = (root / f"check-{number}" for number in range(1, 1000))
            folder = next(one for one in folders if one not in self._lent)
            self._lent.add(folder)
        return folder

    async def _in_thread(self, one: _Check) -> Outcome:
        """Wait for a check in its own thread; one that is given up is ended before that is said."""
        running = asyncio.get_running_loop().run_in_executor(self._threads, self._check, one)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            one.stop.set()
            while not running.done():
                if one.folder is not None:
                    await asyncio.to_thread(_end, one.folder)
                await asyncio.wait({running}, timeout=0.05)
            with contextlib.suppress(GitError, OSError):
                running.result()
            raise

    def _check(self, one: _Check) -> Outcome:
        with self._stand(one) as lent:
            outcome = self._outcome(one, lent)
            _end(lent.tree.path)
            if not outcome.ok:  # it may have filled the disk
                emptied(lent.tree, ignored=one.clean)
        return outcome

    def _outcome(self, one: _Check, lent: Lent) -> Outcome:
        wishes, tree = one.wishes, lent.tree
        env = {**self.reach.environment(), MARK: str(one.folder), "CI": "true"}
        log = self.log(one.task)
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not lent.prepared:
            carry(Repository.open(one.task.repo), tree, luggage(wishes))
            if wishes.setup and not one.stop.is_set():
                prepared = setup(tree, wishes.setup, env, log, wishes.setup_timeout)
                if prepared.code != 0:
                    tail = f"The repository's setup `{wishes.setup}` failed.\n{_tail(log)}"
                    return Outcome(False, prepared.code, prepared.seconds, tail)
        if one.stop.is_set():
            return Outcome(False, None, 0.0, "It was given up before it began.")
        done = setup(tree, one.command, env, log, wishes.verify_timeout)
        tail = _tail(log)
        if done.code is None:
            tail += f"\nIt was ended after {wishes.verify_timeout:.0f} s."
        return Outcome(done.code == 0, done.code, done.seconds, tail)

    def log(self, task: Task) -> Path:
        """Where a check's output is while it runs."""
        return self.reach.folder(task.session or task.id) / "check.log"


def _end(folder: Path) -> None:
    """End what a check in this folder has started and left."""
    strays.end(f"{MARK}={folder}")


def _tail(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - TAIL))
            return clean(file.read().decode("utf-8", "replace")).strip()
    except OSError as error:
        raise GitError(f"{log} cannot be read: {error.strerror}") from error
