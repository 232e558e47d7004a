"""What a person can take of a file's change or leave out, down to the line: pure.

A change of a file is a list of parts: its edits (lines replaced by others), and what is no text: a
new name, a new mode, or a file as a whole where git finds no lines in it. A part is called by its
content, so that leaving it out means nothing any more once something else stands there.
Of an edit, single lines may be left out: a removed line left out stays, an added one does not come.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from worktrees.errors import GitError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from worktrees.patches import FilePatch

NAME, MODE, WHOLE = "name", "mode", "whole"
"""The parts that are no lines."""

_LINES = re.compile(r"([-+])(\d+):(\d+)")


@dataclass(frozen=True, slots=True)
class Edit:
    """Lines of a file that others took the place of; either may be none. Counted from 0."""

    address: str
    hunk: int  # in which hunk of the diff it is shown, counted from 1
    old: int
    olds: tuple[bytes, ...]
    new: int
    news: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """Which lines of an edit are left out, each counted from 0 within its side."""

    olds: frozenset[int]
    news: frozenset[int]

    def __bool__(self) -> bool:
        return bool(self.olds or self.news)

    def __or__(self, other: Lines) -> Lines:
        return Lines(self.olds | other.olds, self.news | other.news)

    def __sub__(self, other: Lines) -> Lines:
        return Lines(self.olds - other.olds, self.news - other.news)


NO_LINES = Lines(frozenset(), frozenset())


def address(*about: bytes) -> str:
    """Call something by its content."""
    told = b"".join(b"%d:%b" % (len(one), one) for one in about)
    return hashlib.sha256(told).hexdigest()[:16]


def edits(patch: FilePatch, path: str) -> tuple[Edit, ...]:
    """Find the edits of a file's diff; the same edit made twice is told apart by its turn."""
    found: list[Edit] = []
    seen: dict[str, int] = {}
    for number, hunk in enumerate(patch.hunks, 1):
        text = patch.text[hunk.start - patch.start : hunk.end - patch.start]
        old = hunk.old_line - (1 if hunk.old_count else 0)
        new = hunk.new_line - (1 if hunk.new_count else 0)
        for changed, run in groupby(_signed(text), lambda line: line[0] != b" "):
            lines = list(run)
            olds = tuple(line for sign, line in lines if sign != b"+")
            news = tuple(line for sign, line in lines if sign != b"-")
            if changed:
                name = address(path.encode(errors="surrogateescape"), b"".join(olds), b"\0", *news)
                turn = seen[name] = seen.get(name, 0) + 1
                name = name if turn == 1 else address(name.encode(), b"%d" % turn)
                found.append(Edit(name, number, old, olds, new, news))
            old, new = old + len(olds), new + len(news)
    return tuple(found)


def _signed(hunk: bytes) -> list[tuple[bytes, bytes]]:
    """Return a hunk's lines with their signs, each with its own end, if it has one."""
    lines: list[tuple[bytes, bytes]] = []
    for line in hunk.split(b"\n")[1:]:
        if line[:1] == b"\\":  # "No newline at end of file" is said of the line before
            sign, before = lines[-1]
            lines[-1] = (sign, before.removesuffix(b"\n"))
        elif line[:1] in {b" ", b"+", b"-"}:
            lines.append((line[:1], line[1:] + b"\n"))
    return lines


# Naming what is left out.


def write(name: str, edit: Edit, lines: Lines) -> str:
    """Name the lines of an edit that are left out; all of them, by the edit's own name."""
    if len(lines.olds) == len(edit.olds) and len(lines.news) == len(edit.news):
        return name
    told = [f"-{first}:{end}" for first, end in runs(lines.olds)]
    told += [f"+{first}:{end}" for first, end in runs(lines.news)]
    return f"{name}/{','.join(told)}"


def read(edit: Edit, left: Iterable[str]) -> Lines:
    """Find which lines of an edit are among what is left out."""
    found = NO_LINES
    for one in left:
        name, in_part, some = one.partition("/")
        if name != edit.address:
            continue
        if not in_part:
            return all_of(edit)
        olds, news = set[int](), set[int]()
        for sign, first, end in _LINES.findall(some):
            of = (olds, len(edit.olds)) if sign == "-" else (news, len(edit.news))
            of[0].update(range(int(first), min(int(end), of[1])))
        found |= Lines(frozenset(olds), frozenset(news))
    return found


def all_of(edit: Edit) -> Lines:
    """All lines of an edit."""
    return Lines(frozenset(range(len(edit.olds))), frozenset(range(len(edit.news))))


def runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Join neighbouring numbers: first and end of each run."""
    found: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if found and found[-1][1] == number:
            found[-1] = (found[-1][0], number + 1)
        else:
            found.append((number, number + 1))
    return found


# Taking.


def taken(base: bytes, changes: Sequence[Edit], left: Iterable[str]) -> bytes:
    """Return a file with those edits made that are not left out."""
    kept = frozenset(left)
    lines = base.split(b"\n")
    lines = [line + b"\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    made: list[bytes] = []
    at = 0
    for edit in changes:
        end = edit.old + len(edit.olds)
        if tuple(lines[edit.old : end]) != edit.olds or edit.old < at:
            raise GitError("The diff is not one of this file", "Read the change again.")
        made += lines[at : edit.old]
        made += _half(edit, read(edit, kept))
        at = end
    return b"".join(_ended([*made, *lines[at:]]))


def _half(edit: Edit, left: Lines) -> list[bytes]:
    """Make an edit without some of its lines.

    Removed lines that stay go before the added ones that stand from their place on, as if the
    lines of both sides were pairs.
    """
    kept = [(first, 0, edit.olds[first:end]) for first, end in runs(left.olds)]
    kept += [(n, 1, (line,)) for n, line in enumerate(edit.news) if n not in left.news]
    kept.sort(key=lambda one: one[:2])
    return [line for _, _, lines in kept for line in lines]


def _ended(lines: list[bytes]) -> list[bytes]:
    """End every line but the last: one that was the last may have come to stand further up."""
    return [line if line.endswith(b"\n") else line + b"\n" for line in lines[:-1]] + lines[-1:]
