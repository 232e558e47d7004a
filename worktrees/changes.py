"""What changed between two commits: the files, the text, and what of it will run. Reading only."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worktrees import git, refs
from worktrees.errors import GitError
from worktrees.patches import FilePatch, Hunk, index
from worktrees.risks import runs_code

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from worktrees.places import Place

__all__ = [
    "ChangedFile",
    "FilePatch",
    "Hunk",
    "changed_files",
    "diff_text",
    "file_diff",
    "index",
    "merge_base",
    "runs_code",
]

_DIFF = ("diff-tree", "-r", "--no-ext-diff", "--no-textconv", "--no-color", "-M")
_DIFF_TIMEOUT = 300.0
# Beyond so many words a command line does not start; git is then asked in several goes.
_PATHS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """One file that differs; `added` and `removed` count lines, and are None for binary files."""

    path: str
    old_path: str | None
    status: str
    added: int | None
    removed: int | None
    old_mode: str
    new_mode: str

    @property
    def binary(self) -> bool:
        """Whether git takes it for something other than text."""
        return self.added is None

    @property
    def runs_code(self) -> bool:
        """Whether this change alters what runs on somebody's machine."""
        names = [self.path, *([self.old_path] if self.old_path else [])]
        return self.made_executable or any(runs_code(name) for name in names)

    @property
    def made_executable(self) -> bool:
        """Whether a file may now be run that could not be before, or leads elsewhere by a link."""
        return self.new_mode != self.old_mode and self.new_mode in {"100755", "120000", "160000"}


def merge_base(folder: Path | Place, one: str, other: str) -> str | None:
    """The commit that two histories share, if any."""
    answer = git.ask(folder, "merge-base", "--end-of-options", one, other)
    if answer.code not in {0, 1}:
        raise GitError(answer.words)
    return answer.out.decode().strip() or None


def changed_files(folder: Path | Place, base: str, head: str) -> list[ChangedFile]:
    """The files that differ between two commits, with renames found."""
    between = (_commit(folder, base), _commit(folder, head))
    out = git.run(folder, *_DIFF, "--raw", "--numstat", "-z", *between, timeout=_DIFF_TIMEOUT)
    fields = os.fsdecode(out).split("\0")
    files: list[tuple[str, str | None, str, str, str]] = []
    at = 0
    while fields[at].startswith(":"):
        old_mode, new_mode, _, _, status = fields[at][1:].split()
        renamed = status[0] in "RC"
        old = fields[at + 1] if renamed else None
        path = fields[at + 2] if renamed else fields[at + 1]
        files.append((path, old, status[0], old_mode, new_mode))
        at += 3 if renamed else 2
    counts = _counts(fields[at:])
    return [
        ChangedFile(path, old, status, *counts.get(path, (0, 0)), old_mode, new_mode)
        for path, old, status, old_mode, new_mode in files
    ]


def diff_text(
    folder: Path | Place,
    base: str,
    head: str,
    paths: Sequence[str] | None = None,
    context: int = 3,
) -> Generator[bytes]:
    """The unified diff between two commits, piece by piece; close it to stop git."""
    between = (_commit(folder, base), _commit(folder, head))
    words = (*_DIFF, "-p", f"-U{max(0, context)}", "--src-prefix=a/", "--dst-prefix=b/", *between)
    if paths is None:
        yield from git.stream(folder, *words, timeout=_DIFF_TIMEOUT)
        return
    for start in range(0, len(paths), _PATHS_AT_ONCE):
        some = paths[start : start + _PATHS_AT_ONCE]
        yield from git.stream(folder, *words, "--", *some, timeout=_DIFF_TIMEOUT)


def file_diff(
    folder: Path | Place, base: str, head: str, file: ChangedFile, context: int = 3
) -> bytes:
    """One file's part of the diff, the old name of a renamed one included."""
    paths = [file.path] if file.old_path is None else [file.old_path, file.path]
    return b"".join(diff_text(folder, base, head, paths, context))


def _commit(folder: Path | Place, name: str) -> str:
    """A name that no option can be mistaken for."""
    if refs.is_oid(name):
        return name
    commit = refs.resolve(folder, name)
    if commit is None:
        raise GitError(f"{name} is not a commit", "Look with `git log --all`.")
    return commit


def _counts(fields: list[str]) -> dict[str, tuple[int | None, int | None]]:
    counts: dict[str, tuple[int | None, int | None]] = {}
    rest = iter(fields)
    for line in rest:
        if not line:
            continue
        added, removed, path = line.split("\t", 2)
        if not path:
            next(rest)
            path = next(rest)
        counts[path] = (None, None) if added == "-" else (int(added), int(removed))
    return counts
