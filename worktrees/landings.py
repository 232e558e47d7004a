"""The commit that lands: how an agent's change becomes history of the target.

`squash` makes one commit of it. `merge` keeps the agent's own commits beside the target's.
`rebase` replays them one by one onto it. Work that the agent left uncommitted becomes its last
commit; snapshots themselves never become part of anybody's history.
"""

from __future__ import annotations

from worktrees import git, merges, refs
from worktrees.errors import GitError
from worktrees.repository import Repository, Target


def holds(repo: Repository, commit: str, older: str) -> bool:
    """Say whether `older` is part of the history of `commit`; one that is pruned is in none."""
    answer = git.ask(repo.place, "merge-base", "--is-ancestor", older, commit)
    if answer.code not in {0, 1}:
        if refs.resolve(repo.place, commit) and refs.resolve(repo.place, older) is None:
            return False
        raise GitError(answer.words)
    return answer.code == 0


def is_published(repo: Repository, commit: str) -> bool:
    """Say whether a remote is known to hold a commit: then taking it away would need force."""
    words = ("for-each-ref", "--count=1", "--format=%(refname)", f"--contains={commit}")
    return bool(git.run(repo.place, *words, "refs/remotes/").strip())


def keep(repo: Repository, landed: str) -> None:
    """Keep a landing that is about to be taken from its target exactly, where no branch has it."""
    ref = f"refs/conductor/undone/{landed}"
    if refs.resolve(repo.place, ref) is None:
        refs.move_ref(repo.place, ref, landed, None, "conductor: undone")


def revert(
    repo: Repository, onto: str, landed: str, before: str
) -> merges.Merged | merges.Conflict:
    """Take a landing out of `onto`, which holds it, in memory; what came later stays."""
    common = repo.commit_of(landed)
    ours = merges.commit_tree(repo, merges.tree_of(repo, onto), (common,), "as it is")
    theirs = merges.commit_tree(repo, merges.tree_of(repo, before), (common,), "as it was")
    return merges.merge(repo, ours, theirs)


def compose(
    repo: Repository, target: Target, change: str, *, base: str, tree: str, how: str, message: str
) -> str:
    """Make the commit that the target will move to; its tree is the merged one."""
    if how == "merge":
        own = side(repo, change, message)
        return merges.commit_tree(repo, tree, (target.commit, own), message)
    if how == "rebase":
        return _replay(repo, target, side(repo, change, message), base, tree)
    return merges.commit_tree(repo, tree, (target.commit,), message)


def side(repo: Repository, change: str, message: str) -> str:
    """The agent's own last commit, with what it left uncommitted as one more on top."""
    own = repo.commit_of(f"{change}^1")
    tree = merges.tree_of(repo, change)
    if tree == merges.tree_of(repo, own):
        return own
    return merges.commit_tree(repo, tree, (own,), message)


def _replay(repo: Repository, target: Target, side: str, base: str, tree: str) -> str:
    span = f"{base}..{side}"
    listed = git.run(repo.place, "rev-list", "--reverse", "--no-merges", "--topo-order", span)
    onto = target.commit
    for commit in listed.decode().split():
        picked = _pick(repo, onto, commit)
        if merges.tree_of(repo, picked) != merges.tree_of(repo, onto):
            onto = picked
    if merges.tree_of(repo, onto) != tree:
        raise GitError(
            "Replayed one by one, the agent's commits do not add up to its change",
            'Set landing = "squash" in conductor.toml, or land this one by hand.',
        )
    return onto


def _pick(repo: Repository, onto: str, commit: str) -> str:
    """Apply one commit onto another: a merge whose common ancestor is the commit's own parent."""
    parent = repo.commit_of(f"{commit}^1")
    ours = merges.commit_tree(repo, merges.tree_of(repo, onto), (parent,), "onto")
    merged = merges.merge(repo, ours, commit)
    if isinstance(merged, merges.Conflict):
        raise GitError(
            f"The agent's commit {commit[:12]} conflicts when it is replayed on its own",
            'Set landing = "squash" in conductor.toml, or send the change back.',
        )
    message = git.run(repo.place, "show", "-s", "--format=%B", commit).decode("utf-8", "replace")
    return merges.commit_tree(repo, merged.tree, (onto,), message)
