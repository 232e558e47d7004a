"""One file's rows: header, notes, hunks, gaps, and what others put under a line. Made on demand."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from conductor.review.address import NEW, OLD, Spot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conductor.review.files import File
    from conductor.review.hunks import Hunk

HEAD, NOTE, HUNK, LINE, CONTEXT, TAIL, BOX, END = (
    "head", "note", "hunk", "line", "context", "tail", "box", "end",
)  # fmt: skip
STEP = 20
"""Lines of context that one press shows."""


class Insert(NamedTuple):
    """Rows that stand under a line: a comment, an answer. Whoever put them there draws them."""

    key: str
    height: int


class Row(NamedTuple):
    """One row of a file, as far as it can be said without its text."""

    kind: str
    number: int  # among the rows of its file
    at: int = 0  # which note, or which row of a box
    hunk: Hunk | None = None
    left: int = -1  # lines of the hunk; the same in one column, in context, and in two
    right: int = -1
    old: int = 0  # line numbers, 0 for none
    new: int = 0
    hidden: int = 0  # lines that a gap does not show; -1 if nobody has counted them
    key: str = ""  # of a box

    def spot(self, path: str, side: str | None = None) -> Spot | None:
        """Return the row's address: on a side, or on the newer one if it is there."""
        if self.kind == HEAD:
            return Spot(path, NEW, 0)
        if side != OLD and self.new:
            return Spot(path, NEW, self.new)
        if side != NEW and self.old:
            return Spot(path, OLD, self.old)
        return None


@dataclass(slots=True)
class _Part:
    """Some rows of one kind."""

    kind: str
    start: int
    count: int
    hunk: Hunk | None = None
    first: int = 0  # the first of the hunk's rows, or the first newer number of context
    shift: int = 0  # what context adds to a newer number to make the older one
    hidden: int = 0
    key: str = ""


Inserts = dict[tuple[str, int], list[Insert]]


