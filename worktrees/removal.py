"""Taking worktrees away without losing anything: kept first, set aside next, deleted last."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING

from worktrees import git, inside, snapshots
from worktrees.errors import GitError
from worktrees.making import unregistered
from worktrees.status import under_way

if TYPE_CHECKING:
    from pathlib import Path

    from worktrees.listing import Worktree
    from worktrees.repository import Repository

_OUR_LOCKS = "conductor: "
TRASH = ".trash"


def forget(repo: Repository, tree: Worktree) -> None:
    """Drop git's record of a worktree whose folder is gone; the branch stays.

    A record that has work of its own behind it (submodules' commits) is left where it is.
    """
    if os.path.lexists(tree.path):
        raise GitError(
            f"{tree.path} is still there", "Remove it by `remove`, which keeps its work."
        )
    if (tree.git_dir / "modules").exists():
        raise GitError(
            f"{tree.git_dir} holds submodules whose commits may be nowhere else",
            "Fetch what you need from its `modules` folder, then run `git worktree prune`.",
        )
    unregistered(tree)


def remove(repo: Repository, worktree: Worktree, *, keep_ref: str) -> snapshots.Snapshot | None:
    """Keep everything under `keep_ref`, then move the folder to the trash beside it.

    Returns what was kept, or None when the folder was already gone. Nothing is deleted here:
    `empty_trash` does that later. Killed between two steps, the same call completes it.
    """
    _refuse_others(worktree)
    kept = None
    if os.path.lexists(worktree.path):
        kept = keep(worktree, keep_ref)
        set_aside(worktree.path)
    forget(repo, worktree)
    return kept


def keep(worktree: Worktree, keep_ref: str) -> snapshots.Snapshot:
    """Keep all of a worktree that may be taken away after it, or say what cannot be kept."""
    _refuse_others(worktree)
    _refuse_unsafe(worktree)
    kept = snapshots.snapshot(worktree, keep_ref, f"Before removing {worktree.path.name}")
    if own := (*kept.left_out, *inside.owned(worktree.place)):
        raise GitError(
            f"{worktree.path} holds repositories of its own: {', '.join(own[:5])}",
            "Move them away or delete them; git cannot keep them in a snapshot.",
        )
    return kept


def has_trash(folder: Path) -> bool:
    """Whether something lies in the trash beside `folder`'s worktrees."""
    trash = folder / TRASH
    return trash.is_dir() and not trash.is_symlink() and any(os.scandir(trash))


def empty_trash(folder: Path, older_than: float = 0.0) -> int:
    """Delete what has lain in the trash beside `folder`'s worktrees for so many seconds."""
    trash = folder / TRASH
    if trash.is_symlink() or not trash.is_dir():
        return 0
    deleted = 0
    for entry in os.scandir(trash):
        if entry.is_dir(follow_symlinks=False) and _age(entry.name) >= older_than:
            try:
                shutil.rmtree(entry.path)
            except OSError as error:
                raise GitError(
                    f"{entry.path} could not be deleted: {error.strerror}", "Delete it by hand."
                ) from error
            deleted += 1
    return deleted


def _refuse_others(worktree: Worktree) -> None:
    if worktree.main:
        raise GitError(f"{worktree.path} is the repository's own checkout", "It is not removed.")
    if worktree.locked is not None and not worktree.locked.startswith(_OUR_LOCKS):
        raise GitError(
            f"{worktree.path} is locked: {worktree.locked or 'no reason given'}",
            "Unlock it (`git worktree unlock`) if it may go.",
        )


def _refuse_unsafe(worktree: Worktree) -> None:
    place = worktree.place
    if busy := under_way(place):
        raise GitError(
            f"A {busy} is under way in {worktree.path}",
            f"Finish it, or give it up with `git {busy} --abort`.",
        )
    if (place.git_dir / "modules").exists():
        raise GitError(
            f"{worktree.path} has submodules checked out, whose commits may be nowhere else",
            "Push or fetch what you need from them, then remove the worktree by hand.",
        )
    hidden = git.run(place, "ls-files", "-v", "-z")
    for option, overlooked in (("assume-unchanged", _assumed), ("skip-worktree", _skipped)):
        lines = [line for line in hidden.split(b"\0") if overlooked(worktree.path, line)]
        if names := [os.fsdecode(line[2:]) for line in lines]:
            raise GitError(
                f"Git was told to overlook changes in {', '.join(names[:5])}",
                f"Run `git update-index --no-{option}` on them first.",
            )


def _assumed(_: Path, line: bytes) -> bool:
    return line[:1].islower()


def _skipped(root: Path, line: bytes) -> bool:
    """Whether a file lies there that git takes for one that a sparse checkout leaves out."""
    return line[:2] == b"S " and os.path.lexists(root / os.fsdecode(line[2:]))


def set_aside(path: Path) -> None:
    """Move a folder to the trash beside it: a rename, whatever its size."""
    trash = path.parent / TRASH
    try:
        trash.mkdir(mode=0o700, exist_ok=True)
        os.rename(path, trash / f"{time.time_ns()}-{path.name}")
    except OSError as error:
        raise GitError(
            f"{path} could not be moved to {trash}: {error.strerror}",
            "Nothing was removed. Look at the folder's permissions.",
        ) from error


def _age(name: str) -> float:
    """Seconds since a folder was set aside; its own times tell when it was last worked in."""
    stamp = name.partition("-")[0]
    return time.time() - int(stamp) / 1e9 if stamp.isdigit() else -1.0
