"""Why a git may wait for ever: a pipe lies where it reads a file.

An agent can make one of its `.gitignore`, or of a file in the git directory it shares with others.
"""

from __future__ import annotations

import os
import stat
import time
from itertools import chain
from typing import TYPE_CHECKING

from worktrees.errors import GitError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from worktrees.places import Place

_READ = frozenset({".gitignore", ".gitattributes"})
_PATIENCE = 10.0


def refuse_pipes(place: Place) -> None:
    """Look through a checkout in which git takes long, and say so if it can come to no end."""
    deadline = time.monotonic() + _PATIENCE
    for path in chain(_of_git(place), _of_checkout(place.folder)):
        if _is_pipe(path):
            raise GitError(f"{path} is a pipe, not a file: git waits there for ever", "Remove it.")
        if time.monotonic() > deadline:
            return


def _of_git(place: Place) -> Iterator[str]:
    """What git reads of its own: files beside HEAD, about the repository, and refs."""
    common = place.common_dir
    for folder in {place.git_dir, common, common / "info", common / "objects" / "info"}:
        if os.path.isdir(folder):
            yield from (os.path.join(folder, name) for name in os.listdir(folder))
    for above, _, files in os.walk(common / "refs"):
        yield from (os.path.join(above, name) for name in files)


def _of_checkout(folder: Path) -> Iterator[str]:
    """What git reads in every folder of a checkout."""
    for above, folders, files in os.walk(folder):
        if ".git" in folders:
            folders.remove(".git")
        yield from (os.path.join(above, name) for name in _READ.intersection(files))


def _is_pipe(path: str) -> bool:
    try:
        return stat.S_ISFIFO(os.lstat(path).st_mode)
    except OSError:
        return False
