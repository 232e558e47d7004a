"""Where the screens get what is not in the journal: agents' terminals and what they changed."""

from __future__ import annotations

from typing import Protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from conductor.state import Session, Task


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

    def shell(self, session: str, folder: str) -> None:
        """Open a shell for the person beside the agent."""
        ...


class FileChange(Protocol):
    """One file of a change."""

    @property
    def path(self) -> str:
        """Its name."""
        ...

    @property
    def old_path(self) -> str | None:
        """Its name before, if it was another."""
        ...

    @property
    def status(self) -> str:
        """Git's letter for what happened to it."""
        ...

    @property
    def added(self) -> int | None:
        """Lines added; None for a file that is not text."""
        ...

    @property
    def removed(self) -> int | None:
        """Lines removed; None for a file that is not text."""
        ...

    @property
    def runs_code(self) -> bool:
        """Whether it changes what runs."""
        ...


class Changes(Protocol):
    """What sessions changed. Called in a thread, because git takes its time."""

    def files(self, task: Task, session: Session) -> Sequence[FileChange]:
        """List the files of what a task offers."""
        ...

    def patch(self, task: Task, session: Session, file: FileChange) -> Iterator[bytes]:
        """Yield one file's diff, piece by piece."""
        ...
