"""What Conductor knows of each agent CLI: a harness describes one, and owns no process.

The runner starts what a harness describes, hands it the lines the agent's hooks and records
write, and types what it says to type. So a harness is pure: values in, values out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


class HarnessError(Exception):
    """An agent CLI cannot be described as asked; the text says what to do about it."""


class PromptBy(StrEnum):
    """How the first prompt reaches the agent."""

    TYPING = "typing"  # pasted into its composer, and confirmed by its record
    LAUNCH = "launch"  # part of the command line


@dataclass(frozen=True, slots=True)
class Order:
    """All that is decided about a session before its agent starts."""

    session: str
    worktree: Path
    folder: Path  # the session's own folder, outside the worktree; seeded files go here
    inbox: Path  # where hooks append the JSON they are given, a line each
    home: Path | None = None  # the subscription's config home
    model: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    prompt: str | None = None  # only for harnesses with PromptBy.LAUNCH
    resume: str | None = None  # the vendor's own id of the conversation to continue


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start one agent: everything the runner needs, and nothing it must guess."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)  # complete, beside PATH, HOME, TERM, LANG
    seeds: Mapping[Path, str] = field(default_factory=dict)  # files written before the start
    records: tuple[Path, ...] = ()  # the agent's own files to follow, line by line


@dataclass(frozen=True, slots=True)
class Typing:
    """What to do in the agent's terminal: first these keys, then this paste, then those keys."""

    clear: tuple[str, ...] = ()  # tmux key names that empty the composer
    paste: str = ""
    submit: tuple[str, ...] = ("Enter",)


# Sightings: what one line of an inbox or record says has happened.


@dataclass(frozen=True, slots=True)
class Prompted:
    """The agent's own record shows that this text arrived as a prompt."""

    text: str


@dataclass(frozen=True, slots=True)
class Busy:
    """The agent is at work."""


@dataclass(frozen=True, slots=True)
class Idle:
    """The turn is over; the agent waits for the next prompt."""

    last: str = ""  # its last answer


@dataclass(frozen=True, slots=True)
class Asked:
    """The agent waits for the person: for a permission, or for an answer."""

    ask: str  # the vendor's id, or one made from the record; the same ask has the same id
    kind: str  # "permission" or "question"
    text: str


@dataclass(frozen=True, slots=True)
class Limited:
    """The subscription's allowance is used up until then (seconds since the epoch)."""

    until: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class TurnFailed:
    """The turn ended without success: refused, out of credit, network gone."""

    why: str


@dataclass(frozen=True, slots=True)
class Named:
    """The vendor's own id of this conversation."""

    vendor_session: str


@dataclass(frozen=True, slots=True)
class Used:
    """Tokens of one request; `id` is the vendor's, so that reading twice counts once."""

    id: str
    model: str
    input: int  # fresh input tokens, cached ones not included
    cached: int
    output: int
    cost_usd: float | None = None  # the vendor's own figure, or None


Sighting = Prompted | Busy | Idle | Asked | Limited | TurnFailed | Named | Used


class Harness(Protocol):
    """One agent CLI, described."""

    @property
    def name(self) -> str:
        """The word people use for it in configuration and on the command line."""
        ...

    @property
    def prompt_by(self) -> PromptBy:
        """How the first prompt reaches it."""
        ...

    @property
    def ends_turn_by_exit(self) -> bool:
        """Whether the end of the process is the end of a turn (one run, one prompt)."""
        ...

    @property
    def confirms_prompts(self) -> bool:
        """Whether its records show that a prompt arrived; else that is never known."""
        ...

    def launch(self, order: Order) -> Launch:
        """Describe the start of a session, or of its continuation when `order.resume` is set."""
        ...

    def read(self, line: str) -> Sequence[Sighting]:
        """Say what one line of the inbox or a record means; an unknown line means nothing."""
        ...

    def say(self, text: str) -> Typing:
        """Say how a prompt is typed."""
        ...

    def answer(self, kind: str, text: str) -> Typing:
        """Say how an ask is answered: text, or for a permission `allow` or `deny`."""
        ...
