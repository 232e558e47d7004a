"""What a worktree holds now, and whether two of them could still be merged. Nothing is changed.

The content of a worktree is kept as a commit that no ref names: the same content is always the
same commit, and git clears it away in time.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from worktrees import git, overlay
from worktrees.changes import merge_base
from worktrees.errors import GitError
from worktrees.snapshots import AUTHOR, tree_of
from worktrees.status import Status, status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from worktrees.overlay import Leaf
    from worktrees.places import Place
    from worktrees.repository import Repository

MOST_PATHS = 200
"""Paths beyond which looking at the whole worktree costs no more."""

_THEN = {"GIT_AUTHOR_DATE": "@0 +0000", "GIT_COMMITTER_DATE": "@0 +0000"}


@dataclass(frozen=True, slots=True)
class Content:
    """What a worktree holds: a commit of it, and the files that differ from where it began."""

    commit: str
    files: frozenset[str]


@dataclass(slots=True)
class Look:
    """Looks at one worktree again and again, at no more of it than has changed."""

    place: Place
    target: str  # a branch or commit: where it leaves that is where it began
    _head: str | None = None
    _committed: frozenset[str] = frozenset()
    _differs: dict[str, Leaf | None] = field(default_factory=dict)
    _by_name: bool = False  # whether what differs is known by name only

    def at(self, paths: Sequence[str] = ()) -> Content | None:
        """Look at these paths again, or (none named) at everything; None without any commit."""
        some = tuple(dict.fromkeys(paths))
        if len(some) > MOST_PATHS or self._by_name:
            some, self._by_name = (), False
        seen = status(self.place, paths=some)
        if seen.head is None:
            return None
        if seen.head != self._head:
            if some:
                seen = status(self.place)
            self._begin(seen.head or "")
            some = ()
        tree = self._tree(seen, some)
        if not self._differs:
            return Content(self._head or "", self._committed)
        out = git.run(
            self.place, "commit-tree", tree, "-p", self._head or "",
            input=b"What lies in a worktree", env={**AUTHOR, **_THEN},
        )  # fmt: skip
        return Content(out.decode().strip(), self._committed | self._differs.keys())

    def _begin(self, head: str) -> None:
        """Note what was committed since the worktree left its target."""
        base = merge_base(self.place, self.target, head)
        names = b""
        if base and base != head:
            names = git.run(self.place, "diff-tree", "-r", "-z", "--name-only", base, head)
        self._committed = frozenset(filter(None, os.fsdecode(names).split("\0")))
        self._head = head
        self._differs = {}

    def _tree(self, seen: Status, some: tuple[str, ...]) -> str:
        entries = [entry for entry in seen.entries if not entry.path.endswith("/")]
        if not some:
            self._differs = {}
        for path in [path for path in self._differs if _is_within(path, some)]:
            del self._differs[path]
        found = overlay.leaves(self.place, entries)
        if found is not None:
            self._differs |= found
            if not self._differs:
                return ""
            if made := overlay.overlay(self.place, seen.head or "", self._differs):
                return made
        whole = status(self.place) if some else seen
        self._differs = dict.fromkeys(
            (entry.path for entry in whole.entries if not entry.path.endswith("/")), None
        )
        self._by_name = True
        return tree_of(self.place, whole)


def collisions(place: Place, one: str, other: str) -> tuple[str, ...]:
    """The files in which two commits conflict when merged in memory."""
    answer = git.ask(
        place, "merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", one, other
    )
    if answer.code not in {0, 1}:
        raise GitError(answer.words or "git could not merge", "Look whether both share a history.")
    if answer.code == 0:
        return ()
    return tuple(dict.fromkeys(filter(None, os.fsdecode(answer.out).split("\0")[1:])))


def all_collisions(place: Place, pairs: Sequence[tuple[str, str]]) -> list[tuple[str, ...]]:
    """The same for many pairs, by one program where git can."""
    if len(pairs) < 2 or not git.is_since(2, 39):
        return [collisions(place, *pair) for pair in pairs]
    words = ("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", "--stdin")
    given = "".join(f"{one} {other}\n" for one, other in pairs).encode()
    fields = iter(os.fsdecode(git.run(place, *words, input=given, timeout=300.0)).split("\0"))
    found = []
    for _ in pairs:  # each as 1 (clean) or 0, a tree, the files in conflict, and nothing
        clean, _tree, *names = iter(fields.__next__, "")
        found.append(() if clean == "1" else tuple(dict.fromkeys(names)))
    return found


def lines(repo: Repository, one: str, other: str) -> str:
    """The lines in which two commits conflict, marked as git marks them, within bounds."""
    from worktrees.merges import Conflict, merge

    met = merge(repo, one, other)
    return met.text if isinstance(met, Conflict) else ""


def _is_within(path: str, some: tuple[str, ...]) -> bool:
    return any(path == one or path.startswith(f"{one}/") for one in some)
