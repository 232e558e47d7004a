"""What goes wrong with git, in git's own words, and what a person can do about it."""

from __future__ import annotations

import contextlib
import os
import re
from errno import EAGAIN, EDQUOT, EMFILE, ENFILE, ENOMEM, ENOSPC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Everything that could move a cursor, hide text or reorder it; newline and tab stay.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)

_SHORT = re.compile(
    "|".join(os.strerror(n) for n in (ENOSPC, EDQUOT, EMFILE, ENFILE, EAGAIN, ENOMEM))
)
_CLOSED = re.compile("Read-only file system|insufficient permission for adding an object")


def shown(text: str) -> str:
    """Make text from a repository harmless to print: odd characters appear by their number."""
    return _UNPRINTABLE.sub(lambda found: f"<U+{ord(found.group()):04X}>", text)


class GitError(Exception):
    """Git, or what we need of it, refused; `hint` is what to do next."""

    def __init__(self, words: str, hint: str = "") -> None:
        super().__init__(shown(words.strip()))
        self.hint = hint

    @property
    def of_machine(self) -> bool:
        """Whether the machine is short of something, or a disk may not be written now."""
        return short(self) or _CLOSED.search(str(self)) is not None


def short(error: Exception) -> bool:
    """Whether the machine lacks room, files or processes: no fault of what was to be done."""
    return _SHORT.search(str(error)) is not None


@contextlib.contextmanager
def disk_trouble(doing: str) -> Iterator[None]:
    """Turn what the operating system says about a file into words for a person."""
    try:
        yield
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        raise GitError(
            f"{doing} failed: {error.strerror or error}{where}",
            "Look whether the disk is full, read-only, or not yours to write.",
        ) from error


class Moved(GitError):
    """A ref was not where we last saw it, so nothing was changed."""

    def __init__(self, ref: str, expected: str | None, actual: str | None) -> None:
        super().__init__(
            f"{ref} is at {actual or 'nothing'}, not at {expected or 'nothing'} as expected",
            "Somebody moved it meanwhile: start again from where it is now.",
        )
        self.ref = ref
        self.expected = expected
        self.actual = actual
