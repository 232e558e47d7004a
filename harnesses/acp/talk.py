"""What a pane needs of a conversation, whatever the protocol it is held over."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from harnesses.acp.plan import Plan
from harnesses.acp.told import Told

_STOPS = {
    "end_turn": "",
    "cancelled": "broken off",
    "refusal": "the agent refused",
    "limit": "its allowance is used up",
    "max_tokens": "it came to the end of the tokens it may use",
    "max_turn_requests": "it came to the end of the requests a turn may make",
}


@dataclass(frozen=True, slots=True)
class Turn:
    """How a turn ended."""

    stop: str  # end_turn, cancelled, refusal, …; `limit` where an allowance is used up
    used: Sequence[dict[str, Any]] = ()
    until: float | None = None  # when a used-up allowance returns, if that is known

    @property
    def word(self) -> str:
        """What a person is told of that; nothing where all is well."""
        return _STOPS.get(self.stop, self.stop)


class Talk(Protocol):
    """One conversation with one agent, from its start to its last process."""

    @property
    def id(self) -> str:
        """The agent's own id of it, once that is known."""
        ...

    @property
    def title(self) -> str:
        """What the agent calls itself."""
        ...

    @property
    def code(self) -> int | None:
        """How its process ended, as a shell tells it; None while there is nothing to tell."""
        ...

    async def open(self, resume: str | None) -> None:
        """Begin, or take up the conversation of that id."""
        ...

    async def prompt(self, text: str) -> Turn:
        """Play one turn, and say how it ended."""
        ...

    async def cancel(self) -> None:
        """Ask the agent to break its turn off."""
        ...

    async def gone(self) -> str:
        """Wait until the agent ends by itself, and say how; nothing if it was let go."""
        ...

    async def close(self) -> None:
        """Let the agent go, with all that it has started."""
        ...


Begin = Callable[[Plan, Callable[[Told], None], Sequence[Mapping[str, object]]], Talk]
"""How a pane comes by one: from its plan, whom to tell, and what is known to be used before."""
