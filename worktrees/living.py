"""What lies in a worktree at this moment, as a tree, without writing into its repository.

New contents go into a folder of our own beside the repository's objects, a private index takes
them up, and both go when the reading is over. So an agent may be followed while it works, and
nothing of that stays behind, nor takes a lock that the agent's own git needs.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from typing import TYPE_CHECKING

from worktrees import git
from worktrees.errors import disk_trouble
from worktrees.places import locate
from worktrees.status import Entry, status

if TYPE_CHECKING:
    from pathlib import Path

LARGEST, MOST = 32 << 20, 256 << 20
"""Bytes up to which an untracked file is taken up, and all of them together."""


class Living:
    """A worktree that is being worked in."""

    def __init__(self, folder: Path) -> None:
        self._place = locate(folder)
        self.left_out: list[str] = []  # new files that are too large to be followed
        self._taken = 0
        with disk_trouble("Reading a live worktree"):
            self._folder = tempfile.mkdtemp(prefix="conductor-live-")
            objects = os.path.join(self._folder, "objects")
            os.mkdir(objects)
        index = os.path.join(self._folder, "index")
        with contextlib.suppress(FileNotFoundError):  # no index yet: git starts from an empty one
            shutil.copy2(self._place.git_dir / "index", index)
        self.env = {
            "GIT_INDEX_FILE": index,
            "GIT_OBJECT_DIRECTORY": objects,
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(self._place.common_dir / "objects"),
        }

    def tree(self) -> tuple[str, str | None]:
        """Return what lies there as a tree, and the commit that is checked out."""
        seen = status(self._place, self.env)
        gone: list[str] = []
        there: list[str] = []
        for entry in seen.entries:
            if not entry.path.endswith("/"):  # a repository inside, which is its own affair
                (there if self._readable(entry) else gone).append(entry.path)
        update = ("update-index", "-z", "--add", "--remove", "--replace")
        if gone:
            git.run(
                self._place, *update, "--force-remove", "--stdin", input=_names(gone), env=self.env
            )
        if there:
            git.run(
                self._place, *update, "--stdin", input=_names(there), env=self.env, timeout=120.0
            )
        return git.run(self._place, "write-tree", env=self.env).decode().strip(), seen.head

    def _readable(self, entry: Entry) -> bool:
        """Say whether something is at this very path that may be taken up."""
        root = os.path.realpath(self._place.folder)
        file = os.path.join(root, entry.path)
        above = os.path.dirname(file)
        if os.path.realpath(above) != above:
            return False  # seen through a link
        if os.path.islink(file) or entry.submodule:
            return os.path.lexists(file)
        return os.path.isfile(file) and (not entry.untracked or self._fits(file, entry.path))

    def _fits(self, file: str, path: str) -> bool:
        """Say whether a new file is small enough, and remember those that are not."""
        with contextlib.suppress(FileNotFoundError):  # it has gone meanwhile
            size = os.path.getsize(file)
            if size > LARGEST or self._taken + size > MOST:
                self.left_out.append(path)
                return False
            self._taken += size
        return True

    def close(self) -> None:
        """Remove what was kept for it."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _names(paths: list[str]) -> bytes:
    return b"".join(os.fsencode(path) + b"\0" for path in paths)
