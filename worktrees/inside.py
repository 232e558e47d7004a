"""Repositories that lie inside a worktree: git keeps none of their files, so they are named.

An agent makes them by `git init` or `git clone`. While git does not know one, nothing of it is part
of a change; one that was added by `git add` is a pointer to a commit that nobody else has. A
submodule of the repository's own is neither: its `.git` is a file, and others can fetch it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from worktrees import git

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from worktrees.changes import ChangedFile
    from worktrees.places import Place

LINK = "160000"


def added(folder: Path, files: Iterable[ChangedFile]) -> tuple[str, ...]:
    """Which of these changes are pointers to a repository that only this worktree may have."""
    return tuple(
        file.path
        for file in files
        if LINK == file.new_mode != file.old_mode
        and not os.path.isfile(os.path.join(folder, file.path, ".git"))
    )


def owned(place: Place) -> tuple[str, ...]:
    """The repositories that are pointers in the index, and whose commits lie here alone."""
    listed = os.fsdecode(git.run(place, "ls-files", "-s", "-z")).split("\0")
    entries = (line.partition("\t") for line in listed)
    links = (path for about, _, path in entries if about.startswith(LINK))
    return tuple(path for path in links if os.path.isdir(os.path.join(place.folder, path, ".git")))
