"""What the agent needs of a model: one reply at a time, and plain reasons when there is none.

A question to the person is a reply convention, so that every model can ask, also one that is poor
at tools: a reply without a command, in which a line begins with `QUESTION:`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

_QUESTION = re.compile(r"^[ \t*_#>]*QUESTION:[*_ \t]*(?P<text>\S.*)\Z", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the person, or the runner for them, said."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one request, in the vendor's own figures; cached input is not part of `input`."""

    id: str
    model: str
    input: int
    cached: int
    output: int
    room: int = 0  # how many tokens the model takes at most, if that is known
    written: int = 0  # how much of `input` went into the vendor's cache, which has its own price


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model said: words, and perhaps a command to run or a question to the person."""

    text: str
    command: str | None = None
    call: str = ""  # the vendor's id of the tool call, which the result must repeat
    question: str | None = None
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What a command did; a failing command is a result like any other."""

    call: str
    output: str
    exit: int | None  # None: it did not end by itself
    seconds: float = 0.0
    note: str = ""  # why it has no exit code

    def for_model(self) -> str:
        """Write the result as a model is to read it."""
        end = self.note or f"exit code {self.exit}"
        return f"{self.output}\n[{end}]" if self.output else f"[no output; {end}]"


class HaltKind(StrEnum):
    """Why a turn stopped before the model had finished."""

    LIMIT = "limit"
    FAILURE = "failure"
    INTERRUPT = "interrupt"
    CAP = "cap"  # our own: too many steps, too much money


@dataclass(frozen=True, slots=True)
class Halt:
    """A turn that stopped early; kept in the conversation so that it can be continued exactly."""

    kind: HaltKind
    text: str = ""
    until: float = 0.0


Message = Prompt | Reply | Result | Halt


class Interrupted(Exception):
    """The person stopped the turn."""


class LimitReached(Exception):
    """The allowance is used up until then (seconds since the epoch)."""

    def __init__(self, until: float, text: str) -> None:
        super().__init__(text)
        self.until = until
        self.text = text


class ModelFailed(Exception):
    """The model gave no reply; the text says why, and what to do about it."""


class Ear(Protocol):
    """Whoever listens to a reply as it comes; each of these raises Interrupted when it is over."""

    def text(self, words: str) -> None:
        """Hear the next words of the reply."""
        ...

    def note(self, sentence: str) -> None:
        """Hear something about the reply, such as that it is being asked for again."""
        ...

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        ...


class Model(Protocol):
    """A model, at the far end of an API or of a written script."""

    def reply(self, messages: Sequence[Message], ear: Ear) -> Reply:
        """Continue the conversation by one reply; raises ModelFailed or LimitReached."""
        ...


def question_in(text: str) -> str | None:
    """Find the question that a reply ends with, if it asks one."""
    found = _QUESTION.search(text)
    return found["text"].strip() if found else None
