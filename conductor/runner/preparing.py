"""Preparing worktrees as their repository asks: files brought along, its set-up run."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from pathlib import Path

from conductor.config import Repo
from conductor.terminals import processes
from worktrees.carrying import Luggage, carry, seen
from worktrees.errors import GitError
from worktrees.listing import Worktree
from worktrees.repository import Repository
from worktrees.setup import setup
from worktrees.verification import emptied

TAIL = 2000


class SetupFailed(GitError):
    """What a repository asks for could not be done in a new worktree."""


def luggage(wishes: Repo) -> Luggage:
    """Return what is to be brought into every worktree."""
    return Luggage(wishes.copy, wishes.cache)


def recipe_of(repo: Repository, wishes: Repo) -> str:
    """Say what a worktree is set up by: another recipe means that it is to be done again."""
    told = (wishes.setup, wishes.copy, wishes.cache, seen(repo, luggage(wishes)))
    return hashlib.sha256(repr(told).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def prepare(
    repo: Repository, tree: Worktree, wishes: Repo, *, env: Mapping[str, str], mark: str, log: Path
) -> None:
    """Bring files and run the set-up, marked so that all it starts can be found and ended.

    Where it fails, everything that git does not track is taken away again.
    """
    try:
        carry(repo, tree, luggage(wishes))
    except GitError as error:
        raise SetupFailed(str(error), error.hint) from error
    if not wishes.setup:
        return
    if left := processes.marked(mark):  # of a runner that was killed in the middle of it
        processes.end(left, mark=mark, grace=1.0)
    name, _, value = mark.partition("=")
    done = setup(tree, wishes.setup, {**env, name: value}, log, wishes.setup_timeout)
    if done.code == 0:
        return
    tail = log.read_text(errors="replace")[-TAIL:].strip()
    how = f"ended with {done.code}"
    if done.code is None:
        how = f"did not end in {wishes.setup_timeout:.0f} s"
    with contextlib.suppress(GitError):  # nobody has worked in it, and it may have filled the disk
        emptied(tree, ignored=True)
    raise SetupFailed(
        f"The repository's setup `{wishes.setup}` {how}: {tail}",
        "Repair it, or the line `setup` in conductor.toml, and retry the task.",
    )
