"""The lines of one file's diff, found only as far as they are looked at."""

from __future__ import annotations

import re

from conductor.cleaning import clean

_HUNK = re.compile(rb"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
LONGEST = 4000
"""Bytes of a line that are shown."""


class Patch:
    """A diff that may still be growing; its lines are counted at once and read one by one."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._starts: list[int] = [0]
        self._numbers: list[tuple[int, int]] = []  # old and new line, before the line at that place
        self._at = (0, 0)
        self.count = 0

    def add(self, piece: bytes) -> None:
        """Append a piece."""
        self._data += piece
        ends = self._data.count(b"\n")
        self.count = ends + (1 if self._data and not self._data.endswith(b"\n") else 0)

    def line(self, number: int) -> tuple[str, str, str]:
        """Return a line's old and new number, and its text, its sign first."""
        self._scan(number)
        start, end = self._starts[number], self._end(number)
        text = self._data[start : min(end, start + LONGEST)].decode("utf-8", "replace")
        old, new = self._numbers[number]
        sign = text[:1]
        in_hunk = old or new
        return (
            str(old) if in_hunk and sign in (" ", "-", "") else "",
            str(new) if in_hunk and sign in (" ", "+", "") else "",
            clean(text.expandtabs(4)).replace("\n", " "),
        )

    def _end(self, number: int) -> int:
        start = self._starts[number]
        end = self._data.find(b"\n", start)
        return len(self._data) if end < 0 else end

    def _scan(self, upto: int) -> None:
        """Find where lines begin, and count the files' own lines along."""
        old, new = self._at
        while len(self._numbers) <= upto:
            number = len(self._numbers)
            start = self._starts[number]
            end = self._end(number)
            sign = bytes(self._data[start : start + 1])
            if sign == b"@" and (found := _HUNK.match(self._data, start)):
                old, new = int(found[1]), int(found[2])
                self._numbers.append((0, 0))
            elif not old and not new:
                self._numbers.append((0, 0))
            else:
                self._numbers.append((old, new))
                old += sign in (b" ", b"-", b"")
                new += sign in (b" ", b"+", b"")
            self._at = (old, new)
            self._starts.append(end + 1)

    def hunk(self, after: int, step: int) -> int | None:
        """Find the next hunk's line after this one, or before it."""
        if step > 0:
            self._scan(min(after, max(0, self.count - 1)))
            begin = self._starts[min(after + 1, len(self._starts) - 1)]
            at = self._data.find(b"\n@@ ", max(0, begin - 1))
        else:
            self._scan(min(after, max(0, self.count - 1)))
            at = self._data.rfind(b"\n@@ ", 0, max(0, self._starts[after] - 1) + 1)
        return None if at < 0 else self._data.count(b"\n", 0, at) + 1
