"""Where something stands in a change: what comments, marks and taken hunks hang on.

A line is named by its file, its side and its number there. That holds whatever context is shown,
in one column or two, with white space or without. What a file held is named by git's blob ids, so
that a mark on it is void as soon as the content is another.
"""

from __future__ import annotations

from conductor.values import Value

OLD, NEW = "old", "new"


class Spot(Value):
    """One line of one side of a change; line 0 stands for the file as a whole."""

    path: str  # as the file is called in the diff: its newer name
    side: str
    line: int


class Span(Value):
    """Some lines in a row, of one side of a file."""

    path: str
    side: str
    first: int
    last: int

    @property
    def words(self) -> str:
        """Say it as a person would type it."""
        lines = f"{self.first}" if self.first == self.last else f"{self.first}-{self.last}"
        return f"{self.path}:{lines}{' (before)' if self.side == OLD else ''}"


class Block(Value):
    """A run of removed and added lines: the least that a hunk can be split into without its lines.

    Its numbers do not depend on the context that is shown. `old_line` and `new_line` are where its
    first line stands, or would stand where it has none on that side.
    """

    path: str
    old_blob: str
    new_blob: str
    old_line: int
    old_count: int
    new_line: int
    new_count: int
    content: str = ""  # a digest of its lines; the same again when only its place has changed
