"""What differs in a checkout, read in one call that writes nothing and looks into no submodule."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worktrees import git

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from worktrees.places import Place

# Whatever git leaves in its directory while something is half done, and what to call it.
_UNDER_WAY = (
    ("rebase-merge", "rebase"),
    ("rebase-apply", "rebase"),
    ("MERGE_HEAD", "merge"),
    ("CHERRY_PICK_HEAD", "cherry-pick"),
    ("REVERT_HEAD", "revert"),
    ("BISECT_START", "bisect"),
)

# What git takes for its own folder on some system or other, and so keeps in no tree.
_LIKE_GIT = re.compile(r"(?:^|/)(?:\.git|git~1)[ .]*(?::[^/]*)?(?:/|$)", re.IGNORECASE)
_UNSEEN = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")  # on a Mac, in any name


@dataclass(frozen=True, slots=True)
class Entry:
    """One path that differs: in the index (`staged`), on disk (`unstaged`), or not tracked."""

    path: str
    staged: str
    unstaged: str
    submodule: bool = False
    unmerged: bool = False
    mode: str = ""  # of the file on disk, where git knows it

    @property
    def untracked(self) -> bool:
        """Whether git does not know the file yet."""
        return self.staged == "?"


@dataclass(frozen=True, slots=True)
class Status:
    """A checkout's commit, branch and differences."""

    head: str | None
    branch: str | None
    entries: tuple[Entry, ...]

    @property
    def tracked(self) -> tuple[Entry, ...]:
        """The differences in files that git knows."""
        return tuple(entry for entry in self.entries if not entry.untracked)


def status(
    folder: Path | Place, env: Mapping[str, str] | None = None, paths: Sequence[str] = ()
) -> Status:
    """Read how a checkout differs from its commit and its index; or only these paths of it."""
    out = git.run(
        folder,
        "status",
        "--porcelain=v2",
        "-z",
        "--branch",
        "--untracked-files=all",
        "--ignored=no",
        "--ignore-submodules=dirty",
        "--no-renames",
        "--no-ahead-behind",
        "--",
        *paths,
        env=env,
        timeout=300.0,
    )
    head = branch = None
    entries: list[Entry] = []
    for line in os.fsdecode(out).split("\0"):
        kind, _, rest = line.partition(" ")
        if kind == "#":
            key, _, value = rest.partition(" ")
            if key == "branch.oid" and value != "(initial)":
                head = value
            elif key == "branch.head" and value != "(detached)":
                branch = value
        elif kind == "?":
            refused = _refused(rest)
            entry = Entry(refused or rest, "?", "?")
            if not refused or entries[-1:] != [entry]:
                entries.append(entry)
        elif kind in {"1", "u"}:
            fields = rest.split(" ", 7 if kind == "1" else 9)
            module = fields[1] != "N..."
            unmerged = kind == "u"
            mode = "" if unmerged else fields[4]
            entries.append(Entry(fields[-1], rest[0], rest[1], module, unmerged, mode))
    return Status(head, branch, tuple(entries))


def _refused(path: str) -> str:
    """Return the folder in a path that git would take for a repository's own, as it tells those.

    It refuses such a path wherever one is checked out, so no change that holds it could land.
    """
    if path.isascii() and not _LIKE_GIT.search(path):
        return ""
    parts = path.split("/")
    plain = parts if path.isascii() else [_UNSEEN.sub("", part) for part in parts]
    found = next((at for at, part in enumerate(plain, 1) if _LIKE_GIT.match(part)), 0)
    return "/".join([*parts[:found], ""]) if found else ""


def under_way(place: Place) -> str | None:
    """What a person or an agent has begun here and not finished: a rebase, a merge, …"""
    for name, word in _UNDER_WAY:
        if (place.git_dir / name).exists():
            return word
    return None
