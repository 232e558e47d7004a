"""A person's repository: where it is, where work lands in it, and in whose name."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path

from worktrees import git, refs
from worktrees.errors import GitError
from worktrees.places import Place, locate


@dataclass(frozen=True, slots=True)
class Target:
    """The branch that work lands on, and the commit it was at when we looked."""

    name: str
    commit: str

    @property
    def ref(self) -> str:
        """The branch as git files it."""
        return f"refs/heads/{self.name}"


@dataclass(frozen=True, slots=True)
class Identity:
    """In whose name a commit is made."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository, known by its own checkout whichever of its worktrees it was opened from."""

    root: Path
    common_dir: Path

    @classmethod
    def open(cls, folder: Path | str) -> Repository:
        """Find the repository that holds `folder`, and refuse what no session can work in."""
        git.require_git()
        place = locate(Path(folder))
        root = _main_checkout(place) if place.linked else place.folder
        repository = cls(root, place.common_dir)
        if git.bare(repository.place) and not _has_checkout(place.common_dir):
            raise GitError(
                f"{root} is a bare repository: it has no checkout to work from",
                "Clone it (`git clone <it> <folder>`) and name the clone.",
            )
        # One whose branch was deleted under it is no empty one: its sessions' work is kept on.
        if not refs.has_commit(place) and not repository.branches():
            raise GitError(
                f"{place.folder} has no commits yet",
                "Commit something first: `git add -A && git commit -m 'Begin'`.",
            )
        return repository

    @property
    def place(self) -> Place:
        """Where git is run for this repository as a whole."""
        return Place(self.root, self.common_dir, self.common_dir)

    def target(self, name: str | None = None) -> Target:
        """The branch work lands on: the one named, else the one checked out in the repository."""
        if name is None:
            name = self.branch()
        if name is None:
            raise GitError(
                f"{self.root} is on no branch (detached HEAD), so there is no target to land on",
                "Name the target branch in conductor.toml, or check one out.",
            )
        ref = f"refs/heads/{name}"
        commit = refs.commit(self.place, ref) if refs.is_valid(ref) else None
        if commit is None:
            have = ", ".join(self.branches()[:8])
            hint = f"Create it{self._where_it_was(name)}, or name one of: {have}"
            raise GitError(f"There is no branch {name} in {self.root}", hint)
        return Target(name, commit)

    def branch(self) -> str | None:
        """The branch checked out in the repository's own checkout, if it is on one."""
        ref = refs.head(self.place)
        return ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else None

    def _where_it_was(self, name: str) -> str:
        """Say how to bring back the branch that the checkout is on, by what it last stood at."""
        if name != self.branch():
            return ""
        was = refs.last_at(self.place)
        words = ("git", "-C", str(self.root), "branch", name, was or "")
        return f" (`{shlex.join(words)}`)" if was else ""

    def branches(self) -> tuple[str, ...]:
        """The local branches, the most recently used first."""
        listing = git.run(
            self.place,
            "for-each-ref",
            "--sort=-committerdate",
            "--format=%(refname)",
            "refs/heads/",
        )
        names = os.fsdecode(listing).split("\n")
        return tuple(name.removeprefix("refs/heads/") for name in names if name)

    def commit_of(self, name: str) -> str:
        """The commit that a branch, ref or object name stands for."""
        commit = refs.commit(self.place, name)
        if commit is None:
            raise GitError(f"{name} is not a commit in {self.root}", "Look with `git log --all`.")
        return commit

    def identity(self) -> Identity:
        """In whose name to commit, as the person or the repository has configured it."""
        found = git.identity(self.place)
        if found is None:
            raise GitError(
                "Git does not know in whose name to commit",
                "Run `git config --global user.name 'Your Name'` and the same for user.email.",
            )
        return Identity(*found)


def _has_checkout(common_dir: Path) -> bool:
    """Whether files were ever checked out beside it, even if `core.bare` was set by mistake."""
    return common_dir.name == ".git" and (common_dir / "index").exists()


def _main_checkout(place: Place) -> Path:
    """The checkout that the repository of a linked worktree began with."""
    listing = git.run(place, "worktree", "list", "--porcelain", "-z")
    first = os.fsdecode(listing.split(b"\0\0", 1)[0]).split("\0")
    if "bare" in first and not _has_checkout(place.common_dir):
        raise GitError(
            f"{place.folder} belongs to a bare repository, {place.common_dir}",
            "Clone it (`git clone <it> <folder>`) and name the clone.",
        )
    root = Path(os.path.realpath(first[0].removeprefix("worktree ")))
    if not root.is_dir():
        raise GitError(f"The repository's own checkout, {root}, is gone", "Restore that folder.")
    return root
