"""Reading a change for a screen: the list at once, the text as it comes, whole files on demand.

The list is git's `--raw`, which opens no file, so that it takes milliseconds at any size; what it
cannot say (how many lines, text or not) comes with the diff itself.
"""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from worktrees import git
from worktrees.risks import runs_code

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping, Sequence
    from pathlib import Path

    from worktrees.places import Place

_DIFF = ("diff-tree", "-r", "--no-ext-diff", "--no-textconv", "--no-color", "-M")
_TIMEOUT = 300.0
_PATHS_AT_ONCE = 500
NOTHING = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
"""The tree without files, which git knows without being told."""


@dataclass(frozen=True, slots=True)
class Ends:
    """Two commits or trees, by their full names, and the repository they are read in."""

    folder: Path | Place
    base: str
    head: str
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listed:
    """One file that differs, without a look into it."""

    path: str
    old_path: str | None
    status: str
    old_mode: str
    new_mode: str
    old_blob: str
    new_blob: str

    @property
    def runs_code(self) -> bool:
        """Whether this change alters what runs on somebody's machine."""
        runnable = self.new_mode in {"100755", "120000", "160000"}
        return (
            (runnable and self.new_mode != self.old_mode)
            or runs_code(self.path)
            or (self.old_path is not None and runs_code(self.old_path))
        )


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit in a list to choose from."""

    commit: str
    at: int
    author: str
    subject: str


def listed(ends: Ends) -> list[Listed]:
    """The files that differ, with renames found."""
    out = git.run(
        ends.folder, *_DIFF, "--raw", "-z", ends.base, ends.head, env=ends.env, timeout=_TIMEOUT
    )
    fields = os.fsdecode(out).split("\0")
    files = []
    at = 0
    while fields[at].startswith(":"):
        old_mode, new_mode, old_blob, new_blob, status = fields[at][1:].split()
        renamed = status[0] in "RC"
        old = fields[at + 1] if renamed else None
        path = fields[at + 2] if renamed else fields[at + 1]
        files.append(Listed(path, old, status[0], old_mode, new_mode, old_blob, new_blob))
        at += 3 if renamed else 2
    return files


def patch(
    ends: Ends, paths: Sequence[str] | None = None, *, ignore_space: bool = False, context: int = 3
) -> Generator[bytes]:
    """The unified diff, piece by piece; close it to stop git."""
    space = ("--ignore-all-space",) if ignore_space else ()
    words = (
        *_DIFF, "-p", *space, f"-U{context}", "--src-prefix=a/", "--dst-prefix=b/",
        ends.base, ends.head,
    )  # fmt: skip
    if paths is None:
        yield from git.stream(ends.folder, *words, env=ends.env, timeout=_TIMEOUT)
        return
    for start in range(0, len(paths), _PATHS_AT_ONCE):
        some = paths[start : start + _PATHS_AT_ONCE]
        yield from git.stream(ends.folder, *words, "--", *some, env=ends.env, timeout=_TIMEOUT)


def text(ends: Ends, blob: str, most: int) -> bytes:
    """The beginning of a file's content."""
    got = b""
    words = ("cat-file", "blob", blob)
    with closing(git.stream(ends.folder, *words, env=ends.env)) as pieces:
        for piece in pieces:
            got += piece
            if len(got) >= most:
                break
    return got[:most]


def sizes(ends: Ends, blobs: Iterable[str]) -> dict[str, int]:
    """How large some contents are, in one call."""
    wanted = [blob for blob in dict.fromkeys(blobs) if blob.strip("0")]
    if not wanted:
        return {}
    names = "".join(f"{blob}\n" for blob in wanted).encode()
    out = git.run(ends.folder, "cat-file", "--batch-check", input=names, env=ends.env)
    found = {}
    for line in out.decode("ascii", "replace").splitlines():
        name, _, rest = line.partition(" ")
        kind, _, size = rest.partition(" ")
        if kind == "blob":
            found[name] = int(size)
    return found


def commits(folder: Path | Place, base: str, head: str, most: int = 200) -> list[Commit]:
    """The commits of a history that another does not have, the newest first."""
    out = git.run(
        folder, "log", f"-{most}", "--no-color", "--no-show-signature",
        "--format=%H%x00%ct%x00%an%x00%s%x00", "--end-of-options", head, f"^{base}", "--",
    )  # fmt: skip
    fields = out.decode("utf-8", "replace").split("\0")
    rows = zip(fields[0::4], fields[1::4], fields[2::4], fields[3::4], strict=False)
    return [Commit(oid.strip("\n"), int(at), author, words) for oid, at, author, words in rows]


def parent(folder: Path | Place, commit: str) -> str:
    """The commit before this one, or the tree without files."""
    answer = git.ask(folder, "rev-parse", "--verify", "--quiet", f"{commit}^1")
    return NOTHING if answer.code else answer.out.decode().strip()
