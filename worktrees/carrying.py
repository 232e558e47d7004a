"""Bringing files that git does not know, such as `.env`, from a checkout into a new worktree.

Only what a repository's owners have named, only what git ignores (anything else would become part
of every change), and only what lies inside the checkout. Contents are shared copy-on-write where
the file system can. A cache is linked instead: it takes no time and no room, but whoever writes
into one of its files *in place* changes it everywhere; the owners say what is safe so.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worktrees import git
from worktrees.errors import GitError, disk_trouble

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from worktrees.listing import Worktree
    from worktrees.repository import Repository

_CLONE = 0x40049409  # FICLONE: both files share their blocks until one is written


@dataclass(frozen=True, slots=True)
class Luggage:
    """What a repository's owners want in every worktree: as copies, and as links."""

    copy: tuple[str, ...] = ()
    cache: tuple[str, ...] = ()


def carry(repo: Repository, tree: Worktree, luggage: Luggage) -> tuple[str, ...]:
    """Bring everything as the checkout has it; return the names of what it does not have itself."""
    missing = []
    ways = [(name, _copied) for name in luggage.copy] + [(name, _linked) for name in luggage.cache]
    for name, way in ways:
        source, goal = _inside(repo.root, name), _inside(tree.path, name)
        if not os.path.lexists(source):
            missing.append(name)
            continue
        _refuse_known(repo, name)
        with disk_trouble(f"Bringing {name} into a worktree"):
            goal.parent.mkdir(parents=True, exist_ok=True)
            _bring(source, goal, way)
    return tuple(missing)


def seen(repo: Repository, luggage: Luggage) -> tuple[object, ...]:
    """Changes whenever one of the named files or folders does, as far as its own times tell."""
    marks: list[object] = []
    for name in (*luggage.copy, *luggage.cache):
        try:
            found = os.lstat(_inside(repo.root, name))
        except OSError:
            marks.append((name, None))
        else:
            marks.append((name, found.st_size, found.st_mtime_ns))
    return tuple(marks)


def _inside(root: Path, name: str) -> Path:
    """The path of a name below `root`, by no link and no `..`, and not git's own folder."""
    parts = name.rstrip("/").split("/")
    if not name or os.path.isabs(name) or {"", ".", "..", ".git"} & set(parts) or "\0" in name:
        raise GitError(
            f"{name!r} is not a path inside the repository",
            "Repair `copy` or `cache` in conductor.toml: names like .env or web/node_modules.",
        )
    path = root.joinpath(*parts)
    for above in list(path.parents)[: len(parts) - 1]:
        if above.is_symlink():
            raise GitError(f"{above} is a link, so {name} is not brought", "Name its goal instead.")
    return path


def _refuse_known(repo: Repository, name: str) -> None:
    if git.run(repo.place, "ls-files", "-z", "--", name):
        raise GitError(
            f"{name} is tracked by git, so every worktree has it already",
            "Take it out of `copy` and `cache` in conductor.toml.",
        )
    ask = ("check-ignore", "--quiet", "--", f"./{name}")  # which knows no literal pathspecs
    if git.ask(repo.place, *ask, env={"GIT_LITERAL_PATHSPECS": "0"}).code:
        raise GitError(
            f"{name} is not ignored by git: brought into a worktree, it would become part of every"
            " change made there",
            "Add it to .gitignore, or take it out of `copy` and `cache` in conductor.toml.",
        )


def _bring(source: Path, goal: Path, way: Callable[[str, str], None]) -> None:
    """Bring a file, or a folder file by file; links stay links, pipes and devices stay behind."""
    if source.is_symlink() or not source.is_dir():
        _one(os.fspath(source), os.fspath(goal), way)
        return
    for folder, folders, files in os.walk(source):
        there = os.path.join(goal, os.path.relpath(folder, source))
        os.makedirs(there, exist_ok=True)
        for name in files:
            _one(os.path.join(folder, name), os.path.join(there, name), way)
        for name in [one for one in folders if os.path.islink(os.path.join(folder, one))]:
            _one(os.path.join(folder, name), os.path.join(there, name), way)


def _one(source: str, goal: str, way: Callable[[str, str], None]) -> None:
    if _is_there(source, goal):
        return
    if os.path.islink(source):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(goal)
        os.symlink(os.readlink(source), goal)
    elif os.path.isfile(source):
        way(source, goal)


def _is_there(source: str, goal: str) -> bool:
    """Whether the goal was brought from this very source before."""
    try:
        one, other = os.lstat(source), os.lstat(goal)
    except OSError:
        return False
    if stat.S_ISLNK(one.st_mode) and stat.S_ISLNK(other.st_mode):
        return os.readlink(source) == os.readlink(goal)
    return (one.st_mode, one.st_size, one.st_mtime_ns) == (
        other.st_mode, other.st_size, other.st_mtime_ns,
    )  # fmt: skip


def _linked(source: str, goal: str) -> None:
    try:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(goal)
        os.link(source, goal)
    except OSError:  # another file system, or one without links
        _copied(source, goal)


def _copied(source: str, goal: str) -> None:
    """Copy under a name of its own first: a killed copy is never taken for a whole one."""
    beside = f"{goal}.conductor-new"
    if not _cloned(source, beside):
        shutil.copyfile(source, beside)
    shutil.copystat(source, beside)
    os.replace(beside, goal)


def _cloned(source: str, goal: str) -> bool:
    if sys.platform != "linux":
        return False
    import fcntl

    with (
        contextlib.suppress(OSError),
        open(source, "rb") as one,
        open(goal, "wb") as other,
    ):
        fcntl.ioctl(other.fileno(), _CLONE, one.fileno())
        return True
    return False
