"""Changing files of a session's worktree in the person's name, while its agent rests.

What lies there has been kept as a snapshot before. Only files that differ between the two trees are
written, and none of them if one is not as the first tree has it: git itself refuses then.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from worktrees import git, merges, refs
from worktrees.errors import GitError, disk_trouble
from worktrees.repository import Identity
from worktrees.status import under_way

if TYPE_CHECKING:
    from worktrees.listing import Worktree
    from worktrees.repository import Repository


def rewrite(worktree: Worktree, before: str, after: str) -> None:
    """Make the files of a worktree, which are as in the tree `before`, those of `after`."""
    if before == after:
        return
    place = worktree.place
    with disk_trouble("Writing files"), tempfile.TemporaryDirectory(prefix="conductor-") as own:
        env = {"GIT_INDEX_FILE": str(Path(own) / "index")}
        with contextlib.suppress(FileNotFoundError):  # with it, only what changed is looked into
            shutil.copy2(place.git_dir / "index", env["GIT_INDEX_FILE"])
        git.run(place, "read-tree", "--reset", before, env=env, timeout=300.0)
        git.ask(place, "update-index", "-q", "--refresh", env=env, timeout=300.0)
        git.run(place, "read-tree", "-m", "-u", before, after, env=env, timeout=600.0)


def stand_on(worktree: Worktree, commit: str) -> None:
    """Let a worktree's branch be at a commit, whatever its files are: they differ from it then."""
    if worktree.branch is None:
        raise GitError(f"{worktree.path} is on no branch", "Check its branch out there.")
    if doing := under_way(worktree.place):
        raise GitError(f"A {doing} is under way in {worktree.path}", "Finish it, or give it up.")
    head = refs.resolve(worktree.place, "HEAD")
    if head != commit:
        refs.move_ref(
            worktree.place, f"refs/heads/{worktree.branch}", commit, head, "conductor: stand on"
        )
    git.run(worktree.place, "read-tree", "--reset", commit, timeout=300.0)
    git.ask(worktree.place, "update-index", "-q", "--refresh", timeout=300.0)


def with_lines(
    repo: Repository, tree: str, path: str, span: tuple[int, int], text: str
) -> str | None:
    """Return a tree in which a file's lines, from and up to these, are others; None if it can't."""
    first, last = span
    listed = os.fsdecode(git.run(repo.place, "ls-tree", "-z", tree, "--", path))
    if not listed.startswith("100"):
        return None
    mode, _, blob = listed.partition("\t")[0].split()
    before = git.run(repo.place, "cat-file", "blob", blob)
    lines = before.split(b"\n")
    lines = [line + b"\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    if not 1 <= first <= last <= len(lines):
        return None
    put = text.encode("utf-8", "replace").replace(b"\r\n", b"\n")
    if lines[first - 1].endswith(b"\r\n"):
        put = put.replace(b"\n", b"\r\n")
    if last == len(lines) and not lines[-1].endswith(b"\n"):
        put = put.removesuffix(b"\n").removesuffix(b"\r")
    made = b"".join([*lines[: first - 1], put, *lines[last:]])
    given = git.run(repo.place, "hash-object", "-w", "-t", "blob", "--stdin", input=made)
    return _with_blob(repo, tree, f"{mode} {given.decode().strip()}\t{path}\0")


def _with_blob(repo: Repository, tree: str, entry: str) -> str:
    with disk_trouble("Writing a tree"), tempfile.TemporaryDirectory(prefix="conductor-") as own:
        env = {"GIT_INDEX_FILE": str(Path(own) / "index")}
        git.run(repo.place, "read-tree", tree, env=env)
        raw = entry.encode(errors="surrogateescape")
        git.run(repo.place, "update-index", "-z", "--index-info", input=raw, env=env)
        return git.run(repo.place, "write-tree", env=env).decode().strip()


def commit_edit(
    repo: Repository, head: str, trees: tuple[str, str], message: str, agent: Identity
) -> str:
    """Make the person's commit of what is between two trees, on top of a commit; return its name.

    What the agent has not committed stays out of it where git can tell both apart; where it can't,
    that becomes a commit of the agent's own before.
    """
    before, after = trees
    tree = merges.tree_of(repo, head)
    if tree != before:
        apart = three_way(repo, before, tree, after)
        if apart == tree:  # it is committed already, or only undoes what is not
            return head
        if apart is not None:
            return merges.commit_tree(repo, apart, (head,), message)
        head = merges.commit_tree(repo, before, (head,), "Work in progress", agent)
    return merges.commit_tree(repo, after, (head,), message)


def write_edit(worktree: Worktree, trees: tuple[str, str], head: str, commit: str) -> None:
    """Let a worktree's branch be at the person's commit, and its files as that leaves them.

    The branch goes first: cut off in between, the same edit made again finds its commit there.
    """
    stand_on(worktree, commit)
    try:
        rewrite(worktree, *trees)
    except GitError:
        stand_on(worktree, head)
        raise


def three_way(repo: Repository, base: str, ours: str, theirs: str) -> str | None:
    """Merge two trees that come from a third; None where they conflict."""
    root = merges.commit_tree(repo, base, (), "base")
    mine, yours = (merges.commit_tree(repo, one, (root,), "side") for one in (ours, theirs))
    merged = merges.merge(repo, mine, yours)
    return merged.tree if isinstance(merged, merges.Merged) else None


def rest_on(
    repo: Repository, worktree: Worktree, *, taken: str, offered: str, landed: str, now: str
) -> str | None:
    """Let what was left out of a landed change stand on top of what landed, in its worktree.

    `now` is the tree of what lies there. Returns the tree it becomes, or None where it does not
    fit what landed, or is not what was offered any more; nothing is changed then.
    """
    taken, offered, landed_tree = (merges.tree_of(repo, one) for one in (taken, offered, landed))
    rest = three_way(repo, taken, landed_tree, offered)
    if rest is None or now not in {offered, rest}:
        return None
    rewrite(worktree, now, rest)
    stand_on(worktree, landed)
    return rest
