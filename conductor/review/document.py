"""A whole change as one text to scroll through, of which only what is looked at is laid out.

A place is a file and a row in it, never a row of the whole: what comes later, is folded, or is
answered above does not move what the person reads.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from conductor.review.rows import BOX, END, HEAD, LINE, Insert, Row, Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from conductor.review.address import Spot
    from conductor.review.files import File

    Inserts = Mapping[tuple[str, int], Sequence[Insert]]

REMEMBERED = 24
"""Files whose rows stay laid out and whose lines stay split."""


class Place(NamedTuple):
    """Where somebody stands: which file, which of its rows."""

    file: int
    row: int


class Document:
    """The files of a change, in the order in which they are read."""

    def __init__(self, files: Sequence[File] = (), *, columns: bool = False) -> None:
        self.files = list(files)
        self._places = {file: at for at, file in enumerate(self.files)}
        self.columns = columns
        self.inserts: Callable[[File], Inserts] = lambda _: {}
        self._laid: OrderedDict[int, Rows] = OrderedDict()
        self._heights: dict[int, int] = {}

    def at(self, file: int) -> Rows:
        """Return a file's rows, laid out now if they are not yet."""
        rows = self._laid.get(file)
        if rows is None:
            one = self.files[file]
            rows = Rows(one, columns=self.columns, inserts=self.inserts(one))
            self._laid[file] = rows
            self._heights[file] = rows.count
            if len(self._laid) > REMEMBERED:
                gone, _ = self._laid.popitem(last=False)
                self.files[gone].forget()
        else:
            self._laid.move_to_end(file)
        return rows

    def changed(self, file: File | None = None) -> None:
        """Lay out a file anew when it is looked at next, or all of them."""
        if file is None:
            self._laid.clear()
            self._heights.clear()
        elif (at := self._places.get(file)) is not None:
            self._laid.pop(at, None)
            self._heights.pop(at, None)

    def row(self, place: Place) -> Row:
        """Return a row."""
        return self.at(place.file).row(place.row)

    # Going about.

    @property
    def end(self) -> Place:
        """The last row of all."""
        if not self.files:
            return Place(0, 0)
        last = len(self.files) - 1
        return Place(last, self.at(last).count - 1)

    def held(self, place: Place) -> Place:
        """Return the place, or the nearest there is."""
        if not self.files:
            return Place(0, 0)
        file = max(0, min(place.file, len(self.files) - 1))
        row = place.row if file == place.file else 0
        return Place(file, max(0, min(row, self.at(file).count - 1)))

    def step(self, place: Place, by: int) -> Place:
        """Go some rows on, or back; not beyond either end."""
        if not self.files:
            return Place(0, 0)
        file, row = self.held(place)
        row += by
        while row < 0 and file > 0:
            file -= 1
            row += self.at(file).count
        while (count := self.at(file).count) <= row and file + 1 < len(self.files):
            row -= count
            file += 1
        return Place(file, max(0, min(row, self.at(file).count - 1)))

    def walk(self, place: Place) -> Iterator[tuple[Place, Row]]:
        """Yield rows from a place on."""
        if not self.files:
            return
        file, row = self.held(place)
        while file < len(self.files):
            rows = self.at(file)
            while row < rows.count:
                yield Place(file, row), rows.row(row)
                row += 1
            file, row = file + 1, 0

    def jump(self, place: Place, kind: str, step: int) -> Place | None:
        """Find the next place of a kind in this direction: a block, a box, or a file."""
        if not self.files:
            return None
        file, row = self.held(place)
        while 0 <= file < len(self.files):
            if kind == LINE and not self._has_lines(file):
                found = None
            else:
                found = self.at(file).next(kind, row, step)
            if found is not None:
                return Place(file, found)
            file += step
            row = -1 if step > 0 else 1 << 62
        return None

    def _has_lines(self, file: int) -> bool:
        one = self.files[file]
        return not one.folded and bool(one.lines)

    def find(self, spot: Spot) -> Place | None:
        """Find the place of an address."""
        for at, file in enumerate(self.files):
            if file.path == spot.path or (file.old_path == spot.path and spot.side == "old"):
                return Place(at, self.at(at).find(spot))
        return None

    # Measures.

    def height(self, file: int) -> int:
        """Return a file's rows, guessed from its counted lines where it is not laid out."""
        known = self._heights.get(file)
        if known is not None:
            return known
        one = self.files[file]
        return 3 if one.folded else 3 + one.lines

    def share(self, place: Place) -> float:
        """Say how far down a place is, from 0 to 1."""
        before = sum(self.height(file) for file in range(place.file)) + place.row
        total = sum(self.height(file) for file in range(len(self.files)))
        return before / max(1, total - 1)


__all__ = ["BOX", "END", "HEAD", "LINE", "Document", "Place"]
