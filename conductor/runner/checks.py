"""Running a repository's own check on a commit, in a clean worktree that no session uses."""

from __future__ import annotations

import asyncio
from pathlib import Path

from conductor import events as e
from conductor.cleaning import clean
from conductor.runner.reach import Reach
from conductor.state import Task
from conductor.terminals import processes
from conductor.values import Value
from worktrees.errors import GitError
from worktrees.repository import Repository
from worktrees.setup import setup
from worktrees.verification import verification

AT_ONCE = 2
"""Checks of one repository that run at the same time, each in a worktree of its own."""

TAIL = 16_000
MARK = "CONDUCTOR_CHECK"


class Outcome(Value):
    """How a check went."""

    ok: bool
    code: int | None
    seconds: float
    tail: str


class Checks:
    """The worktrees for checks, lent to one check at a time."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self._free: dict[str, asyncio.Queue[Path]] = {}

    def command(self, task: Task) -> str | None:
        """Return the check a task's change must pass, if there is one."""
        return task.verify or self.reach.repo(task.repo).verify

    async def run(self, task: Task, commit: str, tree: str, where: str) -> Outcome:
        """Run the check of a task on a commit, and write down how it went."""
        command = self.command(task) or ""
        places = self._places(task.repo)
        folder = await places.get()
        try:
            self.reach.journal.append(e.VerifyStarted(task.id, commit, where))
            outcome = await asyncio.to_thread(self._check, task, commit, folder, command)
        finally:
            places.put_nowait(folder)
        self.reach.journal.append(
            e.VerifyFinished(
                task.id, commit, tree, where, outcome.ok, outcome.code,
                round(outcome.seconds, 3), command, outcome.tail,
            )
        )  # fmt: skip
        return outcome

    def _places(self, repo: str) -> asyncio.Queue[Path]:
        if repo not in self._free:
            self._free[repo] = asyncio.Queue()
            root = self.reach.workshop(repo)
            for number in range(1, AT_ONCE + 1):
                self._free[repo].put_nowait(root / f"check-{number}")
        return self._free[repo]

    def _check(self, task: Task, commit: str, folder: Path, command: str) -> Outcome:
        wishes = self.reach.repo(task.repo)
        repo = Repository.open(task.repo)
        mark = f"{MARK}={folder}"
        if left := processes.marked(mark):  # of a runner that was killed in the middle of a check
            processes.end(left, mark=mark, grace=1.0)
        tree = verification(repo, folder, commit)
        env = {**self.reach.environment(), MARK: str(folder), "CI": "true"}
        log = self.reach.folder(task.session or task.id) / "check.log"
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if wishes.setup:
            prepared = setup(tree, wishes.setup, env, log, wishes.setup_timeout)
            if prepared.code != 0:
                tail = f"The repository's setup `{wishes.setup}` failed.\n{_tail(log)}"
                return Outcome(False, prepared.code, prepared.seconds, tail)
        done = setup(tree, command, env, log, wishes.verify_timeout)
        tail = _tail(log)
        if done.code is None:
            tail += f"\nIt was ended after {wishes.verify_timeout:.0f} s."
        if left := processes.marked(mark):
            processes.end(left, mark=mark, grace=1.0)
        return Outcome(done.code == 0, done.code, done.seconds, tail)


def _tail(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - TAIL))
            return clean(file.read().decode("utf-8", "replace")).strip()
    except OSError as error:
        raise GitError(f"{log} cannot be read: {error.strerror}") from error
