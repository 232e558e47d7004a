"""Why a git may wait for ever: a pipe lies where it reads a file of its own in every folder."""

from __future__ import annotations

import os
import stat
import time

from worktrees.errors import GitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

_READ = (".gitignore", ".gitattributes")
_PATIENCE = 10.0


def refuse_pipes(folder: Path) -> None:
    """Look through a checkout in which git takes long, and say so if it can come to no end."""
    deadline = time.monotonic() + _PATIENCE
    for above, folders, files in os.walk(folder):
        if ".git" in folders:
            folders.remove(".git")
        for name in _READ:
            if name in files and _is_pipe(os.path.join(above, name)):
                raise GitError(
                    f"{os.path.join(above, name)} is a pipe, not a file: git waits there for ever",
                    "Remove it.",
                )
        if time.monotonic() > deadline:
            return


def _is_pipe(path: str) -> bool:
    try:
        return stat.S_ISFIFO(os.lstat(path).st_mode)
    except OSError:
        return False
