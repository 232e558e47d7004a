"""The worktrees a repository has, as git has them on record."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from worktrees.errors import GitError
from worktrees.places import Place, locate, small_text

if TYPE_CHECKING:
    from worktrees.repository import Repository

# Why a worktree of ours is locked; git shows it, and refuses to prune or remove the worktree.
OURS = "conductor: in use"
MAKING = "conductor: being made"

ON_BRANCH = "ref: refs/heads/"


@dataclass(frozen=True, slots=True)
class Worktree:
    """One checkout of a repository, as git has it on record."""

    path: Path
    git_dir: Path
    common_dir: Path
    branch: str | None
    locked: str | None = None
    missing: bool = False

    @property
    def main(self) -> bool:
        """Whether this is the repository's own checkout."""
        return self.git_dir == self.common_dir

    @property
    def place(self) -> Place:
        """Where git runs for it; refused when the folder is gone or leads to another repository."""
        if not self.path.is_dir():
            raise GitError(f"The worktree {self.path} is gone", "Its branch and snapshots remain.")
        try:
            found = locate(self.path)
        except GitError as error:
            raise GitError(str(error), self._repair) from error
        if found != Place(self.path, self.git_dir, self.common_dir):
            raise GitError(
                f"{self.path} leads to {found.git_dir}, not to its own {self.git_dir}", self._repair
            )
        return found

    @property
    def _repair(self) -> str:
        # Never by a git that runs inside it: what its `.git` leads to may be an agent's own making.
        names = (self.common_dir, self.path, self.path / ".git", f"{self.path}.git")
        there, folder, dot_git, aside = (shlex.quote(str(name)) for name in names)
        return (
            "Its `.git` file was removed or changed. To go on with it: "
            f"`mv {dot_git} {aside}; git -C {there} worktree repair {folder}`."
        )


def listing(repo: Repository) -> list[Worktree]:
    """Every worktree of the repository, its own checkout first, read from git's own records.

    No git is run for it: git would wait for ever on a record that an agent has made a pipe, and
    takes longer the more worktrees were ever made.
    """
    own = Worktree(repo.root, repo.common_dir, repo.common_dir, branch_of(repo.common_dir))
    return [own, *filter(None, map(_recorded, _records(repo.common_dir)))]


def find(repo: Repository, path: Path) -> Worktree:
    """The worktree on record at `path`."""
    if (tree := on_record(repo, path)) is None:
        raise GitError(f"{repo.root} has no worktree at {path}", "`git worktree list` shows them.")
    return tree


def on_record(repo: Repository, path: Path) -> Worktree | None:
    """The same, where there may be none; what others there are costs nothing if there is one."""
    path = own_path(path)
    if (near := _near(repo, path)) is not None:
        return near
    # Git calls a record by the name of its folder, with a number where that is taken.
    kept = [one for one in _records(repo.common_dir) if one.name.startswith(path.name)]
    return next((tree for tree in map(_recorded, kept) if tree and tree.path == path), None)


def _near(repo: Repository, path: Path) -> Worktree | None:
    """What the folder's own `.git` file leads to, where both agree."""
    try:
        place = locate(path)
    except GitError:
        return None
    if place.folder != path or place.common_dir != repo.common_dir or not place.linked:
        return None
    return _recorded(place.git_dir)


def own_path(path: Path) -> Path:
    """The path with its parents' links resolved; the folder itself must not be one."""
    whole = Path(os.path.abspath(path))
    if whole.is_symlink():
        raise GitError(f"{whole} is a link, not a folder of ours", "Remove the link.")
    return Path(os.path.realpath(whole.parent)) / whole.name


def branch_of(git_dir: Path) -> str | None:
    """The branch that is checked out, if one is; what is no plain file says nothing."""
    words = (small_text(git_dir / "HEAD") or "").strip()
    return words.removeprefix(ON_BRANCH) if words.startswith(ON_BRANCH) else None


def _records(common_dir: Path) -> list[Path]:
    """Where git keeps the record of each linked worktree."""
    try:
        with os.scandir(common_dir / "worktrees") as kept:
            return sorted(Path(entry.path) for entry in kept if entry.is_dir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _recorded(git_dir: Path) -> Worktree | None:
    """One record; git itself lists none without the file that says where its worktree is."""
    dot_git = (small_text(git_dir / "gitdir") or "").rstrip("\n")
    if not dot_git:
        return None
    folder = Path(os.path.join(git_dir, dot_git)).parent
    path = Path(os.path.realpath(folder.parent)) / folder.name
    locked = small_text(git_dir / "locked")
    return Worktree(
        path, git_dir, git_dir.parent.parent, branch_of(git_dir),
        locked if locked is None else locked.strip(), missing=not path.is_dir(),
    )  # fmt: skip
