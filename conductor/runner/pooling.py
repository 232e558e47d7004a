"""Worktrees kept ready where the next agents will need them, refilled while nobody waits.

What is on disk is the truth, and is read again by the next runner. Every program that runs for this
gives way to others. A repository gets a pool once there is work in it, if making a worktree there
takes noticeable time: where something has to be set up, or where it has thousands of files.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from functools import partial

from conductor import events as e
from conductor.config import Repo
from conductor.runner import strays
from conductor.runner.preparing import SetupFailed, prepare, recipe_of
from conductor.runner.reach import Reach
from conductor.runner.trash import empty_later
from conductor.runner.work import words
from conductor.state import ALIVE, UNBEGUN, Session, State
from conductor.values import Value
from worktrees import removal, room
from worktrees.errors import GitError
from worktrees.listing import Worktree, branch_of
from worktrees.members import RECORDS, Member, Stage
from worktrees.places import small_text
from worktrees.pool import Lent, Pool
from worktrees.processes import gently
from worktrees.repository import Repository

MANY = 2000
"""Files from which on making a worktree takes so long that it is done ahead of need."""

USUAL = 4
UNUSED = 7 * 24 * 3600.0
SETTLING = 1.2


class Aim(Value):
    """What a repository's pool is to be now."""

    root: str
    count: int  # how many are to wait
    active: bool  # whether there is work in the repository: else nothing is made
    wishes: Repo
    state: State


