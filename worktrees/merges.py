"""Merging in memory: no checkout is touched, so it may be tried as often as anybody likes.

Merge drivers of the repository's configuration are not run: where attributes name one, git's own
three-way text merge is used. `merge=union` and `binary` are git's own and stay in force; attributes
are read from the repository's own checkout, as git does.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worktrees import git, objects
from worktrees.checkouts import (
    Checkout,
    advance,
    checkout_of,
    finish,
    move_branch,
    needs_advance,
)
from worktrees.errors import GitError, Moved
from worktrees.holding import Interrupted, Occupied
from worktrees.refs import move_ref

if TYPE_CHECKING:
    from worktrees.repository import Identity, Repository

__all__ = [
    "Checkout",
    "Conflict",
    "Interrupted",
    "Merged",
    "Moved",
    "Occupied",
    "advance",
    "checkout_of",
    "commit_tree",
    "finish",
    "merge",
    "move_branch",
    "move_ref",
    "needs_advance",
    "tree_of",
]

_PER_FILE = 64 << 10
_IN_ALL = 256 << 10
_MOST_FILES = 200  # whose marked text is read at all: thousands at once are more than git takes


@dataclass(frozen=True, slots=True)
class Merged:
    """Both sides fit: the tree that holds them."""

    tree: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """They do not fit: which files, what git said, and the marked text of each, bounded."""

    tree: str
    files: tuple[str, ...]
    messages: tuple[str, ...]
    text: str


def merge(repo: Repository, onto: str, change: str) -> Merged | Conflict:
    """Merge the commit `change` onto the commit `onto` in memory."""
    answer = git.ask(
        repo.place,
        *("merge-tree", "--write-tree", "-z", "--name-only", "--messages"),
        repo.commit_of(onto),
        repo.commit_of(change),
        timeout=300.0,
    )
    if answer.code not in {0, 1}:
        raise GitError(answer.words or "git could not merge", "Look whether both share a history.")
    tree, *fields = os.fsdecode(answer.out).split("\0")
    if answer.code == 0:
        return Merged(tree)
    end = fields.index("")
    files = tuple(dict.fromkeys(fields[:end]))
    return Conflict(tree, files, _messages(fields[end + 1 :]), _marked(repo, tree, files))


def commit_tree(
    repo: Repository,
    tree: str,
    parents: tuple[str, ...],
    message: str,
    author: Identity | None = None,
) -> str:
    """Make a commit of a tree in the person's name; `author` names who wrote the change."""
    committer = repo.identity()
    author = author or committer
    env = {
        "GIT_AUTHOR_NAME": author.name,
        "GIT_AUTHOR_EMAIL": author.email,
        "GIT_COMMITTER_NAME": committer.name,
        "GIT_COMMITTER_EMAIL": committer.email,
    }
    words = [word for parent in parents for word in ("-p", repo.commit_of(parent))]
    given = message.replace("\0", " ").encode("utf-8", "replace")
    out = git.run(repo.place, "commit-tree", f"{tree}^{{tree}}", *words, input=given, env=env)
    return out.decode().strip()


def tree_of(repo: Repository, commit: str) -> str:
    """The tree of a commit: equal trees mean that there is nothing to land."""
    name = f"{repo.commit_of(commit)}^{{tree}}"
    return git.run(repo.place, "rev-parse", "--verify", name).decode().strip()


def _messages(fields: list[str]) -> tuple[str, ...]:
    """What git says about the merge: each as a count of paths, the paths, a kind, a sentence."""
    said = []
    rest = iter(fields)
    for count in rest:
        if not count.isdigit():
            break
        for _ in range(int(count) + 1):
            next(rest)
        said.append(next(rest).strip())
    return tuple(said)


def _marked(repo: Repository, tree: str, files: tuple[str, ...]) -> str:
    parts: list[str] = []
    room = _IN_ALL
    blobs = objects.blobs(repo.place, tree, files[:_MOST_FILES], _PER_FILE)
    for path, blob in zip(files, blobs, strict=False):
        if room <= 0:
            break
        text = _readable(blob)
        parts.append(f"=== {path} ===\n{text}\n")
        room -= len(text)
    if more := len(files) - len(parts):
        parts.append(f"… {more} more files\n")
    return "".join(parts)


def _readable(blob: objects.Blob | None) -> str:
    if blob is None:
        return "(no such file in the merge: deleted on one side, or a folder)"
    if b"\0" in blob.start:
        return f"(binary, {blob.size} bytes)"
    cut = f"\n… {blob.size - len(blob.start)} bytes more" if blob.size > len(blob.start) else ""
    return blob.start.decode("utf-8", "replace") + cut
