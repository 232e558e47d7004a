"""Keeping everything that lies in a worktree under a ref, without touching its files or its index.

A snapshot is a commit. Its tree is every file that is not ignored, as it is on disk. Its first
parent is the worktree's own commit; then the snapshot before it, so that all of them stay; then,
where something staged differs both from the commit and from the file, what was staged.

No filter runs (see hardening.py), so a file that git would convert is kept as it is on disk. Line
endings are converted by git itself, which runs nothing. What git cannot keep is named in
`left_out`: repositories inside the worktree that are not its submodules. Changes *inside* a
submodule are its own repository's; here only the commit it is at is kept.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from worktrees import git, overlay, refs
from worktrees.errors import GitError, disk_trouble
from worktrees.status import Entry, Status, status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from worktrees.listing import Worktree
    from worktrees.places import Place
    from worktrees.repository import Repository

MAIL = "conductor@localhost"
STAGED = "What was staged"

AUTHOR = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Conductor"), ("EMAIL", MAIL))
}
_PREFIX = "refs/conductor/"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was kept; `changed` is false when the ref already held exactly this."""

    commit: str
    tree: str
    parent: str | None
    changed: bool
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """One snapshot on record."""

    ref: str
    commit: str
    at: int
    subject: str


@dataclass(frozen=True, slots=True)
class _Before:
    commit: str
    tree: str
    parents: tuple[str, ...]


def snapshot(worktree: Worktree, ref: str, message: str) -> Snapshot:
    """Keep everything in the worktree under `ref` (below refs/conductor/)."""
    if not ref.startswith(_PREFIX) or not refs.is_valid(ref):
        raise GitError(f"{ref} is not a place for snapshots", f"Use a ref below {_PREFIX}.")
    place = worktree.place
    before = _before(place, ref)
    with disk_trouble("Taking a snapshot"):
        seen = status(place)
        left_out = tuple(entry.path for entry in seen.entries if entry.path.endswith("/"))
        staged = _staged(place, seen)
        tree = tree_of(place, seen)
    parents = [parent for parent in (seen.head, before and before.commit) if parent]
    if before and _same(place, before, tree, seen.head, staged):
        return Snapshot(before.commit, tree, seen.head, changed=False, left_out=left_out)
    if staged:
        parents.append(_commit(place, staged, parents[:1], STAGED))
    commit = _commit(place, tree, parents, message)
    refs.move_ref(place, ref, commit, before.commit if before else None, "snapshot")
    return Snapshot(commit, tree, seen.head, changed=True, left_out=left_out)


def snapshots(repo: Repository, prefix: str = _PREFIX) -> list[Kept]:
    """The snapshots below a ref, the newest first."""
    out = git.run(
        repo.place,
        "for-each-ref",
        "--sort=-committerdate",
        "--format=%(refname)%00%(objectname)%00%(committerdate:unix)%00%(contents:subject)%00",
        prefix.rstrip("/"),
    )
    fields = out.decode("utf-8", "replace").split("\0")
    rows = zip(fields[0::4], fields[1::4], fields[2::4], fields[3::4], strict=False)
    return [Kept(ref.strip("\n"), commit, int(at), subject) for ref, commit, at, subject in rows]


def tree_of(place: Place, seen: Status) -> str:
    """Everything on disk that is not ignored, as a tree in git's store."""
    entries = [entry for entry in seen.entries if not entry.path.endswith("/")]
    if seen.head:
        if not entries:
            return git.run(place, "rev-parse", f"{seen.head}^{{tree}}").decode().strip()
        differs = overlay.leaves(place, entries)
        made = overlay.overlay(place, seen.head, differs) if differs is not None else None
        if made is not None:
            return made
    with _private_index(place) as env:
        return _by_index(place, env, entries)


@contextlib.contextmanager
def _private_index(place: Place) -> Iterator[dict[str, str]]:
    """A private copy of the index, its time of writing included.

    Git takes a file that changed in the very moment the index was written for suspect, by that
    time; a copy with a newer time would trust it and miss the change.
    """
    with tempfile.TemporaryDirectory(prefix="conductor-") as folder:
        copy = Path(folder, "index")
        with contextlib.suppress(FileNotFoundError):  # no index yet: git starts from an empty one
            shutil.copy2(place.git_dir / "index", copy)
        yield {"GIT_INDEX_FILE": str(copy)}


def _by_index(place: Place, env: dict[str, str], entries: list[Entry]) -> str:
    """Bring a private index up to the disk and write it down as a tree."""
    gone: list[str] = []
    there: list[str] = []
    for entry in entries:
        (there if _is_there(place.folder, entry) else gone).append(entry.path)
    update = ("update-index", "-z", "--add", "--remove", "--replace")
    if gone:
        git.run(place, *update, "--force-remove", "--stdin", input=_names(gone), env=env)
    if there:
        try:
            git.run(place, *update, "--stdin", input=_names(there), env=env, timeout=600.0)
        except GitError as error:
            hint = "A file could not be read. Make it readable, or have it ignored."
            raise GitError(f"The snapshot was not taken. {error}", error.hint or hint) from error
    return git.run(place, "write-tree", env=env).decode().strip()


def _is_there(root: Path, entry: Entry) -> bool:
    """Whether a file is at this path itself, not a folder, nor something seen through a link."""
    parts = entry.path.split("/")
    above = (os.path.join(root, *parts[:depth]) for depth in range(1, len(parts)))
    file = os.path.join(root, entry.path)
    return (
        os.path.lexists(file)
        and (entry.submodule or os.path.islink(file) or not os.path.isdir(file))
        and not any(os.path.islink(folder) for folder in above)
    )


def _staged(place: Place, seen: Status) -> str | None:
    """The index as a tree, where it holds something that is in no commit and in no file."""
    unmerged = any(entry.unmerged for entry in seen.entries)
    only_there = any(
        entry.staged not in {".", "?", "D"} and entry.unstaged != "." and not entry.untracked
        for entry in seen.entries
    )
    if unmerged or not only_there:
        return None
    with _private_index(place) as env:
        return git.run(place, "write-tree", env=env).decode().strip()


def _before(place: Place, ref: str) -> _Before | None:
    answer = git.ask(place, "log", "-1", "--no-color", "--format=%H %T %P", ref, "--")
    if answer.code:
        return None
    commit, tree, *parents = answer.out.decode().split()
    return _Before(commit, tree, tuple(parents))


def _same(place: Place, before: _Before, tree: str, head: str | None, staged: str | None) -> bool:
    if before.tree != tree or before.parents[:1] != ((head,) if head else ()):
        return False
    if staged is None:
        return True
    last = git.run(place, "rev-parse", f"{before.parents[-1]}^{{tree}}").decode().strip()
    return last == staged


def _commit(place: Place, tree: str, parents: list[str], message: str) -> str:
    words = [word for parent in parents for word in ("-p", parent)]
    given = message.encode("utf-8", "replace").replace(b"\0", b" ")
    out = git.run(place, "commit-tree", tree, *words, input=given, env=AUTHOR)
    return out.decode().strip()


def _names(paths: list[str]) -> bytes:
    return b"".join(os.fsencode(path) + b"\0" for path in paths)
