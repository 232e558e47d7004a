"""Hands each file its part of a diff that is still coming, without a step for each line."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from conductor.review.files import LARGE, File
from conductor.review.kinds import MADE

if TYPE_CHECKING:
    from collections.abc import Iterable

_FILE = b"diff --git "
_NEXT = b"\n" + _FILE
_HUNK = re.compile(rb"\n@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
KEPT = 48 << 20
"""Bytes of a whole diff that are kept; what comes after is read again, file by file, on demand."""
PART = 4 << 20
"""Bytes of one file's diff that are kept unasked."""

_ESCAPES = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 34: '"', 92: "\\"}


class Index:
    """Takes a diff piece by piece."""

    def __init__(self, files: Iterable[File]) -> None:
        self._of = {header(file): file for file in files}
        self._rest = bytearray()
        self._dropped = _Counts()  # what of the present part was not kept
        self._kept = 0

    def add(self, piece: bytes) -> list[File]:
        """Take a piece, and return the files whose diff is complete with it."""
        rest = self._rest
        at = max(0, len(rest) - len(_NEXT))
        rest += piece
        start, done = 0, []
        while (at := rest.find(_NEXT, at)) >= 0:
            done += self._take(bytes(rest[start : at + 1]))
            at = start = at + 1
        del rest[:start]
        if len(rest) > PART:
            self._drop()
        return done

    def end(self) -> list[File]:
        """Note that nothing more comes."""
        done = self._take(bytes(self._rest)) if self._rest else []
        self._rest.clear()
        return done

    def _drop(self) -> None:
        """Count what has come of a file that is too large, and let go of it."""
        rest = self._rest
        if not self._dropped.head:
            self._dropped.head = bytes(rest[: rest.find(b"\n") + 1])
        cut = rest.rfind(b"\n")
        if cut > 0:
            self._dropped.take(rest[:cut])
            del rest[:cut]
        if len(rest) > PART:  # one line without an end: only its first sign counts
            del rest[len(_NEXT) : -len(_NEXT)]

    def _take(self, part: bytes) -> list[File]:
        dropped, self._dropped = self._dropped, _Counts()
        head = dropped.head or part
        file = self._of.get(head[: head.find(b"\n")])
        if file is None:
            return []
        counts = dropped
        if dropped.head:
            counts.take(part.removesuffix(b"\n"))
        else:
            counts.whole(part)
        whole = not dropped.head and self._kept + len(part) <= KEPT
        if file.read and file.body is not None and whole:  # it became something of another type
            part = file.body + part
        file.read = True
        file.binary = counts.binary
        file.added += counts.added
        file.removed += counts.removed
        file.lines += counts.lines
        file.body = part if whole else None
        self._kept += len(part) if whole else 0
        if b"\n+" in part and (b"@generated" in part[:4096] or b"DO NOT EDIT" in part[:4096]):
            file.kind, file.folded = MADE, True
        if not whole or file.lines > LARGE:
            file.folded = True
        return [file]


class _Counts:
    """Counts a part's lines by what they begin with."""

    def __init__(self) -> None:
        self.head = b""
        self.added = self.removed = self.lines = 0
        self.binary = False
        self._inside = False  # past the headers

    def whole(self, part: bytes) -> None:
        """Count all at once, from what the hunks' headers say: half the work of looking."""
        begin = part.find(b"\n@@ ")
        if begin < 0:
            self.binary = b"\nBinary files " in part
            return
        hunks = _HUNK.findall(part, begin)
        olds = sum(int(old) if old else 1 for old, _ in hunks)
        news = sum(int(new) if new else 1 for _, new in hunks)
        self.lines = part.count(b"\n", begin + 1)
        unended = part.count(b"\n\\ ", part.rfind(b"\n@@ "))
        lines = self.lines - len(hunks) - unended
        self.added, self.removed = lines - olds, lines - news

    def take(self, part: bytes | bytearray) -> None:
        """Count some more, line by line."""
        begin = 0
        if not self._inside:
            begin = part.find(b"\n@@ ")
            if begin < 0:
                self.binary = self.binary or b"\nBinary files " in part
                return
            self._inside = True
        self.added += part.count(b"\n+", begin)
        self.removed += part.count(b"\n-", begin)
        self.lines += part.count(b"\n", begin)


def header(file: File) -> bytes:
    """Return the line that git begins a file's diff with."""
    return _FILE + _quoted("a/", file.old_path or file.path) + b" " + _quoted("b/", file.path)


def _quoted(prefix: str, path: str) -> bytes:
    """Write a name as git does: in quotes if it holds anything but plain characters."""
    name = os.fsencode(prefix + path)
    if all(32 <= byte < 127 and byte not in (34, 92) for byte in name):
        return name
    out = ['"']
    for byte in name:
        if byte in _ESCAPES:
            out.append("\\" + _ESCAPES[byte])
        elif 32 <= byte < 127:
            out.append(chr(byte))
        else:
            out.append(f"\\{byte:03o}")
    return "".join([*out, '"']).encode()
