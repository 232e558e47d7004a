"""What a person can do about a whole home."""

from __future__ import annotations

from conductor import events as e

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.journal import Journal


def trust(journal: Journal, repo: str, *, commands: bool = True) -> None:
    """Note that the person trusts what is in a repository, with the commands that it names."""
    with journal.decide() as decision:
        state = decision.state
        if repo not in (state.runs if commands else state.trusted):
            decision.append(e.RepoTrusted(repo, commands))
