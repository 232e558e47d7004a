"""What vendors' own records tell of tokens: where they are, and how each is read.

A home is read whole, and later only what was added: a `Mark` says how far a file was read, and what
must be known to read on. Every request has the vendor's own id, so that nothing is counted twice,
however often and by however many readers it is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from harnesses import HarnessError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class RecordsError(HarnessError):
    """A home's records cannot be read; the text says which, why, and what to do."""


class Spent(NamedTuple):
    """The tokens of one request, as its vendor recorded it."""

    id: str
    session: str  # the vendor's id of the conversation; a sub-agent's is that of its session
    model: str
    at: float  # seconds since the epoch; 0 where that is not told
    folder: str  # where the agent stood
    input: int  # all that was not read from the cache, `written` among it
    cached: int
    output: int  # with what the model thought
    written: int = 0  # what went into the cache
    long: int = 0  # how much of `written` is kept for an hour, at a price of its own
    searches: int = 0  # of the web, which have a price of their own
    cost_usd: float | None = None  # the vendor's own figure, if it gives one


class Found(NamedTuple):
    """A file of records as it stands now."""

    path: str
    inode: int
    size: int
    mtime: int


class Mark(NamedTuple):
    """How far a file was read."""

    inode: int = 0
    offset: int = 0
    check: int = 0  # a checksum of what stands before: the file may have been written anew
    carry: str = ""  # what earlier lines tell of later ones


class Reading(NamedTuple):
    """A piece of a file."""

    spent: list[Spent]
    mark: Mark
    unread: int = 0  # lines that should tell of tokens and could not be understood


class Records(Protocol):
    """One vendor's records."""

    def homes(self, user: str, env: Mapping[str, str]) -> tuple[str, ...]:
        """Return the homes that a person has who has set nothing up, whether or not they exist."""
        ...

    def files(self, home: str) -> Iterator[Found]:
        """Find the files of records in a home."""
        ...

    def folders(self, home: str) -> tuple[str, ...]:
        """Name the folders below which the files appear and change."""
        ...

    def record(self, path: str) -> str:
        """Name the record that a changed file below these folders is, or belongs to, or ""."""
        ...

    def read(self, found: Found, mark: Mark) -> Iterator[Reading]:
        """Read what is new in a file, piece by piece."""
        ...