class Pooling:
    """Keeps each repository's pool as its work needs it; lends from it and takes back."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self._pools: dict[str, Pool | None] = {}  # None: there is none, and none is wanted
        self._opening = threading.Lock()
        self._tended: dict[str, tuple[str | None, Repo]] = {}
        self._broken: dict[str, str] = {}  # the set-up that failed, and at which commit
        self._stopping = False
        self.checking: set[str] = set()  # who was lent one for a check, by now

    def look(self, state: State) -> None:
        """Begin where a pool is not as it should be."""
        for root in state.repos:
            if self._is_due(state, root):
                self.reach.work.begin(f"pool {root}", partial(self._tend, root), standing=True)

    def stop(self) -> None:
        """End what set-ups run ahead of need; the next runner takes them up."""
        self._stopping = True
        for pool in filter(None, self._pools.values()):
            for one in pool.members:
                if one.stage is Stage.MAKING:
                    strays.end(f"{strays.MARK}={pool.path(one)}")

    # Lending. These run in the threads of those who ask.

    def claim(
        self, session: Session, repo: Repository, base: str, names: Iterable[str], wishes: Repo
    ) -> Lent | None:
        """Give a session a worktree that is ready, if there is one."""
        pool = self.pool(self.reach.task(session).repo)
        return pool.claim(session.id, names, base, recipe_of(repo, wishes)) if pool else None

    def put_away(self, session: Session, repo: Repository, tree: Worktree, count: int) -> None:
        """Keep all of a session's worktree; then recycle it, or move it to the trash."""
        keep_ref = self.reach.snapshot_ref(session)
        pool = self.pool(self.reach.task(session).repo)
        if pool and len(_waiting(pool)) < count:
            pool.take_back(tree, keep_ref)
        elif pool and pool.known(tree.path):
            removal.keep(tree, keep_ref)
            pool.discard(tree.path.name)
        else:
            removal.remove(repo, tree, keep_ref=keep_ref)

    # What there should be.

    def count(self, root: str) -> int:
        """Say how many worktrees may wait for the next agents; their set-up needs trust as well."""
        if not self.reach.may_run(root):
            return 0
        wishes, mine = self.reach.repo(root), self.reach.settings.pool
        sizes = [size for size in (wishes.pool.size, mine.size) if size is not None]
        if not sizes and not _is_slow(root, wishes):
            return 0
        slots = sum(one.slots for one in self.reach.subscriptions)
        return min(slots, *(sizes or [USUAL]))

    def _is_due(self, state: State, root: str) -> bool:
        """Say whether there may be something to do; asked at every fact, so it must cost little."""
        if root not in self._pools:
            return True
        pool, active = self._pools[root], _is_active(state, root)
        if pool is None:
            return active and self.count(root) > 0
        if any(strays.is_one(state, pool, one, self.checking) for one in pool.members):
            return True
        waiting, count = _waiting(pool), self.count(root)
        if not active:
            return len(waiting) > count or bool(self._unused(pool))
        wishes = self.reach.repo(root)
        if self._tended.get(root) != (_tip(pool.repo, wishes), wishes) or pool.unsettled():
            return True
        full = len(waiting) <= count <= len(waiting) + self._at_checks(pool)
        return root not in self._broken and not (
            full and all(one.stage is Stage.READY for one in waiting)
        )

    def _at_checks(self, pool: Pool) -> int:
        """Count those that come back in a moment."""
        return sum(one.holder in self.checking for one in pool.members)

    def _unused(self, pool: Pool) -> list[Member]:
        """List those that have waited for so long that nobody seems to come."""
        now = self.reach.now()
        return [one for one in _waiting(pool) if now - one.since > UNUSED and one.since]

    async def _tend(self, root: str) -> float | None:
        """Do one thing after the other until the pool is as it should be."""
        while not self._stopping:
            state, wishes = self.reach.state(), self.reach.repo(root)
            aim = Aim(root, self.count(root), _is_active(state, root), wishes, state)
            more, fact = await asyncio.to_thread(self._step, aim)
            known = isinstance(fact, e.TroubleCleared) and fact.subject not in state.troubles
            if fact is not None and not known:
                self.reach.journal.append(fact)
            if not more:
                break
        empty_later(self.reach, self.reach.workshop(root))
        pool = self._pools.get(root)
        waits = pool and any(one.stage is Stage.READY and not one.settled for one in pool.members)
        return SETTLING if waits else None

    # What runs in a thread, one step at a time.

    def _step(self, aim: Aim) -> tuple[bool, e.Fact | None]:
        """Do the next thing; say whether there may be more, and what is to be told."""
        pool = self.pool(aim.root, wanted=aim.active and aim.count > 0)
        if pool is None:
            return False, None
        with gently():
            for member in pool.members:
                if strays.is_one(aim.state, pool, member, self.checking):
                    strays.recover(pool, member)
                    return True, None
            if not aim.active:
                return self._shrink(pool, aim), None
            commit = pool.repo.target(aim.wishes.target).commit
            self._tended[aim.root] = (_tip(pool.repo, aim.wishes), aim.wishes)
            more, fact = self._fill(pool, aim, commit)
            if not more:
                for name in pool.unsettled():
                    pool.settle(name)
            return more, fact

    def pool(self, root: str, *, wanted: bool = False) -> Pool | None:
        """Return a repository's pool, if it has one on record or is to have one."""
        with self._opening:
            if self._pools.get(root) is None:
                workshop = self.reach.workshop(root)
                wanted = wanted or (workshop / RECORDS).is_dir()
                self._pools[root] = Pool(Repository.open(root), workshop) if wanted else None
            return self._pools[root]

    def _shrink(self, pool: Pool, aim: Aim) -> bool:
        """Where no work is, keep what is ready for a while, and make nothing."""
        if gone := self._unused(pool) or _waiting(pool)[aim.count :]:
            pool.discard(gone[0].name)
        return bool(gone)

    def _fill(self, pool: Pool, aim: Aim, commit: str) -> tuple[bool, e.Fact | None]:
        recipe = recipe_of(pool.repo, aim.wishes)
        told = None
        if (broken := self._broken.get(aim.root)) is not None:
            if broken == f"{commit} {recipe}":
                return False, None
            del self._broken[aim.root]
            told = e.TroubleCleared(f"setup {aim.root}")
        ready = [one for one in pool.members if one.stage is Stage.READY]
        unready = [one for one in pool.members if one.stage in (Stage.MAKING, Stage.BACK)]
        behind = [one for one in ready if (one.commit, one.recipe) != (commit, recipe)]
        if len(ready) + len(unready) > aim.count:
            pool.discard((unready or behind or ready)[-1].name)
            return True, told
        todo = next(iter(unready or behind), None)
        if todo is None and len(ready) + self._at_checks(pool) >= aim.count:
            return False, told
        if todo is None and (why := self.shortage(pool, commit)):
            raise GitError(f"No worktree is kept ready: {why}", "New sessions make their own.")
        if failed := self._make(pool, aim, commit, todo):
            self._broken[aim.root] = f"{commit} {recipe}"
            why = f"{words(failed)} Until then each new session runs it itself."
            return False, e.TroubleSeen(f"setup {aim.root}", why)
        return True, told

    def _make(self, pool: Pool, aim: Aim, commit: str, member: Member | None) -> SetupFailed | None:
        """Make one ready; return what its set-up said where that failed."""
        recipe = recipe_of(pool.repo, aim.wishes)
        ready = partial(self._prepare, pool, aim.wishes)
        try:
            if member is None:
                pool.make(commit, recipe, ready)
            else:
                pool.complete(member.name, commit, recipe, ready)
        except SetupFailed as error:
            return error
        except GitError:
            if member is not None:  # nobody's work is in it: another is made
                pool.discard(member.name)
            raise
        return None

    def _prepare(self, pool: Pool, wishes: Repo, tree: Worktree) -> None:
        mark = f"{strays.MARK}={tree.path}"
        log = pool.workshop / RECORDS / f"{tree.path.name}.log"
        try:
            prepare(pool.repo, tree, wishes, env=self.reach.environment(), mark=mark, log=log)
        finally:
            strays.end(mark)  # whatever it left running is nobody's

    def shortage(self, pool: Pool, commit: str) -> str | None:
        """Say why one more worktree would be too much."""
        disk = self.reach.settings.pool.disk
        sizes = [one.size for one in pool.members if one.size]
        size = max(sizes) if sizes else room.checkout_size(pool.repo, commit)
        pools = [one for one in list(self._pools.values()) if one]
        taken = sum(member.size for one in pools for member in _waiting(one))
        if taken + size > disk << 30:
            return f"with one more they would take over {disk} GB ([pool] disk)"
        return room.shortage(pool.workshop, size, room.file_count(pool.repo.root))


def _waiting(pool: Pool) -> list[Member]:
    """List those that nobody has."""
    return [one for one in pool.members if one.stage is not Stage.LENT]


def _is_active(state: State, root: str) -> bool:
    """Say whether there is work in a repository, so that agents may be started there."""
    return any(state.counts.get(f"{kind} {root}") for kind in (*UNBEGUN, *ALIVE))


def _is_slow(root: str, wishes: Repo) -> bool:
    """Say whether making a worktree takes noticeable time here."""
    return bool(wishes.setup or wishes.copy) or room.file_count(root) >= MANY


def _tip(repo: Repository, wishes: Repo) -> str | None:
    """Where the target stands as far as one file tells; None if it is packed with others."""
    branch = wishes.target or branch_of(repo.common_dir)
    return small_text(repo.common_dir / "refs/heads" / branch) if branch else None
