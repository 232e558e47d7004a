"""The hunks of one file's diff: lines, signs and numbers, without a step for each line."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property

from conductor.review.address import OLD, Block

_HEADER = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?")
_RUN = re.compile(rb"[-+][-+\\]*")


@dataclass(eq=False)
class Hunk:
    """Some lines of a diff in a row; `lines` carry their sign and not their line end."""

    number: int
    old_line: int  # of its first line; where it has none on that side, where one would be
    old_count: int
    new_line: int
    new_count: int
    about: bytes
    lines: list[bytes]

    @cached_property
    def signs(self) -> bytes:
        """The first byte of every line: space, `+`, `-`, and `\\` for a missing end of line."""
        return b"".join([line[:1] or b" " for line in self.lines])

    def old_at(self, at: int) -> int:
        """Return the old number at a line: its own, or that of the next line that has one."""
        return self.old_line + at - self.signs.count(b"+", 0, at) - self.signs.count(b"\\", 0, at)

    def new_at(self, at: int) -> int:
        """Return the new number at a line: its own, or that of the next line that has one."""
        return self.new_line + at - self.signs.count(b"-", 0, at) - self.signs.count(b"\\", 0, at)

    def find(self, side: str, line: int) -> int | None:
        """Find the place of a line by its number on one side."""
        number, other = (self.old_at, b"+\\") if side == OLD else (self.new_at, b"-\\")
        at = bisect_left(range(len(self.lines)), line, key=number)
        while at < len(self.lines) and self.signs[at] in other:
            at += 1
        found = at < len(self.lines) and number(at) == line
        return at if found else None

    @property
    def old_end(self) -> int:
        """The old number after its last line."""
        return self.old_line + self.old_count

    @property
    def new_end(self) -> int:
        """The new number after its last line."""
        return self.new_line + self.new_count

    @cached_property
    def runs(self) -> list[tuple[int, int]]:
        """Where its blocks of removed and added lines begin and end."""
        return [found.span() for found in _RUN.finditer(self.signs)]

    def block(self, run: tuple[int, int], path: str, old_blob: str, new_blob: str) -> Block:
        """Return the address of a block."""
        start, end = run
        signs = self.signs[start:end]
        digest = hashlib.sha1(b"\n".join(self.lines[start:end]), usedforsecurity=False)
        return Block(
            path, old_blob, new_blob, self.old_at(start), signs.count(b"-"), self.new_at(start),
            signs.count(b"+"), digest.hexdigest(),
        )  # fmt: skip

    @cached_property
    def pairs(self) -> list[tuple[int, int]]:
        """Its lines in two columns: what stands left and right, -1 for nothing."""
        from conductor.review.words import paired

        rows: list[tuple[int, int]] = []
        at = 0
        for start, end in self.runs:
            rows += zip(range(at, start), range(at, start), strict=True)
            left = [n for n in range(start, end) if self._belongs(n, b"-")]
            right = [n for n in range(start, end) if self._belongs(n, b"+")]
            rows += paired(self.lines, left, right)
            at = end
        rows += zip(range(at, len(self.lines)), range(at, len(self.lines)), strict=True)
        return rows

    def _belongs(self, at: int, sign: bytes) -> bool:
        """Say whether a line is of one side; the note on a missing line end is of the line's."""
        if self.signs[at] == ord("\\"):
            return at > 0 and self.signs[at - 1] == sign[0]
        return self.signs[at] == sign[0]

    @cached_property
    def partners(self) -> dict[int, int]:
        """Which line each changed line is compared with, word by word."""
        found = {}
        for left, right in self.pairs:
            if left != right and left >= 0 and right >= 0:
                found[left], found[right] = right, left
        return found


def hunks_of(body: bytes) -> list[Hunk]:
    """Split a file's diff into its hunks; lines of content never begin with an at sign."""
    hunks: list[Hunk] = []
    at = body.find(b"\n@@ ") + 1
    while at:
        end = body.find(b"\n@@ ", at) + 1
        stop = end or len(body)
        between = body.find(b"\ndiff --git ", at, stop) + 1  # a file that became a link has two
        lines = body[at : between or stop].removesuffix(b"\n").split(b"\n")
        if header := _HEADER.match(lines[0]):
            old, olds, new, news = (int(part) if part else 1 for part in header.groups())
            about = lines[0][header.end() :]
            hunks.append(
                Hunk(len(hunks), old + (not olds), olds, new + (not news), news, about, lines[1:])
            )
        at = end
    return hunks
