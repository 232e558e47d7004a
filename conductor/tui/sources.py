"""Where the screens get what is not in the journal: agents' terminals and what they changed."""

from __future__ import annotations

from typing import NamedTuple, Protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping, Sequence

    from conductor.review.files import Listed
    from conductor.state import Session, State, Task
    from conductor.terminals.pointing import Pointing


class SourceError(Exception):
    """A terminal or a change cannot be read; the text says why and what to do."""


class Cursor(Protocol):
    """Where an agent's cursor stands."""

    @property
    def x(self) -> int:
        """The column, from 0."""
        ...

    @property
    def y(self) -> int:
        """The row, from 0."""
        ...

    @property
    def visible(self) -> bool:
        """Whether the agent shows it."""
        ...


class Beside(Protocol):
    """A program of the person's own, in a terminal beside an agent's."""

    @property
    def session(self) -> str:
        """The session it stands beside."""
        ...

    @property
    def tool(self) -> str:
        """What it is called."""
        ...

    @property
    def pinned(self) -> bool:
        """Whether it goes on when that session ends."""
        ...


class AgentScreen(Protocol):
    """An agent's terminal as rows of safe text and colours."""

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        ...

    def row(self, y: int) -> str:
        """Return a row: printable text and colours, nothing else."""
        ...

    def cursor(self) -> Cursor:
        """Return the cursor."""
        ...


class Screens(Protocol):
    """The terminals of all agents."""

    async def open(
        self, on_dirty: Callable[[frozenset[str]], None], on_trouble: Callable[[str | None], None]
    ) -> None:
        """Begin to follow; returns when it is over."""
        ...

    def follow(self, sessions: Iterable[str]) -> None:
        """Keep exactly these up to date."""
        ...

    def hurry(self, session: str | None) -> None:
        """Tell of this one's changes at once: the person types into it."""
        ...

    def screen(self, session: str) -> AgentScreen | None:
        """Return a session's screen once it has one."""
        ...

    def type(self, session: str, text: str) -> None:
        """Type text."""
        ...

    def press(self, session: str, key: str) -> None:
        """Press a key by tmux's name for it."""
        ...

    def point(self, session: str, at: Pointing) -> bool:
        """Tell the agent what the mouse does over its screen; False if it is not interested."""
        ...

    def focus(self, session: str, *, there: bool) -> None:
        """Tell the agent that the person looks at it now, or no longer."""
        ...

    async def paste(self, session: str, text: str) -> None:
        """Paste text as one piece."""
        ...

    def resize(self, session: str, columns: int, rows: int) -> None:
        """Give the terminal the size it is looked at in."""
        ...

    def history(self, session: str) -> Sequence[str]:
        """Return the rows a terminal has shown, as far back as it remembers; takes a moment."""
        ...

    def attach_argv(self, session: str) -> Sequence[str]:
        """Return the command that puts the person into the terminal."""
        ...

    def open_tool(
        self, session: str, folder: str, name: str, argv: Sequence[str], *, pinned: bool
    ) -> str:
        """Open a program for the person beside the agent; return the terminal it is in."""
        ...

    def open_tile(
        self,
        session: str,
        folder: str,
        name: str,
        argv: Sequence[str],
        *,
        pinned: bool,
        size: tuple[int, int],
    ) -> str:
        """Open it in a terminal of its own, to be shown as a tile; return that terminal."""
        ...

    def beside(self) -> Mapping[str, Beside]:
        """Return the programs that are open beside agents, by their terminals."""
        ...

    def pin(self, terminal: str, *, pinned: bool) -> None:
        """Let such a program go on when its session ends, or end with it."""
        ...

    def close(self, terminal: str) -> None:
        """End such a program; takes a moment."""
        ...


class Scope(NamedTuple):
    """Which part of what an agent did is read: between which two ends."""

    key: str
    title: str
    base: str | None = None  # None: where its change begins, or for `uncommitted` its own commit
    head: str | None = None  # None: as its files lie in its worktree now

    @property
    def live(self) -> bool:
        """Whether it changes while the agent works."""
        return self.head is None


class Reading(Protocol):
    """A change between two ends that stay as they are. Called in a thread."""

    def listed(self) -> Sequence[Listed]:
        """List its files at once, without their lines."""
        ...

    def patch(
        self, paths: Sequence[str] | None = None, *, ignore_space: bool = False
    ) -> Generator[bytes]:
        """Yield the diff of some files or all, piece by piece."""
        ...

    def text(self, blob: str, most: int) -> bytes:
        """Return the beginning of what a file holds."""
        ...

    def sizes(self, blobs: Sequence[str]) -> Mapping[str, int]:
        """Say how large some contents are."""
        ...

    @property
    def left_out(self) -> Sequence[str]:
        """The files that are too large to be read here."""
        ...

    def close(self) -> None:
        """Let go of what was kept for it."""
        ...


class Changes(Protocol):
    """What sessions changed. Called in a thread, because git takes its time."""

    def read(self, task: Task, session: Session, scope: Scope) -> Reading:
        """Begin to read a part of what a session did."""
        ...

    def commits(self, task: Task, session: Session) -> Sequence[Scope]:
        """List the commits an agent made, each as something to read."""
        ...

    def clashes(self, state: State, task: Task) -> tuple[str, Sequence[str]]:
        """Name the target, and the files in which a change does not fit it as it is now."""
        ...
