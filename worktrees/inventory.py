"""What of ours stands in a repository, for a person who asks; nothing is changed.

Refs are listed by GitPython, which reads their names, packed or not, from files. It takes a tenth
of a second to import, so nothing that runs all the time goes this way.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worktrees.errors import GitError
from worktrees.listing import listing, own_path

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from worktrees.places import Place
    from worktrees.repository import Repository


@dataclass(frozen=True, slots=True)
class Kept:
    """The branches of agents, and how many refs of ours keep snapshots and the like."""

    branches: tuple[str, ...]
    refs: int


def kept(place: Place) -> Kept:
    """List what a repository keeps for us; no git is started, and nothing is waited for."""
    packed = place.common_dir / "packed-refs"
    try:
        if packed.exists() and not stat.S_ISREG(packed.stat().st_mode):
            raise GitError(f"{packed} is no file", "Remove it: git writes it anew.")
        from git import Reference, Repo

        repo = Repo(place.common_dir)
        branches = [one.path for one in Reference.iter_items(repo, "refs/heads/conductor/")]
        ours = sum(1 for _ in Reference.iter_items(repo, "refs/conductor/"))
    except (OSError, TypeError, ValueError) as error:
        raise GitError(f"the refs in {place.common_dir} cannot be read: {error}", "") from error
    return Kept(tuple(name.removeprefix("refs/heads/") for name in branches), ours)


def vanished(repo: Repository, expected: Iterable[Path]) -> list[Path]:
    """List those of these worktrees that are not there, though nobody here removed them."""
    here = {tree.path for tree in listing(repo) if not tree.main and not tree.missing}
    return sorted(path for path in expected if own_path(path) not in here)
