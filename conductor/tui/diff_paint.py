"""Draws the rows of a change: gutters, colours of code, words that differ, one column or two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conductor.cleaning import clean_line
from conductor.review import rows as r
from conductor.review.files import spelled
from conductor.review.rows import Row
from conductor.review.search import pattern
from conductor.review.text import Drawn, Pen
from conductor.tui.diff_runs import after, counts, cut, spans
from conductor.tui.inks import Run, cells
from conductor.tui.wording import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conductor.review.files import File
    from conductor.tui.overlay import Overlay

ENOUGH = 80
"""Cells for a line's text from which on lines are cut and not wrapped, unless somebody wants it."""
TALL = 12
"""Lines of the screen that one line of text takes at most, unless somebody wants all of it."""
STATUS = {"A": "added", "D": "removed", "R": "landing", "C": "landing", "T": "blocked"}


@dataclass
class Looks:
    """How the person wants lines to be drawn."""

    columns: bool = False
    wrap: bool = False
    chosen: bool = False  # whether the person has said that lines are to be wrapped, or not
    signs: bool = False  # tabs, spaces at the end and line ends made visible
    left: int = 0  # cells that are scrolled away


class Painter:
    """Draws rows for a width; what it knows of a file is kept while that file is looked at."""

    def __init__(self, overlay: Overlay) -> None:
        self.overlay = overlay
        self.looks = Looks()
        self.found: str = ""  # words that are searched for
        self.flat = False  # in few colours, grounds say nothing
        self._pens: dict[File, Pen] = {}

    def _pen(self, file: File) -> Pen:
        pen = self._pens.get(file)
        if pen is None:
            if len(self._pens) > 24:
                self._pens.clear()
            pen = self._pens[file] = Pen(file)
        return pen

    # Measures.

    def gutter(self, file: File, width: int) -> int:
        """Return the width of one column of line numbers."""
        last = file.hunks[-1] if file.hunks else None
        most = max(last.old_end, last.new_end) if last else 0
        return max(3 if width < 90 else 4, len(str(most)))

    def room(self, file: File, width: int) -> int:
        """Return the cells that a line's text has."""
        number = self.gutter(file, width)
        if self.looks.columns:
            return max(8, (width - 1) // 2 - number - 3)
        return max(8, width - 3 - number * (2 if width >= 90 else 1) - (1 if width >= 90 else 0))

    def fit(self, width: int) -> None:
        """Wrap lines where little of them would be seen, as long as the person has said nothing."""
        if not self.looks.chosen:
            self.looks.wrap = (width // 2 if self.looks.columns else width) - 8 < ENOUGH

    def height(self, file: File, row: Row, width: int) -> int:
        """Return the lines of the screen that a row takes."""
        if not self.looks.wrap or row.kind not in (r.LINE, r.CONTEXT):
            return 1
        room = self.room(file, width)
        longest = max((cells(one.text) for one in self._texts(file, row) if one), default=0)
        tall = max(1, -(-longest // room))
        return tall if self.looks.chosen else min(tall, TALL)

    def _texts(self, file: File, row: Row) -> tuple[Drawn | None, Drawn | None]:
        """Return what stands left and right; in one column only one of them."""
        pen = self._pen(file)
        if row.kind == r.CONTEXT:
            drawn = pen.context(row.new)
            return drawn, drawn
        assert row.hunk is not None
        left = pen.line(row.hunk, row.left) if row.left >= 0 else None
        if row.left == row.right:
            return left, left
        return left, pen.line(row.hunk, row.right) if row.right >= 0 else None

    # Rows.

    def draw(self, file: File, row: Row, sub: int, width: int, lit: str) -> list[Run]:
        """Draw a row, or one line of a wrapped one; `lit` is the ground of where the person is."""
        match row.kind:
            case "head":
                return self.head(file, width, lit)
            case "note":
                return [(f"   {spelled(file.notes[row.at])}", f"dim {lit}".strip())]
            case "hunk" | "tail":
                return self._gap(file, row, width, lit)
            case "box":
                return [*self.overlay.draw(row.key, row.at, width)]
            case "end":
                return []
        mark = self.overlay.mark(file, row) or (" ", "plain")
        lit = lit or self.overlay.ground(file, row)
        if self.looks.columns:
            return [mark, *self._two(file, row, sub, width - 1, lit)]
        return [mark, *self._one(file, row, sub, width - 1, lit)]

    def head(self, file: File, width: int, lit: str = "", place: str = "") -> list[Run]:
        """Draw a file's header."""
        ground = lit or "bar"
        path = spelled(file.path)
        folder, slash, name = path.rpartition("/")
        ink = "risky" if file.runs_code else "strong"
        status = (f" {file.status} ", f"{STATUS.get(file.status, 'busy')} {ground}")
        fold = "▸" if file.folded else "▾"
        runs: list[Run] = [
            (fold, f"faint {ground}"), status,
            (f"{folder}{slash}", f"dim {ground}"), (name, f"{ink} {ground}"),
        ]  # fmt: skip
        runs += [(text, f"{one} {ground}") for text, one in counts(file)]
        if file.runs_code and width > 70:
            runs.append(("  ‼ changes what runs", f"risky {ground}"))
        runs += [(text, f"{one} {ground}") for text, one in self.overlay.told(file)]
        used = sum(cells(text) for text, _ in runs)
        room = width - used - len(place)
        return [*runs, (" " * max(0, room), f"plain {ground}"), (place, f"faint {ground}")]

    def _gap(self, file: File, row: Row, width: int, lit: str) -> list[Run]:
        mark = self.overlay.mark(file, row) or (" ", "plain")
        if row.kind == r.TAIL:
            count = "" if row.hidden < 0 else f"{plural(row.hidden, 'line')} "
            said = f"⋯ {count}to the end of the file"
            return [mark, (said, f"hunk {lit or 'gap'}"), self._rest(said, width, lit)]
        assert row.hunk is not None
        hidden = f"⋯ {plural(row.hidden, 'line')}" if row.hidden else "⋯"
        about = clean_line(row.hunk.about.decode("utf-8", "replace"), 200)
        runs: list[Run] = [
            (f"{hidden}  ", f"hunk {lit or 'gap'}"),
            (about, f"dim {lit or 'gap'}"),
        ]
        return [mark, *runs, self._rest("".join(text for text, _ in runs), width, lit)]

    @staticmethod
    def _rest(said: str, width: int, lit: str) -> Run:
        return " " * max(0, width - 1 - cells(said)), f"plain {lit or 'gap'}"

    # Lines.

    def _one(self, file: File, row: Row, sub: int, width: int, lit: str) -> list[Run]:
        """Draw a line in one column: old number, new number, sign, text."""
        drawn = self._texts(file, row)[0]
        assert drawn is not None
        number = self.gutter(file, width + 1)
        sign = self._sign(row, row.left)
        if width + 1 >= 90:
            numbers = f"{row.old or '':>{number}} {row.new or '':>{number}}"
        else:
            numbers = f"{row.new or row.old or '':>{number}}"
        gutter = " " * len(numbers) if sub else numbers
        room = self.room(file, width + 1)
        return [
            (f"{gutter} ", f"faint {lit}".strip()),
            *self._sided(drawn, "↪" if sub and sign == " " else sign, sub, room, lit),
        ]

    def _two(self, file: File, row: Row, sub: int, width: int, lit: str) -> list[Run]:
        """Draw a line in two columns: what was, and what is."""
        left, right = self._texts(file, row)
        number = self.gutter(file, width + 1)
        room = self.room(file, width + 1)
        half = number + 2 + room
        runs: list[Run] = []
        for drawn, at, count, end in (
            (left, row.left, row.old, "│"),
            (right, row.right, row.new, ""),
        ):
            if drawn is None:
                runs.append((" " * half, "plain void"))
            else:
                shown = " " * number if sub else f"{count or '':>{number}}"
                sign = self._sign(row, at)
                runs += [
                    (f"{shown} ", f"faint {lit}".strip()),
                    *self._sided(drawn, "↪" if sub and sign == " " else sign, sub, room, lit),
                ]
            runs.append((end, "frame"))
        return runs

    @staticmethod
    def _sign(row: Row, at: int) -> str:
        if row.hunk is None or at < 0:
            return " "
        return chr(row.hunk.signs[at])

    def _sided(self, drawn: Drawn, sign: str, sub: int, room: int, lit: str) -> list[Run]:
        """Draw a sign and a line's text on the ground of its side, exactly `room` + 1 cells."""
        side = {"+": "added", "-": "removed"}.get(sign, "")
        ground = lit or (f"ground-{side}" if side else "")
        ink = {"+": "added", "-": "removed", "\\": "faint"}.get(sign, "plain")
        text, tokens, marks, tail = self._shown(drawn, bool(side))
        begin, end = self._window(text, sub, room)
        body = spans(
            text, (begin, end), [] if self.flat and side else tokens, marks,
            (ink if self.flat else "plain", ground, f"word-{side}" if side else "found"),
            finds=self._finds(text),
        )  # fmt: skip
        if sign == "\\":
            sign, body = " ", [(text[begin:end], "faint")]
        if end >= len(text):
            body += tail
        elif not self.looks.wrap or (sub == TALL - 1 and not self.looks.chosen):
            body = [*cut(body, room - 1)[0], ("…", "hunk")]
        used = sum(cells(one) for one, _ in body)
        if used > room:
            body, used = cut(body, room)
        filler = (" " * (room - used), f"plain {ground}".strip())
        return [(sign, f"{ink} {ground}".strip()), *body, filler]

    def _shown(
        self, drawn: Drawn, is_changed: bool
    ) -> tuple[str, Sequence[tuple[int, int, str]], Sequence[tuple[int, int]], list[Run]]:
        """Return a line's text with what is invisible made visible where that matters."""
        text, tail = drawn.text, list[Run]()
        marks = list(drawn.marks)
        stripped = text.rstrip(" ")
        if len(stripped) < len(text) and (is_changed or self.looks.signs):
            text = stripped + "·" * (len(text) - len(stripped))
        if self.looks.signs:
            lead = len(text) - len(text.lstrip(" "))
            text = "·" * lead + text[lead:]
        if drawn.returns and (is_changed or self.looks.signs):
            tail.append(("␍", "blocked"))
        if drawn.cut:
            tail.append((f" … {drawn.cut} more characters", "hunk"))
        return text, drawn.tokens, marks, tail

    def _window(self, text: str, sub: int, room: int) -> tuple[int, int]:
        """Return which characters are on this line of the screen."""
        skip = sub * room if self.looks.wrap else self.looks.left
        if text.isascii():
            return min(skip, len(text)), min(skip + room, len(text))
        begin = after(text, 0, skip)
        return begin, after(text, begin, room)

    def _finds(self, text: str) -> list[tuple[int, int]]:
        """Find the words that are searched for."""
        if not self.found:
            return []
        return [match.span() for match in pattern(self.found).finditer(text)]
