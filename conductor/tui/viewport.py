"""Where the person stands in a change, and which of its rows are on the screen: no widget yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from conductor.review.address import Span, Spot
from conductor.review.document import Document, Place
from conductor.review.rows import END, HEAD, LINE
from conductor.review.search import again

if TYPE_CHECKING:
    from collections.abc import Callable

    from conductor.review.files import File
    from conductor.review.rows import Row
    from conductor.tui.diff_paint import Painter

MARGIN = 3
"""Lines kept between where the person stands and the edges, where there are so many."""


class Seen(NamedTuple):
    """One line of the screen: a row, or one line of a wrapped one."""

    place: Place
    row: Row
    sub: int


class Viewport:
    """Scrolls through a document, with a line where the person is and perhaps some chosen ones."""

    def __init__(self, painter: Painter) -> None:
        self._painter = painter
        self.document = Document()
        self.width, self.height = 80, 20
        self.top = Place(0, 0)
        self.sub = 0  # lines of the top row that are scrolled away, when lines are wrapped
        self.cursor = Place(0, 0)
        self.anchor: Place | None = None  # where the chosen lines begin
        self._lines: list[Seen] | None = None

    # What is there.

    def forget(self) -> None:
        """Look again at what is on the screen."""
        self._lines = None

    @property
    def lines(self) -> list[Seen]:
        """What is on the screen, from its first line on."""
        if self._lines is None:
            self._lines = self._look()
        return self._lines

    def _look(self) -> list[Seen]:
        seen: list[Seen] = []
        sub = self.sub
        for place, row in self.document.walk(self.top):
            for line in range(sub, self._tall(place, row)):
                seen.append(Seen(place, row, line))
                if len(seen) >= self.height:
                    return seen
            sub = 0
        return seen

    def _tall(self, place: Place, row: Row | None = None) -> int:
        if not self._painter.looks.wrap:
            return 1
        row = row or self.document.row(place)
        return self._painter.height(self.document.files[place.file], row, self.width)

    @property
    def file(self) -> File | None:
        """The file the person is in."""
        files = self.document.files
        return files[self.cursor.file] if self.cursor.file < len(files) else None

    @property
    def row(self) -> Row | None:
        """The row the person is at."""
        return self.document.row(self.cursor) if self.document.files else None

    @property
    def _words(self) -> bytes:
        """What the line says that the person is at, as far as the diff has it."""
        row = self.row
        if row is None or row.hunk is None or row.kind != LINE:
            return b""
        return row.hunk.lines[row.right if row.new else row.left][1:]

    def spot(self, side: str | None = None) -> Spot | None:
        """Return the address of the line the person is at."""
        row, file = self.row, self.file
        return row.spot(file.path, side) if row is not None and file is not None else None

    def span(self) -> Span | None:
        """Return the chosen lines, or the one the person is at; of one file and one side."""
        here, file = self.spot(), self.file
        if here is None or file is None or not here.line:
            return None
        first = last = here.line
        if self.anchor is not None and self.anchor.file == self.cursor.file:
            rows = self.document.at(self.cursor.file)
            low, high = sorted((self.anchor.row, self.cursor.row))
            numbers = [
                spot.line
                for n in range(low, high + 1)
                if (spot := rows.row(n).spot(file.path, here.side)) is not None and spot.line
            ]
            first, last = min(numbers), max(numbers)
        return Span(file.path, here.side, first, last)

    def is_chosen(self, place: Place) -> bool:
        """Say whether a row is among the chosen ones."""
        if self.anchor is None or place.file != self.cursor.file != self.anchor.file:
            return False
        low, high = sorted((self.anchor.row, self.cursor.row))
        return place.file == self.cursor.file and low <= place.row <= high

    # Going about.

    def move(self, by: int) -> None:
        """Go some rows on or back."""
        self.cursor = self._on_row(self.document.step(self.cursor, by), by)
        self.into_sight()

    def _on_row(self, place: Place, by: int) -> Place:
        """Return a place, or the next one where that is the empty row after a file."""
        if not self.document.files or self.document.row(place).kind != END:
            return place
        further = self.document.step(place, 1 if by > 0 else -1)
        return further if further != place else self.document.step(place, -1)

    def page(self, by: int) -> None:
        """Scroll by pages, and take the person along."""
        before = (self.top, self.sub)
        line = next((y for y, seen in enumerate(self.lines) if seen.place == self.cursor), None)
        self.scroll(by * max(1, self.height - 3))
        lines = self.lines
        if not lines:
            return
        if line is None or before == (self.top, self.sub):  # at either end
            line = len(lines) - 1 if by > 0 else 0
        self.cursor = self._on_row(lines[max(0, min(line, len(lines) - 1))].place, by)
        if all(seen.place != self.cursor for seen in lines[1:]):
            self.into_sight()

    def scroll(self, by: int) -> None:
        """Scroll by lines of the screen, not beyond either end."""
        self.top, self.sub = self._off(self.top, self.sub, by)
        self._hold()
        self.forget()

    def _off(self, place: Place, sub: int, by: int) -> tuple[Place, int]:
        """Return what is some lines of the screen away."""
        if not self._painter.looks.wrap:
            return self.document.step(place, by), 0
        sub += by
        while sub < 0:
            before = self.document.step(place, -1)
            if before == place:
                return place, 0
            place = before
            sub += self._tall(place)
        while sub >= (tall := self._tall(place)):
            after = self.document.step(place, 1)
            if after == place:
                return place, tall - 1
            place, sub = after, sub - tall
        return place, sub

    def _hold(self) -> None:
        """Keep the last line at the bottom."""
        end = self.document.end if self._near_end() else None
        if end is not None:
            lowest = self._off(end, max(0, self._tall(end) - 1), 1 - self.height)
            self.top, self.sub = min((self.top, self.sub), lowest)

    def _near_end(self) -> bool:
        """Say whether the last file may be on the screen."""
        files = self.document.files
        return bool(files) and self.top.file >= len(files) - 1 - self.height

    def _line_of(self, place: Place) -> int | None:
        found = [y for y, seen in enumerate(self.lines) if seen.place == place]
        if not found or (found[0] == 0 and self.lines[0].row.kind != HEAD):
            return None  # behind the header that stays
        return found[0]

    def into_sight(self) -> None:
        """Scroll as little as needed for the person's line to be seen."""
        margin = min(MARGIN, max(1, self.height // 4))
        line = self._line_of(self.cursor)
        if line is not None and (line >= margin or self.top == Place(0, 0)):
            last = [y for y, seen in enumerate(self.lines) if seen.place == self.cursor][-1]
            below = last - (self.height - 1 - margin)
            if below > 0 and line > margin:
                self.scroll(min(below, line - margin))
            self.forget()
            return
        if line is not None or self.cursor < self.top or self.cursor == self.top:
            self.top, self.sub = self._off(self.cursor, 0, -margin)
        else:
            self.top, self.sub = self._off(self.cursor, 0, 1 + margin - self.height)
        self._hold()
        self.forget()

    def go(self, place: Place, line: int = MARGIN) -> None:
        """Go somewhere, to be shown on this line of the screen."""
        self.cursor = self.document.held(place)
        row = self.document.row(self.cursor) if self.document.files else None
        if row is not None and row.kind == HEAD:
            line = 0
        self.top, self.sub = self._off(self.cursor, 0, -min(line, max(1, self.height - 2)))
        self._hold()
        self.forget()

    def jump(self, kind: str, step: int) -> bool:
        """Go to the next place of a kind in this direction, and say whether there is one."""
        place = self.document.jump(self.cursor, kind, step)
        if place is None:
            return False
        self.go(place, max(MARGIN, self.height // 4))
        return True

    def keep(self, change: Callable[[], object]) -> None:
        """Stay at the same line of the same file, on the same line of the screen, in a change."""
        spot, line, was, words = self.spot(), self._line_of(self.cursor), self.cursor, self._words
        change()
        place = self.document.find(spot) if spot is not None else None
        if spot is not None and place is not None and words:
            place = self.document.find(again(self.document.files[place.file], spot, words))
        if spot is None or place is None or not spot.line:
            place = Place(place.file if place else was.file, was.row)
        self.forget()
        self.go(self.document.held(place), MARGIN if line is None else line)

    def take(self, document: Document) -> None:
        """Show another text of the same files."""
        self.document = document
        self.anchor = None
