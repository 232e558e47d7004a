"""A pool of worktrees of one repository: made and set up ahead of need, handed over in a moment.

Handing one over writes a branch and the worktree's HEAD; where the commit is another, the files
that differ as well. A finished session's worktree comes back: everything in it is kept first, then
its record, its index and every file git does not know are made anew, and each tracked file is read
again, so that nothing of one session reaches the next.

Every step is noted before it is taken, in a file of the pool's own (see members.py), so that the
next process can take up what a killed one began. One process uses a pool at a time: the runner.
"""

from __future__ import annotations

import itertools
import os
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from worktrees import git, members, refs, removal, room
from worktrees.errors import GitError, Moved, disk_trouble
from worktrees.listing import ON_BRANCH, find, on_record
from worktrees.making import replace_file, unregistered
from worktrees.members import Member, Stage
from worktrees.verification import made_anew, verification

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from worktrees.listing import Worktree
    from worktrees.repository import Repository

__all__ = ["Lent", "Member", "Pool", "Stage"]


@dataclass(frozen=True, slots=True)
class Lent:
    """A worktree handed over; `prepared` says that set-up ran in it at this very commit."""

    tree: Worktree
    prepared: bool


class Pool:
    """The worktrees of one repository that we made, and what each is good for."""

    def __init__(self, repo: Repository, workshop: Path) -> None:
        self.repo = repo
        self.workshop = workshop
        self._lock = threading.Lock()
        self._in_hand: set[str] = set()  # what is being made ready
        with disk_trouble("Reading the pool's records"):
            self._members = {one.name: one for one in members.members(workshop)}

    @property
    def members(self) -> tuple[Member, ...]:
        """What there is, as of now."""
        with self._lock:
            return tuple(self._members.values())

    def path(self, member: Member) -> Path:
        """Where a worktree lies."""
        return self.workshop / member.name

    def tree(self, member: Member) -> Worktree | None:
        """A worktree as git has it, if its folder is there."""
        tree = on_record(self.repo, self.path(member))
        return tree if tree and not tree.missing else None

    def known(self, path: Path) -> Member | None:
        """What is on record of the worktree at `path`, if it is one of the pool's."""
        with self._lock:
            return self._members.get(path.name) if path.parent == self.workshop else None

    # Handing over.

    def claim(self, holder: str, names: Iterable[str], commit: str, recipe: str) -> Lent | None:
        """Give a session a worktree on a branch of its own, the first of `names` that is free.

        None if none is ready. Asked again for the same holder, it completes what was begun.
        """
        names = iter(names)
        return self._hand_over(
            holder, commit, recipe, lambda member: self._begin_branch(member, names, commit)
        )

    def lend(self, holder: str, commit: str, recipe: str, *, make: bool = False) -> Lent | None:
        """Lend a worktree on no branch for what is over soon, such as a check.

        None if neither one is ready nor one lies here that came back, unless it may `make` one.
        """
        if lent := self._hand_over(holder, commit, recipe, lambda _: None):
            return lent
        with self._lock:
            back = next((one for one in self._members.values() if self._is_free(one)), None)
            if back is None and not make:
                return None
            one = back or Member(self._free(), Stage.LENT)
            changed = replace(one, stage=Stage.LENT, holder=holder, commit=commit, recipe="")
            member = self._set(changed)
        if back is not None:
            made_anew(self.repo, self.path(member), commit)
        return Lent(verification(self.repo, self.path(member), commit), prepared=False)

    def _is_free(self, member: Member) -> bool:
        return member.stage is Stage.BACK and member.name not in self._in_hand

    def _hand_over(
        self, holder: str, commit: str, recipe: str, branch_for: Callable[[Member], str | None]
    ) -> Lent | None:
        while True:
            member = self._take(holder, commit, recipe)
            if member is None:
                return None
            try:
                with disk_trouble("Handing a worktree over"):
                    tree = self._at_commit(member, commit)
                    branch = branch_for(member)
                    head = f"{ON_BRANCH}{branch}" if branch else commit
                    replace_file(tree.git_dir / "HEAD", f"{head}\n")
            except GitError:
                self.discard(member.name)  # nobody has worked in it; the next one will do
                continue
            prepared = (member.commit, member.recipe) == (commit, recipe)
            return Lent(replace(tree, branch=branch), prepared)

    def _take(self, holder: str, commit: str, recipe: str) -> Member | None:
        with self._lock:
            for one in self._members.values():
                if (one.stage, one.holder) == (Stage.LENT, holder):
                    return one
            ready = [one for one in self._members.values() if one.stage is Stage.READY]
            if not ready:
                return None
            best = min(ready, key=lambda one: (one.commit != commit, one.recipe != recipe))
            lent = replace(best, stage=Stage.LENT, holder=holder, branch="", settled=False)
            return self._set(lent)

    def _at_commit(self, member: Member, commit: str) -> Worktree:
        tree = on_record(self.repo, self.path(member))
        if tree is None:
            raise GitError(f"{self.path(member)} is gone", "Somebody removed it.")
        place = tree.place
        if member.commit != commit:
            git.run(place, "read-tree", "-m", "-u", member.commit, commit, timeout=600.0)
        return tree

    def _begin_branch(self, member: Member, names: Iterable[str], commit: str) -> str:
        """Make the branch, noted first: it is this session's own if we are asked again."""
        if member.branch and refs.resolve(self.repo.place, f"refs/heads/{member.branch}") == commit:
            return member.branch
        for name in names:
            ref = f"refs/heads/{name}"
            if os.path.lexists(self.repo.common_dir / ref):
                continue  # most often; what is packed is told by git
            self._note(replace(member, branch=name))
            try:
                refs.move_ref(self.repo.place, ref, commit, None, "conductor: a session's branch")
            except Moved:
                continue
            return name
        raise GitError("No name for a branch is free", "Delete branches that are not needed.")

    # Making ready.

    def make(self, commit: str, recipe: str, prepare: Callable[[Worktree], None]) -> Member:
        """Make one more worktree, set it up, and have it wait."""
        with self._lock:
            member = self._set(Member(self._free(), Stage.MAKING, commit, recipe))
        return self._finish(member, commit, recipe, prepare)

    def complete(
        self, name: str, commit: str, recipe: str, prepare: Callable[[Worktree], None]
    ) -> Member | None:
        """Make a worktree ready that is not: half made, come back, or behind its target."""
        with self._lock:
            member = self._members.get(name)
            if member is None or member.stage is Stage.LENT:
                return None
            stage = Stage.BACK if member.stage is Stage.BACK else Stage.MAKING
            member = self._set(replace(member, stage=stage, recipe=""))
            self._in_hand.add(name)
        try:
            if stage is Stage.BACK:
                made_anew(self.repo, self.path(member), commit)
            return self._finish(member, commit, recipe, prepare)
        finally:
            self._in_hand.discard(name)

    def unsettled(self) -> tuple[str, ...]:
        """Those whose files were written in the very second of their index.

        Git reads such a file at every look, until the index is written in a later second.
        """
        now = time.time()
        return tuple(
            one.name
            for one in self.members
            if one.stage is Stage.READY and not one.settled and now - one.since > 1.1
        )

    def settle(self, name: str) -> None:
        """Have a waiting worktree's index know every file by its time."""
        with self._lock:
            member = self._members.get(name)
            if member is None or member.stage is not Stage.READY or member.settled:
                return
            self._members[name] = replace(member, stage=Stage.MAKING)  # out of reach for a moment
        try:
            place = find(self.repo, self.path(member)).place
            words = ("status", "--porcelain", "--untracked-files=no")
            git.run(place, *words, env={"GIT_OPTIONAL_LOCKS": "1"}, timeout=300.0)
        finally:
            self._note(replace(member, settled=True))

    def _finish(
        self, member: Member, commit: str, recipe: str, prepare: Callable[[Worktree], None]
    ) -> Member:
        tree = verification(self.repo, self.path(member), commit)
        prepare(tree)
        done = replace(
            member, stage=Stage.READY, commit=commit, recipe=recipe, holder="", branch="",
            size=room.taken(self.path(member)), since=time.time(), settled=False,
        )  # fmt: skip
        return self._note(done)

    # Taking back.

    def take_back(self, tree: Worktree, keep_ref: str) -> Member:
        """Keep all of a session's worktree under `keep_ref`, and count it to the pool again.

        It is to be made ready later (`complete`). What cannot be kept is refused, as in `remove`.
        """
        removal.keep(tree, keep_ref)
        member = self.known(tree.path)
        if member is None:  # made for its session alone
            with self._lock:
                member = self._set(Member(self._free(), Stage.BACK))
            with disk_trouble("Taking a worktree back"):
                os.rename(tree.path, self.path(member))
            unregistered(tree)
            return member
        return self._note(replace(member, stage=Stage.BACK, holder="", branch="", recipe=""))

    def hand_in(self, name: str) -> None:
        """Count to the pool again what was lent for a check: what lies in it is nobody's."""
        with self._lock:
            if (member := self._members.get(name)) is not None:
                self._set(replace(member, stage=Stage.BACK, holder="", branch="", recipe=""))

    def discard(self, name: str) -> None:
        """Move a worktree that nobody works in to the trash: a rename, whatever its size."""
        with self._lock:
            member = self._members.get(name)
        if member is None:
            return
        path = self.path(member)
        tree = on_record(self.repo, path)
        if os.path.lexists(path):
            removal.set_aside(path)
        if tree is not None:
            unregistered(tree)
        self.forget(name)

    def forget(self, name: str) -> None:
        """Drop a record whose worktree is somewhere else by now."""
        with self._lock:
            self._members.pop(name, None)
            members.drop(self.workshop, name)

    # Records.

    def _free(self) -> str:
        names = (f"{members.PREFIX}{number}" for number in itertools.count(1))
        return next(
            name
            for name in names
            if name not in self._members and not os.path.lexists(self.workshop / name)
        )

    def _note(self, member: Member) -> Member:
        with self._lock:
            return self._set(member)

    def _set(self, member: Member) -> Member:
        with disk_trouble("Noting what the pool has"):
            self._members[member.name] = members.note(self.workshop, member)
        return member