class Rows:
    """The rows of one file in one shape; made anew when anything of that changes."""

    def __init__(
        self,
        file: File,
        *,
        columns: bool = False,
        inserts: Mapping[tuple[str, int], Sequence[Insert]] | None = None,
        unfolded: bool = False,
    ) -> None:
        self.file = file
        self._columns = columns
        self._inserts = dict(inserts or {})
        self._parts: list[_Part] = []
        self._starts: list[int] = []
        self.count = 0
        self._put(HEAD, 1)
        self._place_boxes([key for key in self._inserts if key[1] == 0])
        if notes := file.notes:
            self._put(NOTE, len(notes))
        if not file.folded or unfolded:
            self._hunks()
        self._place_boxes(list(self._inserts))  # what stands nowhere is shown all the same
        self._put(END, 1)

    def _put(self, kind: str, count: int, **more: object) -> None:
        if count > 0:
            self._parts.append(_Part(kind, self.count, count, **more))  # type: ignore[arg-type]
            self._starts.append(self.count)
            self.count += count

    def _hunks(self) -> None:
        before: tuple[int, int] = (1, 1)  # old and new number after what has been shown
        hunks = self.file.hunks
        for hunk in hunks:
            self._gap(hunk.number, before, (hunk.old_line, hunk.new_line), hunk)
            self._lines(hunk)
            before = (hunk.old_end, hunk.new_end)
        if not self.file.ends:
            self._gap(len(hunks), before, None, None)

    # Gaps: what git leaves out between hunks.

    def _gap(
        self, number: int, begin: tuple[int, int], end: tuple[int, int] | None, hunk: Hunk | None
    ) -> None:
        """Put what of a gap is opened, and a row for what is not."""
        content = self.file.content
        shift = begin[0] - begin[1]
        if end is not None:
            size = end[1] - begin[1]
        else:
            size = len(content) + 1 - begin[1] if content is not None else -1
        top, bottom = self.file.opened.get(number, (0, 0)) if content is not None else (0, 0)
        top = min(top, max(size, 0))
        bottom = min(bottom, max(size, 0) - top)
        hidden = size - top - bottom if size >= 0 else -1
        self._context(begin[1], top, shift)
        if hidden:
            if hunk is not None:
                lost = self._lost(range(begin[1] + top, begin[1] + top + max(hidden, 0)), shift)
                self._place_boxes(lost)
                self._put(HUNK, 1, hunk=hunk, hidden=max(hidden, 0), first=number)
            else:
                self._put(TAIL, 1, hidden=hidden, first=number)
        if end is not None:
            self._context(end[1] - bottom, bottom, shift)

    def _context(self, first: int, count: int, shift: int) -> None:
        """Put lines that did not change, from the newer text, parted by what is inserted."""
        stops = sorted(
            {line if side == NEW else line - shift for side, line in self._inserts if line}
        )
        for line in stops:
            if first <= line < first + count:
                size = line + 1 - first
                self._put(CONTEXT, size, first=first, shift=shift)
                self._place_boxes([(NEW, line), (OLD, line + shift)])
                first, count = first + size, count - size
        self._put(CONTEXT, count, first=first, shift=shift)

    def _lost(self, lines: range, shift: int) -> list[tuple[str, int]]:
        """Find what is to stand under a line that is not shown."""
        return [
            (side, line)
            for side, line in self._inserts
            if line and (line if side == NEW else line - shift) in lines
        ]

    # Hunks.

    def _lines(self, hunk: Hunk) -> None:
        """Put a hunk's lines, parted by what is inserted."""
        places: dict[int, list[tuple[str, int]]] = {}
        for key in self._inserts:
            at = hunk.find(*key) if key[1] else None
            if at is not None:
                places.setdefault(self._row_of(hunk, at), []).append(key)
        size = len(hunk.pairs) if self._columns else len(hunk.lines)
        first = 0
        for row in sorted(places):
            self._put(LINE, row + 1 - first, hunk=hunk, first=first)
            self._place_boxes(places[row])
            first = row + 1
        self._put(LINE, size - first, hunk=hunk, first=first)

    def _row_of(self, hunk: Hunk, at: int) -> int:
        if not self._columns:
            return at
        return next(n for n, pair in enumerate(hunk.pairs) if at in pair)

    def _place_boxes(self, keys: list[tuple[str, int]]) -> None:
        for key in keys:
            for insert in self._inserts.pop(key, ()):
                self._put(BOX, insert.height, key=insert.key)

    # Looking up.

    def row(self, number: int) -> Row:
        """Return one row."""
        part = self._parts[bisect_right(self._starts, number) - 1]
        at = number - part.start
        match part.kind:
            case "line":
                return self._line(part, number, part.first + at)
            case "context":
                new = part.first + at
                return Row(CONTEXT, number, old=new + part.shift, new=new)
            case "hunk" | "tail":
                return Row(part.kind, number, part.first, part.hunk, hidden=part.hidden)
            case _:
                return Row(part.kind, number, at, key=part.key)

    def _line(self, part: _Part, number: int, at: int) -> Row:
        hunk = part.hunk
        assert hunk is not None
        left, right = hunk.pairs[at] if self._columns else (at, at)
        old = hunk.old_at(left) if left >= 0 and hunk.signs[left] in b" -" else 0
        new = hunk.new_at(right) if right >= 0 and hunk.signs[right] in b" +" else 0
        return Row(LINE, number, at, hunk, left, right, old, new)

    def find(self, spot: Spot) -> int:
        """Find the row of an address, or of what comes next after it."""
        if not spot.line:
            return 0
        for part in self._parts:
            if part.kind == LINE and part.hunk is not None:
                at = part.hunk.find(spot.side, spot.line)
                row = -1 if at is None else self._row_of(part.hunk, at) - part.first
                if 0 <= row < part.count:
                    return part.start + row
            elif part.kind == CONTEXT:
                row = spot.line - part.first - (part.shift if spot.side == OLD else 0)
                if 0 <= row < part.count:
                    return part.start + row
        return self._nearest(spot)

    def _nearest(self, spot: Spot) -> int:
        for part in self._parts:
            if part.kind == HUNK and part.hunk is not None:
                end = part.hunk.old_end if spot.side == OLD else part.hunk.new_end
                if spot.line < end:
                    return part.start
        return max(0, self.count - 2)

    def next(self, kind: str, after: int, step: int) -> int | None:
        """Find the next row of a kind after a row, or the one before it.

        For lines that is where the next block of changes begins.
        """
        found: list[int] = []
        for part in self._parts:
            if part.kind == kind == LINE:
                found += self._begins(part)
            elif part.kind == kind:
                found.append(part.start)
        if step > 0:
            return next((row for row in found if row > after), None)
        return next((row for row in reversed(found) if row < after), None)

    def _begins(self, part: _Part) -> list[int]:
        """List the rows of a part in which a block of changes begins."""
        assert part.hunk is not None
        starts = [start for start, _ in part.hunk.runs]
        if self._columns:
            place = {at: row for row, pair in enumerate(part.hunk.pairs) for at in pair}
            starts = [place[start] for start in starts]
        rows = [start - part.first for start in starts]
        return [part.start + row for row in rows if 0 <= row < part.count]
