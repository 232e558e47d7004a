"""What Conductor knows of each agent CLI: a harness describes one, and owns no process.

The runner starts what a harness describes, hands it the lines the agent's hooks and records
write, and types what it says to type. So a harness is pure: values in, values out.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from harnesses.sightings import Asked as Asked
from harnesses.sightings import Began as Began
from harnesses.sightings import Busy as Busy
from harnesses.sightings import Context as Context
from harnesses.sightings import Idle as Idle
from harnesses.sightings import Limited as Limited
from harnesses.sightings import Named as Named
from harnesses.sightings import Over as Over
from harnesses.sightings import Prompted as Prompted
from harnesses.sightings import Ran as Ran
from harnesses.sightings import Recorded as Recorded
from harnesses.sightings import Settled as Settled
from harnesses.sightings import Sighting as Sighting
from harnesses.sightings import Stands as Stands
from harnesses.sightings import TurnFailed as TurnFailed
from harnesses.sightings import Used as Used
from harnesses.sightings import Using as Using
from harnesses.sightings import Window as Window
from harnesses.sightings import window_name as window_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


class HarnessError(Exception):
    """An agent CLI cannot be described as asked; the text says what to do about it."""


class PromptBy(StrEnum):
    """How the first prompt reaches the agent."""

    TYPING = "typing"  # pasted into its composer, and confirmed by its record
    LAUNCH = "launch"  # part of the command line, and so is every further one
    START = "start"  # part of the command line; further ones are typed


class Permissions(StrEnum):
    """What an agent may do without asking; only the person chooses more than `ask`."""

    ASK = "ask"
    EDITS = "edits"  # it may edit files in its worktree
    ALL = "all"


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
    fork: str | None = None  # the id of the one that a new conversation goes on from
    forked: tuple[Path, ...] = ()  # the files of that one
    fresh: str = ""  # a new UUID, for a vendor that lets us name a new conversation
    repo: Path | None = None  # the main checkout of the repository
    trusted: bool = False  # whether the person said that they trust that repository
    permissions: Permissions = Permissions.ASK
    commands: tuple[str, ...] = ()  # beginnings of commands it may run besides, where it can tell

    def usual(self, folder: str, variable: str) -> Path:
        """Return where an agent keeps its things if its subscription has no home for it."""
        from pathlib import Path

        if chosen := self.env.get(variable):
            return Path(chosen)
        return Path(self.env.get("HOME") or os.path.expanduser("~"), folder)

    def distrusted(self, program: str) -> HarnessError:
        """Say why a program that asks for trust is not started before the person has given it."""
        return HarnessError(
            f"{program} works only where you trust what is in the repository: "
            f"`conductor trust {self.repo}` says so, once"
        )


@dataclass(frozen=True, slots=True)
class Merge:
    """A change to a file that is the vendor's and the person's, not ours.

    It is made atomically before the start, and only while none of the vendor's processes uses the
    file; `change` gets its text (None: there is no such file) and returns the new one, or None to
    leave it as it is. What the text cannot be read as, it leaves alone and raises HarnessError.
    """

    path: Path
    change: Callable[[str | None], str | None]
    users: Path | None = None  # where each of those keeps a PID.json, its `procStart` in it
    instead: Mapping[str, str] | None = None  # an environment that does as well while it is in use


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start one agent: everything the runner needs, and nothing it must guess."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)  # complete, beside PATH, HOME, TERM, LANG
    seeds: Mapping[Path, str] = field(default_factory=dict)  # files written before the start
    records: tuple[Path, ...] = ()  # the agent's own files to follow, line by line
    merges: tuple[Merge, ...] = ()  # the vendor's own files, to be changed before the start
    titles: bool = False  # whether its terminal's title tells: each new one is a line `title: TEXT`
    runs: str = ""  # the agent's own program, where another starts it

    @property
    def program(self) -> str:
        """The program that must be there."""
        return self.runs or self.argv[0]


@dataclass(frozen=True, slots=True)
class Typing:
    """What to do in the agent's terminal: first these keys, then this paste, then those keys."""

    clear: tuple[str, ...] = ()  # tmux key names that empty the composer
    paste: str = ""
    submit: tuple[str, ...] = ("Enter",)
    pause: float = 0.0  # seconds the composer needs between a paste and a key
    needs: tuple[str, ...] = ()  # nothing is typed unless the screen shows all of these,
    never: tuple[str, ...] = ()  # or if its last lines show any of these; spaces don't count
    spare: str = ""  # what of these lines is no sign of it: a pattern, without spaces
    insist: bool = False  # press the last keys again while the record shows nothing: harmless then
    taken: tuple[str, ...] = ()  # where there is no record: any of these shows that it was taken
    then: str = ""  # what is to be said as soon as it takes words again


