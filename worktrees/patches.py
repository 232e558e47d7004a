"""Finding one's way in a unified diff of any size without reading it all.

An index holds offsets only. Lines are decoded when they are asked for: invalid bytes show as
replacement characters; escape sequences stay in, for whoever draws the text to clean.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

_FILE = b"diff --git "
_HUNK = b"\n@@ "
_HEADER = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


@dataclass(frozen=True, slots=True)
class Hunk:
    """Where a hunk lies in the diff, and which lines it stands for."""

    start: int
    end: int
    old_line: int
    old_count: int
    new_line: int
    new_count: int


class FilePatch:
    """One file's part of a diff."""

    def __init__(self, diff: bytes, start: int, end: int) -> None:
        self._diff = diff
        self.start = start
        self.end = end

    @property
    def text(self) -> bytes:
        """The bytes as git wrote them: a patch that can be applied."""
        return self._diff[self.start : self.end]

    @cached_property
    def hunks(self) -> tuple[Hunk, ...]:
        """The hunks, found by their counted lines, so that no content is taken for a header."""
        found = []
        at = self._diff.find(_HUNK, self.start, self.end)
        while at != -1:
            header = _HEADER.match(self._diff, at + 1, self.end)
            if header is None:
                break
            old, olds, new, news = (int(part) if part else 1 for part in header.groups())
            end = self._end_of(at + 1, olds, news)
            found.append(Hunk(at + 1, end, old, olds, new, news))
            at = self._diff.find(_HUNK, end - 1, self.end)
        return tuple(found)

    @cached_property
    def header(self) -> tuple[str, ...]:
        """The lines before the first hunk: names, modes, similarity."""
        first = self.hunks[0].start if self.hunks else self.end
        return self._lines(self.start, first)

    def lines(self, hunk: Hunk) -> tuple[str, ...]:
        """A hunk's lines, its own header first."""
        return self._lines(hunk.start, hunk.end)

    def _lines(self, start: int, end: int) -> tuple[str, ...]:
        text = self._diff[start:end].decode("utf-8", "replace")
        return tuple(text.removesuffix("\n").split("\n"))

    def _end_of(self, start: int, olds: int, news: int) -> int:
        """Where a hunk ends that has so many old and new lines."""
        at = self._next_line(start)
        while at < self.end and (olds > 0 or news > 0 or self._diff[at : at + 1] == b"\\"):
            kind = self._diff[at : at + 1]
            if kind not in {b" ", b"+", b"-", b"\\", b"\n"}:
                break
            olds -= kind in {b" ", b"-", b"\n"}
            news -= kind in {b" ", b"+", b"\n"}
            at = self._next_line(at)
        return at

    def _next_line(self, at: int) -> int:
        end = self._diff.find(b"\n", at, self.end)
        return self.end if end == -1 else end + 1


def index(diff: bytes) -> tuple[FilePatch, ...]:
    """Where each file's part of a diff begins and ends.

    Only git begins a line with `diff --git `: lines of content begin with a sign or a space.
    """
    starts = [0] if diff.startswith(_FILE) else []
    at = diff.find(b"\n" + _FILE)
    while at != -1:
        starts.append(at + 1)
        at = diff.find(b"\n" + _FILE, at + 1)
    ends = [*starts[1:], len(diff)] if starts else []
    return tuple(FilePatch(diff, start, end) for start, end in zip(starts, ends, strict=True))
