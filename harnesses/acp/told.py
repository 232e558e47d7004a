"""What an agent tells, as values of ours: the protocol's own types stop here."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harnesses import hooks
from harnesses.builtin.happenings import Note, Words

if TYPE_CHECKING:
    from acp.schema import PermissionOption

_SAID = 8  # lines that are shown of what an agent says beside what it asks about
_LONG = 200_000  # characters of a file that are compared at all


@dataclass(frozen=True, slots=True)
class Thought:
    """The next words of what a model thinks to itself."""

    text: str


@dataclass(frozen=True, slots=True)
class Diff:
    """A file as it was, and as it is to be."""

    path: str
    old: str
    new: str

    def lines(self) -> list[str]:
        """Draw it as a unified diff."""
        if len(self.old) + len(self.new) > _LONG:
            return [f"{self.path}: {len(self.new):,} characters, too long to compare here"]
        parts = difflib.unified_diff(
            self.old.splitlines(), self.new.splitlines(), self.path, self.path, lineterm="", n=2
        )
        return [f"{self.path}:", *list(parts)[2:]]


@dataclass(frozen=True, slots=True)
class Tool:
    """What one tool does, as far as it has been told."""

    id: str
    title: str = ""
    name: str = ""  # the tool's own, where its agent tells it
    kind: str = ""
    status: str = ""
    output: str = ""
    diffs: tuple[Diff, ...] = ()
    paths: tuple[str, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        """Whether it has ended, well or not."""
        return self.status in ("completed", "failed")

    @property
    def bare(self) -> bool:
        """Whether nothing but its name is known."""
        return not (self.given or self.diffs or self.paths or self.output)

    def lines(self) -> list[str]:
        """Say readably what it is to do."""
        command = self.given.get("command")
        lines = [self.title or self.name or "a tool"]
        if isinstance(command, str) and command not in lines[0]:
            lines.append(command)
        for diff in self.diffs:
            lines += diff.lines()[diff.path in lines[0] :]
        if not self.diffs:
            lines += [
                f"{key}: {value if isinstance(value, str) else repr(value)}"
                for key, value in self.given.items()
                if value is not None and (key != "command" or not isinstance(command, str))
            ]
        return lines


@dataclass(frozen=True, slots=True)
class Plans:
    """What the agent means to do, and how far it is."""

    entries: tuple[tuple[str, str], ...]  # what, and its status


@dataclass(frozen=True, slots=True)
class Filled:
    """How many tokens the model was last given, and how many it takes."""

    used: int
    size: int


@dataclass(frozen=True, slots=True)
class Entry:
    """Something for the record alone."""

    kind: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that an agent offers."""

    id: str
    name: str
    kind: str  # allow_once | allow_always | reject_once | reject_always


@dataclass(slots=True)
class Ask:
    """A permission that an agent waits for, or an answer in words."""

    id: str
    tool: Tool
    options: tuple[Option, ...]
    settle: Callable[[Option | None], None]  # None: the turn is broken off
    words: Callable[[str], None] | None = None  # answers a question
    refuse: Callable[[str], None] | None = None  # refuses with a reason, where that can be told
    question: str = ""  # what is asked, if it is no permission
    about: tuple[Tool, ...] = ()  # what was announced before, where what is asked tells nothing
    said: str = ""  # what it says beside the tool, as where it asks more than once about one

    def option(self, word: str) -> Option | None:
        """Find the option that allows or refuses, this once if it can."""
        found = [one for one in self.options if one.kind.startswith(word)]
        return min(found, key=lambda one: not one.kind.endswith("_once"), default=None)

    @property
    def text(self) -> str:
        """Say readably what is asked."""
        if self.question:
            return self.question
        lines = [line for tool in (self.tool, *self.about) for line in tool.lines()]
        told = "\n".join(lines)
        lines += [line for line in self.said.splitlines()[:_SAID] if line.strip() not in told]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What was asked is asked no more: the agent has gone on without an answer."""

    id: str


Told = Words | Thought | Note | Tool | Plans | Filled | Entry | Ask | Withdrawn


def merged(known: Tool, update: Any, folder: str) -> Tool:
    """Add what an update tells of a tool in a folder; what it leaves out stays as it was."""
    content = [*_texts(update.content), *_raw(update)]
    given = update.raw_input if isinstance(update.raw_input, Mapping) else _spelt(content)
    return Tool(
        known.id,
        (update.title or known.title).replace(f"{folder}/", ""),
        _name(update.field_meta) or known.name,
        update.kind or known.kind,
        update.status or known.status,
        "\n".join(content) if content else known.output,
        _diffs(update.content, folder) or known.diffs,
        tuple(one.path for one in update.locations or ()) or known.paths,
        given or known.given,
    )


def options_of(options: Sequence[PermissionOption]) -> tuple[Option, ...]:
    """Read the answers that are offered."""
    return tuple(Option(one.option_id, one.name, str(one.kind)) for one in options)


def said_with(update: Any) -> str:
    """Return the words that come with what is asked, unless they spell what the tool is given."""
    content = _texts(update.content)
    return "" if _spelt(content) else "\n".join(content)


def _spelt(content: Sequence[str]) -> Mapping[str, Any] | None:
    """Read what a tool is given where its agent spells that out as it comes, as Kimi Code does."""
    return hooks.parse("".join(content))  # None while it is not all there


def _name(meta: Mapping[str, Any] | None) -> str:
    for one in (meta or {}), *(v for v in (meta or {}).values() if isinstance(v, Mapping)):
        for place in (one, one.get("toolCall")):
            told = place.get("toolName") if isinstance(place, Mapping) else None
            if isinstance(told, str):
                return told
    return ""


def _texts(content: Sequence[Any] | None) -> list[str]:
    inner = (getattr(getattr(one, "content", None), "text", None) for one in content or ())
    return [text for text in inner if isinstance(text, str)]


def _raw(update: Any) -> list[str]:
    only = isinstance(update.raw_output, str) and not update.content
    return [update.raw_output] if only else []


def _diffs(content: Sequence[Any] | None, folder: str) -> tuple[Diff, ...]:
    return tuple(
        Diff(one.path.removeprefix(f"{folder}/"), one.old_text or "", one.new_text)
        for one in content or ()
        if getattr(one, "type", "") == "diff"
    )