@dataclass(frozen=True, slots=True)
class Reply:
    """Words for whoever waits at a pipe of this name in the session's folder, such as a hook."""

    pipe: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """Words for an agent that follows a file: a line more in that file of the session's folder.

    They reach the agent beside its composer, so a draft that stands there stays the person's.
    """

    file: str
    text: str


@dataclass(frozen=True, slots=True)
class Ask:
    """What an agent waits for, as far as it is needed to answer."""

    id: str
    kind: str
    text: str = ""  # as it was shown to the person
    told: str = ""  # the JSON its hook was given, if the hook left it beside its pipe


@dataclass(frozen=True, slots=True)
class Asking:
    """How to ask a vendor's own program for a subscription's windows: its lines are sightings."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)  # beside PATH, HOME, TERM, LANG
    lines: tuple[str, ...] = ()  # what it is given on its standard input


SHOWN = "shown-"
"""How the ids of asks begin that only the screen tells of."""


@runtime_checkable
class Shown(Protocol):
    """An agent CLI of which some things stand on the screen alone: no hook or record tells them."""

    @property
    def only_screen(self) -> bool:
        """Whether that is all of it: nothing else tells that it is ready or at work."""
        ...

    def read_screen(self, title: str, screen: str, now: float, still: float) -> Sighting | None:
        """Say what a screen and its title show that have stood still for so many seconds."""
        ...

    def say_over(self, screen: str, text: str) -> Typing:
        """Say how a prompt is given to an agent that is limited, over what its screen shows."""
        ...


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

    @property
    def stagger(self) -> float:
        """Seconds there must be between two starts on one home."""
        ...

    @property
    def wants_trust(self) -> bool:
        """Whether it is started only where the person trusts what is in the repository."""
        ...

    def launch(self, order: Order) -> Launch:
        """Describe the start of a session, or of its continuation when `order.resume` is set."""
        ...

    def read(self, line: str) -> Sequence[Sighting]:
        """Say what one line of the inbox or a record means; an unknown line means nothing."""
        ...

    def read_title(self, title: str) -> Busy | Idle | Asked | None:
        """Say what the terminal's title shows, where the vendor keeps its state there.

        It is looked at only while the agent waits, and is the weakest of all witnesses.
        """
        ...

    def say(self, text: str) -> Typing | Reply | Line:
        """Say how a prompt is given."""
        ...

    def answer(self, ask: Ask, text: str) -> Typing | Reply | Line:
        """Say how an ask is answered: text, or for a permission `allow` or `deny[: WHY]`."""
        ...


@runtime_checkable
class Metered(Protocol):
    """An agent CLI whose subscriptions have windows that it tells of.

    Its conversations are files in its home that another home of the same vendor's can take up.
    """

    @property
    def default_home(self) -> Path:
        """Where it keeps its things unless a subscription has a home of its own."""
        ...

    def ask_windows(self, order: Order) -> Asking:
        """Say how to ask for the windows of `order.home` now, as cheaply as the vendor allows."""
        ...


@runtime_checkable
class Forks(Protocol):
    """An agent CLI that may be able to begin a second conversation where another one stands."""

    @property
    def forks(self) -> bool:
        """Whether it is."""
        ...


@runtime_checkable
class Printing(Protocol):
    """An agent CLI that can also be run by its print mode, in a pane of ours."""

    @property
    def headless(self) -> Harness:
        """The same agent, so run."""
        ...
