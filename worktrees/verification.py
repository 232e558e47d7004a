"""A clean checkout to run a repository's tests in, apart from every session's own worktree."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from worktrees import git, refs, removal, room
from worktrees.errors import GitError, disk_trouble
from worktrees.holding import queued
from worktrees.listing import MAKING, OURS, on_record, own_path
from worktrees.making import populated, registered, unregistered

if TYPE_CHECKING:
    from pathlib import Path

    from worktrees.listing import Worktree
    from worktrees.repository import Repository


def verification(repo: Repository, folder: Path, commit: str) -> Worktree:
    """A worktree of exactly `commit` at `folder`, made once and pointed anew each time.

    Tracked and untracked files are put back; ignored ones stay, so that what setup made
    (installed packages, build caches) need not be made again. Only a detached worktree that we
    made ourselves is ever reset.
    """
    if not refs.is_oid(commit):
        raise GitError(f"{commit} is not a whole commit name", "Resolve it first.")
    path = own_path(folder)
    tree = on_record(repo, path)
    if tree is not None and tree.missing:
        removal.forget(repo, tree)
        tree = None
    if tree is None:
        if path.exists() and os.listdir(path):
            raise GitError(f"{path} exists and is not ours", "Move it away.")
        return populated(registered(repo, path, commit), commit)
    if tree.branch is not None or tree.locked not in {OURS, MAKING}:
        raise GitError(
            f"{path} is somebody's worktree, not one made for verification",
            "Nothing was changed. Use another folder.",
        )
    place = populated(tree).place
    with queued(place) as keep:  # so none of ours is at work here, and a lock is nobody's
        if tree.locked == OURS:
            for lock in ("index.lock", "HEAD.lock"):
                (tree.git_dir / lock).unlink(missing_ok=True)
        for words in (("checkout", "--quiet", "--force", "--detach", commit), ("clean", "-ffdq")):
            git.run(place, *words, timeout=600.0, keep=keep)
    return replace(tree, locked=OURS)


def emptied(tree: Worktree, *, ignored: bool = False) -> None:
    """Remove what is not tracked; where the disk is nearly full, also what git ignores."""
    all_of_it = ignored or room.shortage(tree.path, 0, 0) is not None
    git.run(tree.place, "clean", "-ffdxq" if all_of_it else "-ffdq", timeout=600.0)


def made_anew(repo: Repository, path: Path, commit: str) -> None:
    """Make everything in a worktree anew that whoever worked there could have changed.

    Its record, its index and all files git does not know; each tracked file is read again.
    """
    if (old := on_record(repo, path)) is not None:
        with disk_trouble("Taking a worktree back"):
            (path / ".git").unlink(missing_ok=True)
            unregistered(old)
    if git.special(repo.place):  # git makes none where files are
        removal.set_aside(path)
        return
    place = registered(repo, path, commit).place
    git.run(place, "read-tree", commit, timeout=600.0)
    git.run(place, "update-index", "-q", "--refresh", ok=(0, 1), timeout=600.0)
    git.run(place, "read-tree", "--reset", "-u", commit, timeout=600.0)
    git.run(place, "clean", "-ffdxq", timeout=600.0)
