"""What a person can do about a whole home."""

from __future__ import annotations

from conductor import events as e

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.journal import Journal


def trust(journal: Journal, repo: str) -> None:
    """Note that the person trusts what is in a repository."""
    with journal.decide() as decision:
        if repo not in decision.state.trusted:
            decision.append(e.RepoTrusted(repo))
