"""The files of a diff that is there as text only: of a story, of a pasted patch."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from worktrees.risks import runs_code as is_risky

_INDEX = re.compile(rb"^index ([0-9a-f]+)\.\.([0-9a-f]+)(?: ([0-7]{6}))?$", re.MULTILINE)
_MODE = re.compile(rb"^(old|new|new file|deleted file) mode ([0-7]{6})$", re.MULTILINE)
_FROM = re.compile(rb"^(rename|copy) from (.*)$", re.MULTILINE)
_TO = re.compile(rb"^(?:rename|copy) to (.*)$", re.MULTILINE)
_OCTAL = re.compile(rb"\\([0-7]{3}|.)")
_LETTERS = {b"a": 7, b"b": 8, b"t": 9, b"n": 10, b"v": 11, b"f": 12, b"r": 13}


class Told(NamedTuple):
    """A file as a diff's own headers tell of it."""

    path: str
    old_path: str | None
    status: str
    old_mode: str
    new_mode: str
    old_blob: str
    new_blob: str
    runs_code: bool


def parts_of(diff: bytes) -> list[bytes]:
    """Cut a diff into its files' parts."""
    starts = [found.start() for found in re.finditer(rb"^diff --git ", diff, re.MULTILINE)]
    return [diff[start:end] for start, end in zip(starts, [*starts[1:], len(diff)], strict=True)]


def listed_in(diff: bytes) -> list[Told]:
    """List the files that a diff names."""
    return [_told(part) for part in parts_of(diff)]


def _told(part: bytes) -> Told:
    end = part.find(b"\n@@ ")
    head = part if end < 0 else part[:end]
    modes = dict(_MODE.findall(head))
    index = _INDEX.search(head)
    groups: tuple[bytes | None, ...] = index.groups() if index else (b"", b"", None)
    old, new, usual = groups[0] or b"", groups[1] or b"", groups[2]
    if b"new file" in modes:
        status, before, after = "A", b"000000", modes[b"new file"]
    elif b"deleted file" in modes:
        status, before, after = "D", modes[b"deleted file"], b"000000"
    else:
        status = "M"
        before = modes.get(b"old", usual or b"100644")
        after = modes.get(b"new", usual or b"100644")
    moved, target = _FROM.search(head), _TO.search(head)
    old_path = None
    if moved and target:
        status = "R" if moved[1] == b"rename" else "C"
        old_path, path = _plain(moved[2]), _plain(target[1])
    else:
        path = _name(head[: head.find(b"\n")])
    return Told(
        path, old_path, status, before.decode(), after.decode(), old.decode(), new.decode(),
        is_risky(path),
    )  # fmt: skip


def _name(line: bytes) -> str:
    """Read the name from a diff's first line; both names are the same there."""
    rest = line.removeprefix(b"diff --git ")
    if rest.startswith(b'"'):
        return _plain(rest[rest.rfind(b' "') + 1 :]).removeprefix("b/")
    return os.fsdecode(rest[len(rest) // 2 + 1 :]).removeprefix("b/")


def _plain(name: bytes) -> str:
    """Read a name that git may have put into quotes."""
    if not name.startswith(b'"'):
        return os.fsdecode(name)

    def letter(found: re.Match[bytes]) -> bytes:
        escape = found[1]
        if len(escape) == 3:
            return bytes([int(escape, 8)])
        return bytes([_LETTERS[escape]]) if escape in _LETTERS else escape

    return os.fsdecode(_OCTAL.sub(letter, name[1:-1]))
