"""Worktrees: made for a session, listed as git sees them, removed only when nothing can be lost."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from worktrees import refs
from worktrees.errors import GitError, Moved
from worktrees.listing import Worktree, find, listing, on_record, own_path
from worktrees.making import populated, registered
from worktrees.removal import empty_trash, forget, remove
from worktrees.setup import Setup, setup

if TYPE_CHECKING:
    from pathlib import Path

    from worktrees.repository import Repository

__all__ = [
    "Setup",
    "Worktree",
    "create",
    "empty_trash",
    "find",
    "forget",
    "listing",
    "on_record",
    "populated",
    "registered",
    "remove",
    "setup",
]


def create(repo: Repository, path: Path, branch: str, base_commit: str) -> Worktree:
    """Make a worktree on a branch of its own, or return the one made before.

    It is locked with a reason from the start, so no `git worktree prune` takes it. The reason
    says "being made" until every file is there: killed half way, the next call completes it.
    """
    path = own_path(path)
    tree = on_record(repo, path)
    if tree is not None and tree.missing:
        forget(repo, tree)
        tree = None
    if tree is None:
        _refuse_taken(repo, path)
        base = _begin_branch(repo, branch, base_commit)
        return populated(registered(repo, path, branch), base)
    if tree.branch != branch:
        raise GitError(
            f"{path} is already a worktree, on {tree.branch or 'no branch'} instead of {branch}",
            "Nothing was changed. Use another folder.",
        )
    return populated(tree)


def _refuse_taken(repo: Repository, path: Path) -> None:
    if os.path.lexists(path) and not (path.is_dir() and not os.listdir(path)):
        raise GitError(
            f"{path} exists and is not a worktree of {repo.root}",
            "Nothing was changed. Move it away, or use another folder.",
        )


def _begin_branch(repo: Repository, branch: str, base_commit: str) -> str:
    """Have the branch at its base, and return that; one that is elsewhere is somebody's."""
    ref = f"refs/heads/{branch}"
    if not refs.is_valid(ref):
        raise GitError(f"{branch} is not a name for a branch", "Use letters, digits and dashes.")
    base = base_commit if refs.is_oid(base_commit) else repo.commit_of(base_commit)
    with contextlib.suppress(Moved):  # told by the one call that most often is all there is to do
        refs.move_ref(repo.place, ref, base, None, "conductor: a session's branch")
        return base
    for tree in listing(repo):
        if tree.branch == branch and not tree.missing:
            raise GitError(
                f"{branch} is checked out in {tree.path}", "Use another branch, or that worktree."
            )
    if (at := refs.resolve(repo.place, ref)) != base:
        raise GitError(
            f"The branch {branch} exists, at {at}", "Nothing was changed. Use another name."
        )
    return base
