"""What a pane is to do: written for it before its start, read by it alone."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

NAME = "acp-plan.json"
RECORD = "acp.jsonl"
WISHES = "acp-wishes"


@dataclass(frozen=True, slots=True)
class Plan:
    """One conversation with one agent."""

    name: str  # of the harness, for telling the person
    command: tuple[str, ...]  # what speaks the protocol on its standard input and output
    worktree: str
    permissions: str = "ask"
    resume: str | None = None  # the conversation to continue
    model: str | None = None
    choose: bool = False  # whether the model is to be chosen by the protocol
    modes: tuple[str, ...] = ()  # those in which the agent asks, the first it has is chosen
    running: bool = False  # whether it tells a conversation's tokens as a running sum
    own: tuple[str, ...] = ()  # the agent's own terminal program, continuing {resume}
    commands: tuple[str, ...] = ()  # what may be run without asking
    by: str = "acp"  # how it is held: over the protocol, or by an agent's own print mode
    begin: tuple[str, ...] = ()  # what is added to the command where a conversation begins
    home: str = ""  # where the agent keeps its records

    def written(self) -> str:
        """Write it down."""
        return json.dumps(asdict(self))


def read(folder: Path) -> Plan:
    """Read the plan of a session's folder."""
    told: Any = json.loads((folder / NAME).read_text("utf-8"))
    listed: Any = {key: tuple(one) if isinstance(one, list) else one for key, one in told.items()}
    return Plan(**listed)
