"""What is said of repositories inside a worktree: git keeps none of their files."""

from __future__ import annotations

from conductor.cleaning import clean_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

NAMED = 3


def left_out(nested: Sequence[str], session: str) -> str:
    """Say what is no part of a change, and where it is."""
    if not nested:
        return ""
    names = ", ".join(clean_line(path, 120) for path in nested[:NAMED])
    more = f" and {len(nested) - NAMED} more" if len(nested) > NAMED else ""
    if len(nested) == 1:
        return (
            f"Its worktree holds a repository of its own in {names}, and that one's files are no "
            f"part of this: they stay in {session}'s worktree, which is not taken away."
        )
    return (
        f"Its worktree holds repositories of their own in {names}{more}, and their files are no "
        f"part of this: they stay in {session}'s worktree, which is not taken away."
    )
