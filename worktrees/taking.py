"""A commit of a change without the parts that a person left out, made from a private index.

No checkout is touched.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from worktrees import git, hunks, refs
from worktrees.errors import GitError, disk_trouble
from worktrees.parts import NOTHING, File, read
from worktrees.repository import Identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from worktrees.places import Place
    from worktrees.repository import Repository

_NONE = "0" * 40
_AUTHOR = Identity("Conductor", "conductor@localhost")


def tree(
    folder: Path | Place, head: str, files: Iterable[File], left: Mapping[str, Iterable[str]]
) -> str:
    """Write the tree of a change without what is left out of these files; return its name."""
    gone: list[bytes] = []
    there: list[bytes] = []
    for file in files:
        for entry in _entries(folder, file, frozenset(left.get(file.path, ()))):
            (gone if entry.startswith(b"0 ") else there).append(entry)
    with disk_trouble("Making a commit"), tempfile.TemporaryDirectory(prefix="conductor-") as own:
        env = {"GIT_INDEX_FILE": str(Path(own) / "index")}
        git.run(folder, "read-tree", f"{head}^{{tree}}", env=env)
        entries = b"".join([*gone, *there])
        words = ("update-index", "-z", "--index-info")
        git.run(folder, *words, input=entries, env=env, timeout=300.0)
        return git.run(folder, "write-tree", env=env).decode().strip()


def commit(
    repo: Repository, base: str, offered: str, left: Mapping[str, Iterable[str]], ref: str
) -> str:
    """Make a commit of what is taken of an offered change, kept under `ref`; return its name.

    Its parents are the agent's own last commit, as a snapshot's are, and the offered one.
    """
    made = tree(repo.place, offered, read(repo.place, base, offered, tuple(left)), left)
    if made == git.run(repo.place, "rev-parse", f"{base}^{{tree}}").decode().strip():
        raise GitError("Nothing of the change was taken", "Take a part of it, or reject it.")
    own = repo.commit_of(f"{offered}^1")
    who = {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", _AUTHOR.name), ("EMAIL", _AUTHOR.email))
    }
    words = ("commit-tree", made, "-p", own, "-p", offered)
    out = git.run(repo.place, *words, input=b"What was taken\n", env=who)
    name = out.decode().strip()
    refs.move_ref(repo.place, ref, name, refs.resolve(repo.place, ref), "taken")
    return name


def _entries(folder: Path | Place, file: File, left: frozenset[str]) -> list[bytes]:
    """Say to the index what becomes of one file: which names go, and what stands where."""
    out = frozenset(kind for kind, name in file.whole if name in left)
    gone = [hunks.read(edit, left) for edit in file.edits]
    all_gone = all(
        lines == hunks.all_of(edit) for lines, edit in zip(gone, file.edits, strict=True)
    )
    old = file.old_path or file.path
    path = old if hunks.NAME in out else file.path
    mode, blob = file.new_mode, file.new_blob
    if all_gone and len(out) == len(file.whole):
        mode, blob = file.old_mode, file.old_blob
    elif NOTHING in {file.old_mode, file.new_mode}:
        if any(gone):
            mode = file.old_mode if mode == NOTHING else mode
            blob = _taken_blob(folder, file, left)
    else:
        mode = file.old_mode if out & {hunks.MODE, hunks.WHOLE} else mode
        if hunks.WHOLE in out:
            blob = file.old_blob
        elif any(gone):
            blob = _taken_blob(folder, file, left)
    entries = [_entry("0", _NONE, name) for name in {old, file.path} - {path}]
    return [*entries, _entry("0" if mode == NOTHING else mode, blob, path)]


def _taken_blob(folder: Path | Place, file: File, left: frozenset[str]) -> str:
    before = b""
    if file.old_mode != NOTHING:
        before = git.run(folder, "cat-file", "blob", file.old_blob)
    made = hunks.taken(before, file.edits, left)
    return (
        git.run(folder, "hash-object", "-w", "-t", "blob", "--stdin", input=made).decode().strip()
    )


def _entry(mode: str, blob: str, path: str) -> bytes:
    return f"{mode} {blob}\t".encode() + os.fsencode(path) + b"\0"
