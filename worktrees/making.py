"""Registering a worktree in a moment, however many the repository has, and unregistering it.

`git worktree add` and `git worktree remove` read the record of every other worktree first: their
time grows with all that were ever made, and a pipe planted in one record stops them for ever. So
the few small files are written here, as gitrepository-layout(5) describes them. Where a repository
has settings of its own for each worktree (sparse checkouts, another store for refs), git does it.
"""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from worktrees import git, refs
from worktrees.errors import GitError, disk_trouble
from worktrees.filling import filled
from worktrees.listing import MAKING, ON_BRANCH, OURS, find
from worktrees.places import small_text

if TYPE_CHECKING:
    from pathlib import Path

    from worktrees.listing import Worktree
    from worktrees.repository import Repository

_GIVEN_UP = 3600.0


def registered(repo: Repository, path: Path, head: str) -> Worktree:
    """Put a worktree at `path` on record, without its files yet; `head` is a branch or a commit.

    It is locked from the start, so that no `git worktree prune` takes it. Killed half way, the
    same call completes it.
    """
    with disk_trouble("Making a folder for worktrees"):
        os.makedirs(path.parent, mode=0o700, exist_ok=True)
        if git.special(repo.place):
            git.run(
                repo.place,
                *("worktree", "add", "--quiet", "--no-checkout", "--no-guess-remote"),
                *("--lock", "--reason", MAKING),
                *(("--detach",) if refs.is_oid(head) else ()),
                *("--", str(path), head),
            )
        else:
            path.mkdir(exist_ok=True)
            record = _record(repo.common_dir / "worktrees", path)
            words = head if refs.is_oid(head) else f"{ON_BRANCH}{head}"
            for name, text in (("HEAD", words), ("commondir", "../.."), ("gitdir", path / ".git")):
                replace_file(record / name, f"{text}\n")
            _tie(path, record)
    return find(repo, path)


def populated(tree: Worktree, commit: str | None = None) -> Worktree:
    """Write the files of a worktree that was only registered; anything further along is left.

    `commit` is where its HEAD is, if that is known.
    """
    if tree.locked != MAKING:
        return tree
    if not os.path.lexists(tree.path / ".git"):  # cut off before the last step of `registered`
        with disk_trouble("Making a worktree"):
            _tie(tree.path, tree.git_dir)
    filled(tree.place, commit)
    with disk_trouble("Marking a worktree as complete"):
        replace_file(tree.git_dir / "locked", f"{OURS}\n")
    return replace(tree, locked=OURS)


def unregistered(tree: Worktree) -> None:
    """Drop the record of a worktree whose folder is gone, and nothing else."""
    records = tree.common_dir / "worktrees"
    if tree.git_dir.parent != records or tree.git_dir.is_symlink():
        raise GitError(f"{tree.git_dir} is no record of a worktree", "Nothing was removed.")
    with disk_trouble("Forgetting a worktree"):
        (tree.git_dir / "gitdir").unlink(missing_ok=True)  # from here on git does not see it
        shutil.rmtree(tree.git_dir)


def _tie(path: Path, record: Path) -> None:
    replace_file(path / ".git", f"gitdir: {record}\n")


def _record(records: Path, path: Path) -> Path:
    """A folder for a worktree's record: locked at once, and seen by git when `gitdir` is there."""
    records.mkdir(exist_ok=True)
    for number in range(10_000):
        record = records / (f"{path.name}{number}" if number else path.name)
        try:
            record.mkdir()
        except FileExistsError:
            if not _abandoned(record, path):
                continue
        replace_file(record / "locked", f"{MAKING}\n")
        return record
    raise GitError(f"{records} has 10,000 records of {path.name}", "Run `git worktree prune`.")


def _abandoned(record: Path, path: Path) -> bool:
    """Whether a record was begun for this very worktree, or for one that nobody went on with."""
    if (small_text(record / "locked") or "").strip() != MAKING:
        return False
    if os.path.lexists(record / "gitdir"):
        return (small_text(record / "gitdir") or "").strip() == str(path / ".git")
    return time.time() - record.stat().st_mtime > _GIVEN_UP


def replace_file(file: Path, text: str) -> None:
    """Write a file in one step: whoever reads it finds all of it, or what was there before."""
    beside = file.with_name(f"{file.name}.new")
    beside.write_bytes(os.fsencode(text))
    beside.replace(file)
