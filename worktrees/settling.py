"""Putting a settled conflict into a session's worktree: the target merged in, as a person wrote it.

What the worktree holds is first made the branch's own commit, without touching a file; then branch
and files move to the merge together, as any checkout does. Cut off anywhere, the same call goes on.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from worktrees import checkouts, git, landings, merges, refs
from worktrees.conflicts import clashes
from worktrees.errors import GitError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from worktrees.listing import Worktree
    from worktrees.repository import Repository


UNCOMMITTED = "What its agent had not committed"


def settle(
    repo: Repository,
    tree: Worktree,
    *,
    sides: tuple[str, str],
    settled: Mapping[str, bytes],
    message: str,
    holds: str | None,
) -> str:
    """Merge a target into a worktree; return the merge that its branch is at.

    `sides` are the target's commit and the change; `holds` is the tree the worktree has now, by its
    newest snapshot: if that is not the change any more, nothing is done.
    """
    onto, change = sides
    if tree.branch is None:
        raise GitError(f"{tree.path} is on no branch", "Check its branch out there again.")
    checkouts.finish(repo)
    ref = f"refs/heads/{tree.branch}"
    at = repo.commit_of(ref)
    if _parents(repo, at)[1:] == [onto]:
        return at  # an earlier call came this far
    wanted = merges.tree_of(repo, change)
    if holds != wanted:
        raise GitError(
            f"{tree.path} has changed since you began", "Read the change again, then resolve it."
        )
    own = at if merges.tree_of(repo, at) == wanted else landings.side(repo, change, UNCOMMITTED)
    merged = _tree(repo, onto, change, settled)
    commit = merges.commit_tree(repo, merged, (own, onto), message)
    if own != at:
        git.run(tree.place, "read-tree", own, timeout=300.0)
        refs.move_ref(tree.place, ref, own, at, "conductor: what the agent had not committed")
    checkouts.move_branch(repo, tree.branch, commit, own, "conductor: a settled conflict")
    return commit


def _parents(repo: Repository, commit: str) -> list[str]:
    out = git.run(repo.place, "rev-list", "--parents", "--max-count=1", commit)
    return out.decode().split()[1:]


def _tree(repo: Repository, onto: str, change: str, settled: Mapping[str, bytes]) -> str:
    """The merged tree, with what the person wrote in place of what conflicted."""
    found = clashes(repo, onto, change, ("target", "change"))
    open_ones = [one.path for one in found.files if one.path not in settled]
    if open_ones:
        raise GitError(
            f"Not all of it is settled: {', '.join(open_ones[:5])}", "Resolve it once more."
        )
    lines = []
    for path, content in settled.items():
        blob = git.run(repo.place, "hash-object", "-w", "--stdin", input=content).decode().strip()
        listed = git.run(repo.place, "ls-tree", "-z", found.tree, "--", path)
        mode = listed.split(b" ", 1)[0].decode() or "100644"
        lines.append(f"{mode} {blob} 0\t{path}\0")
    with tempfile.TemporaryDirectory(prefix="conductor-") as folder:
        env = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
        git.run(repo.place, "read-tree", found.tree, env=env, timeout=300.0)
        given = os.fsencode("".join(lines))
        git.run(repo.place, "update-index", "-z", "--index-info", input=given, env=env)
        return git.run(repo.place, "write-tree", env=env).decode().strip()
