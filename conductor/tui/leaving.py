"""Which lines of a change a person leaves out, and how that is written down: pure."""

from __future__ import annotations

from conductor.review.address import NEW, OLD
from conductor.values import Value
from worktrees import hunks, parts
from worktrees.patches import FilePatch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from conductor.review.files import File

    Line = tuple[str, int]


class Leaving(Value):
    """A file's parts, and which of its changed lines are left out."""

    parts: parts.File
    left: tuple[str, ...]  # only those that are in this change
    lines: frozenset[Line]
    changed: frozenset[Line]

    @property
    def all_gone(self) -> bool:
        """Whether nothing of the file is taken."""
        whole = all(name in self.left for _, name in self.parts.whole)
        return bool(self.left) and whole and self.lines == self.changed

    @property
    def count(self) -> int:
        """How many of its edits, and of what is no line, are left out in part or whole."""
        return len({one.partition("/")[0] for one in self.left})


def leaving(file: File, left: Iterable[str]) -> Leaving | None:
    """Find what is left out of a file; None while its diff is not there, or not kept."""
    if not file.read or file.too_large:
        return None
    bare = parts.File(
        file.path, file.old_path, file.old_mode, file.new_mode, file.old_blob, file.new_blob, (), ()
    )
    body = file.body or b""
    found = parts.with_edits(bare, FilePatch(body, 0, len(body)) if body else None)
    kept = found.still_left(left)
    lines: set[Line] = set()
    changed: set[Line] = set()
    for edit in found.edits:
        changed.update(_lines(edit, hunks.all_of(edit)))
        lines.update(_lines(edit, hunks.read(edit, kept)))
    return Leaving(found, kept, frozenset(lines), frozenset(changed))


def _lines(edit: hunks.Edit, some: hunks.Lines) -> set[Line]:
    olds = {(OLD, edit.old + 1 + n) for n in some.olds}
    return olds | {(NEW, edit.new + 1 + n) for n in some.news}


def toggled(now: Leaving, lines: Iterable[Line]) -> tuple[str, ...]:
    """Leave these lines out, or take them if none of them is taken; return what is left then."""
    meant = now.changed.intersection(lines)
    gone = now.lines - meant if meant <= now.lines else now.lines | meant
    left = [name for _, name in now.parts.whole if name in now.left]
    for edit in now.parts.edits:
        some = hunks.Lines(
            frozenset(n for n in range(len(edit.olds)) if (OLD, edit.old + 1 + n) in gone),
            frozenset(n for n in range(len(edit.news)) if (NEW, edit.new + 1 + n) in gone),
        )
        if some:
            left.append(hunks.write(edit.address, edit, some))
    return tuple(left)


def file_toggled(now: Leaving) -> tuple[str, ...]:
    """Leave all of a file out, or take all of it."""
    return () if now.all_gone else now.parts.parts


def block_of(now: Leaving, line: Line) -> frozenset[Line]:
    """Return the lines of the edit that a line is part of."""
    for edit in now.parts.edits:
        lines = _lines(edit, hunks.all_of(edit))
        if line in lines:
            return frozenset(lines)
    return frozenset()


def hunk_of(now: Leaving, number: int) -> frozenset[Line]:
    """Return the changed lines of a hunk of the diff, counted from 1."""
    edits = [edit for edit in now.parts.edits if edit.hunk == number]
    return frozenset(line for edit in edits for line in _lines(edit, hunks.all_of(edit)))
