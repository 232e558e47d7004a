"""The worktrees a repository has, as git sees them."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from worktrees import git
from worktrees.errors import GitError
from worktrees.places import Place, locate

if TYPE_CHECKING:
    from worktrees.repository import Repository

# Why a worktree of ours is locked; git shows it, and refuses to prune or remove the worktree.
OURS = "conductor: in use"
MAKING = "conductor: being made"


@dataclass(frozen=True, slots=True)
class Worktree:
    """One checkout of a repository, as git has it on record."""

    path: Path
    git_dir: Path
    common_dir: Path
    branch: str | None
    head: str | None
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
    """Every worktree of the repository, its own checkout first."""
    out = os.fsdecode(git.run(repo.place, "worktree", "list", "--porcelain", "-z"))
    records = _records(repo.common_dir)
    trees: list[Worktree] = []
    for block in filter(None, out.split("\0\0")):
        fields = dict(line.partition(" ")[::2] for line in block.strip("\0").split("\0"))
        named = Path(fields["worktree"])
        path = Path(os.path.realpath(named.parent)) / named.name
        first = not trees
        branch = fields.get("branch")
        trees.append(
            Worktree(
                path=repo.root if first else path,
                git_dir=repo.common_dir if first else records.get(path, repo.common_dir / "gone"),
                common_dir=repo.common_dir,
                branch=branch.removeprefix("refs/heads/") if branch else None,
                head=head if (head := fields.get("HEAD", "")).strip("0") else None,
                locked=fields.get("locked"),
                missing=not path.is_dir(),
            )
        )
    return trees


def find(repo: Repository, path: Path) -> Worktree:
    """The worktree on record at `path`."""
    path = own_path(path)
    for tree in listing(repo):
        if tree.path == path:
            return tree
    raise GitError(f"{repo.root} has no worktree at {path}", "`git worktree list` shows them.")


def own_path(path: Path) -> Path:
    """The path with its parents' links resolved; the folder itself must not be one."""
    whole = Path(os.path.abspath(path))
    if whole.is_symlink():
        raise GitError(f"{whole} is a link, not a folder of ours", "Remove the link.")
    return Path(os.path.realpath(whole.parent)) / whole.name


def _records(common_dir: Path) -> dict[Path, Path]:
    """Where git keeps the record of each linked worktree."""
    records = {}
    try:
        kept = list(os.scandir(common_dir / "worktrees"))
    except FileNotFoundError:
        return {}
    for entry in kept:
        try:
            with open(os.path.join(entry.path, "gitdir"), "rb") as file:
                dot_git = os.fsdecode(file.read(8192)).rstrip("\n")
        except OSError:
            continue  # git itself lists no worktree without this file
        folder = Path(os.path.join(entry.path, dot_git)).parent
        records[Path(os.path.realpath(folder.parent)) / folder.name] = Path(entry.path)
    return records
