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
    what = "the repository in" if len(nested) == 1 else "the repositories in"
    return (
        f"Not part of this: {what} {names}{more}, of which git keeps no files. They stay in "
        f"{session}'s worktree, which is not taken away."
    )
