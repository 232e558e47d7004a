"""What the loop tells whoever shows it, as it happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harnesses.builtin.models import HaltKind, Result


@dataclass(frozen=True, slots=True)
class Words:
    """The next words of a reply, as they come."""

    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something to tell the person that is not the model's."""

    text: str


@dataclass(frozen=True, slots=True)
class Running:
    """A command begins."""

    command: str


@dataclass(frozen=True, slots=True)
class Output:
    """The end of what the running command has printed so far, told now and then."""

    tail: str


@dataclass(frozen=True, slots=True)
class Ran:
    """A command has ended."""

    result: Result


@dataclass(frozen=True, slots=True)
class Spent:
    """One request's tokens, and what they cost where a price is known."""

    input: int
    cached: int
    output: int
    cost: float | None


@dataclass(frozen=True, slots=True)
class Over:
    """The turn is over, and why."""

    kind: HaltKind | None = None  # None: the model had finished, or asks something
    text: str = ""
    question: bool = False


Happening = Words | Note | Running | Output | Ran | Spent | Over
Tell = Callable[[Happening], None]
