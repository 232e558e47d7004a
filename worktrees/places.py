"""Where a folder's git directory really is, found without trusting any configuration."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from worktrees.errors import GitError, disk_trouble

_SMALL = 8192


@dataclass(frozen=True, slots=True)
class Place:
    """A working folder, the git directory that belongs to it, and the one it shares with others."""

    folder: Path
    git_dir: Path
    common_dir: Path

    @property
    def linked(self) -> bool:
        """Whether this is a linked worktree, not the repository's own checkout."""
        return self.git_dir != self.common_dir


def locate(folder: Path) -> Place:
    """Find the checkout that holds `folder`, or say why there is none."""
    with disk_trouble(f"Looking for a repository in {folder}"):
        return _locate(folder)


def _locate(folder: Path) -> Place:
    try:
        start = Path(os.path.realpath(folder))
    except FileNotFoundError as error:
        raise GitError("the folder you stand in is gone", "Go to another one.") from error
    if not start.is_dir():
        raise GitError(f"{folder} is not a folder", "Name a folder inside a git repository.")
    for here in (start, *start.parents):
        if here.name == ".git" and _is_git_dir(here):
            continue
        dot_git = here / ".git"
        if dot_git.is_dir() and _is_git_dir(dot_git):
            return Place(here, dot_git, dot_git)
        if dot_git.is_file():
            return _behind_file(here, dot_git)
        if _is_git_dir(here):
            raise GitError(
                f"{here} is a bare repository: it has no checkout to work from",
                "Clone it (`git clone <it> <folder>`) and name the clone.",
            )
    raise GitError(
        f"{os.path.abspath(folder)} is not inside a git repository",
        "Run `git init` there and commit once, or name another folder.",
    )


def _is_git_dir(folder: Path) -> bool:
    return all((folder / name).exists() for name in ("objects", "refs")) and os.path.lexists(
        folder / "HEAD"
    )


def _behind_file(folder: Path, dot_git: Path) -> Place:
    """Follow a `.git` file, and only to a directory that points back at it.

    An agent can rewrite this file in its worktree; one that leads to a git directory of the
    agent's own making would bring that directory's configuration with it.
    """
    words = _text(dot_git)
    if not words.startswith("gitdir: "):
        raise GitError(f"{dot_git} is not a file that git wrote", "Restore it, or clone again.")
    git_dir = Path(os.path.realpath(folder / words.removeprefix("gitdir: ")))
    if not os.path.lexists(git_dir / "HEAD"):
        raise GitError(
            f"{dot_git} points to {git_dir}, which is not a git directory",
            "The repository was moved or removed: `git worktree repair` from its new place.",
        )
    if not (git_dir / "commondir").is_file():
        return Place(folder, git_dir, git_dir)
    back = Path(os.path.realpath(git_dir / _text(git_dir / "gitdir")))
    if back != dot_git:
        raise GitError(
            f"{dot_git} claims {git_dir}, which belongs to {back}",
            "The `.git` file was changed or the folder moved: "
            "run `git worktree repair` in the repository itself.",
        )
    common = Path(os.path.realpath(git_dir / _text(git_dir / "commondir")))
    if git_dir.parent != common / "worktrees":
        raise GitError(
            f"{git_dir} says its repository is {common}, where it does not lie",
            "The worktree's record was changed: make the worktree again.",
        )
    return Place(folder, git_dir, common)


def small_text(file: Path, *, last: bool = False) -> str | None:
    """Read a small file in a git directory; None if there is none, or a pipe, a link, a device.

    Of a long one, its beginning is read, or its `last` part.

    An agent can write into its worktree's git directory, and must not keep us waiting by it.
    """
    try:
        opened = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO):
            return None
        raise
    with open(opened, "rb") as handle:
        about = os.fstat(opened)
        if not stat.S_ISREG(about.st_mode):
            return None
        handle.seek(max(0, about.st_size - _SMALL) if last else 0)
        return os.fsdecode(handle.read(_SMALL))


def _text(file: Path) -> str:
    with file.open("rb") as handle:
        return os.fsdecode(handle.read(_SMALL)).rstrip("\n")
