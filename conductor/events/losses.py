"""Agents that went with their machine, or with the terminals they ran in."""

from __future__ import annotations

from conductor.events.fact import Fact


class SessionLost(Fact):
    """The agent went with its machine or with tmux itself, not by its own or anyone's doing.

    Its conversation can be taken up where it was cut off.
    """

    session: str
    how: str
    code: int | None = None
