"""Worktrees of a pool that were lent to who has no use for them any more: found, and taken back."""

from __future__ import annotations

from collections.abc import Collection

from conductor.state import State
from conductor.terminals import processes
from worktrees.errors import GitError
from worktrees.members import Member, Stage
from worktrees.pool import Pool

MARK, CHECKING = "CONDUCTOR_POOL", "CONDUCTOR_CHECK"
"""By which what runs in a worktree is found: a set-up ahead of need, or a check."""

CHECK = "check "
"""What the name of a holder begins with that is a check, not a session."""


def is_one(state: State, pool: Pool, member: Member, checking: Collection[str]) -> bool:
    """Say whether a worktree was lent to who has no use for it any more."""
    if member.stage is not Stage.LENT:
        return False
    if member.holder.startswith(CHECK):
        return member.holder not in checking
    session = state.sessions.get(member.holder)
    if session is None or session.gone:
        return True
    if session.worktree is None:
        return not session.live
    return session.worktree != str(pool.path(member))


def recover(pool: Pool, member: Member) -> None:
    """Take back what was lent to who has no use for it; what a session left in it is kept."""
    if member.holder.startswith(CHECK):
        end(f"{CHECKING}={pool.path(member)}")
        pool.hand_in(member.name)
        return
    tree = pool.tree(member)
    if tree is None:
        pool.discard(member.name)
        return
    try:
        pool.take_back(tree, f"refs/conductor/sessions/{member.holder}")
    except GitError:
        pool.forget(member.name)  # it stays where it is, and `doctor` shows it
        raise


def end(mark: str) -> None:
    """End what runs in a worktree by this mark."""
    if left := processes.marked(mark):
        processes.end(left, mark=mark, grace=1.0)
