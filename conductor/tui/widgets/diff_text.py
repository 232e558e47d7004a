"""A change drawn while it comes: only the rows that are seen are ever made. Keys are another's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.color import ColorSystem
from textual.message import Message

from conductor.review.document import Document, Place
from conductor.review.rows import HEAD, STEP
from conductor.tui.diff_paint import Painter
from conductor.tui.overlay import Overlay
from conductor.tui.viewport import Viewport
from conductor.tui.widgets.painted import Painted, blank

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.strip import Strip

    from conductor.review.address import Span, Spot
    from conductor.review.files import File

WHOLE = 1 << 30
READING = "reading …"


class DiffText(Painted):
    """Shows a change; somebody stands at one line of it, which stays theirs as more comes."""

    class FileSeen(Message, namespace="diff_view"):
        """The person is in another file."""

        def __init__(self, file: File) -> None:
            super().__init__()
            self.file = file

    class Wanted(Message, namespace="diff_view"):
        """A file's text is asked for: what git left out, or a diff too large to keep."""

        def __init__(self, file: File) -> None:
            super().__init__()
            self.file = file

    class Moved(Message, namespace="diff_view"):
        """The person is at another line."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 — Textual's name
        super().__init__(id=id)
        self.painter = Painter(Overlay())
        self.view = Viewport(self.painter)
        self.note = ""
        self._file: File | None = None

    # What is shown.

    @property
    def document(self) -> Document:
        """The change."""
        return self.view.document

    @property
    def spot(self) -> Spot | None:
        """The address of the line the person is at."""
        return self.view.spot()

    @property
    def span(self) -> Span | None:
        """The address of the chosen lines, or of the one line."""
        return self.view.span()

    @property
    def overlay(self) -> Overlay:
        """What is put over the change."""
        return self.painter.overlay

    @overlay.setter
    def overlay(self, overlay: Overlay) -> None:
        self.painter.overlay = overlay
        self.overlaid()

    def overlaid(self, file: File | None = None) -> None:
        """Show that the overlay says something else, about one file or all of them."""
        self.view.keep(lambda: self.document.changed(file))
        self._redraw()

    def clear(self, note: str = "") -> None:
        """Forget the change, and say what is going on instead."""
        self.show(Document(), note=note)

    def show(self, document: Document, *, note: str = "", keep: bool = False) -> None:
        """Show a change from its beginning, or where the person was."""
        document.columns = self.painter.looks.columns
        document.inserts = lambda file: self.overlay.inserts(file, self.size.width)
        self.note = note
        if keep:
            self.view.keep(lambda: self.view.take(document))
        else:
            self.view.document = document
            self.view.anchor = None
            self.view.go(Place(0, 0))
        self._redraw()

    def came(self, *files: File) -> None:
        """Show that more of some files is there."""
        if self.view.file in files:
            self.view.keep(lambda: self._changed(files))
        else:
            self._changed(files)
        self._redraw()

    def _changed(self, files: Iterable[File]) -> None:
        for file in files:
            self.document.changed(file)

    def reshape(self) -> None:
        """Lay everything out anew, the person staying where they are."""
        self.painter.fit(self.size.width)
        self.document.columns = self.painter.looks.columns
        self.view.keep(self.document.changed)
        self._redraw()

    def _redraw(self) -> None:
        self.view.cursor = self.document.held(self.view.cursor)
        self.view.top = self.document.held(self.view.top)
        self.view.forget()
        self.refresh()
        self._told()

    def _told(self) -> None:
        self.post_message(self.Moved())
        file = self.view.file
        if file is not self._file:
            self._file = file
            if file is not None:
                self.post_message(self.FileSeen(file))

    # Opening.

    def fold(self, file: File, *, folded: bool) -> None:
        """Fold a file up, or open it."""
        file.folded = folded
        if not folded and file.too_large:
            file.note = READING
            self.post_message(self.Wanted(file))
        self.came(file)

    def open_gap(self, file: File, gap: int, lines: int = STEP) -> None:
        """Show more of the lines between two hunks."""
        top, bottom = file.opened.get(gap, (0, 0))
        first, last = gap == 0, gap == len(file.hunks)
        file.opened[gap] = (top if first else top + lines, bottom if last else bottom + lines)
        self._need_content(file)

    def open_whole(self, file: File) -> None:
        """Show all of a file, or only its hunks again."""
        if (WHOLE, 0) in file.opened.values():
            file.opened.clear()
        else:
            file.opened = dict.fromkeys(range(len(file.hunks) + 1), (WHOLE, 0))
        self._need_content(file)

    def _need_content(self, file: File) -> None:
        if file.content is None and file.opened:
            self.post_message(self.Wanted(file))
        self.came(file)

    # Size and looks.

    def on_resize(self) -> None:
        """Lay out for another size."""
        self.view.width, self.view.height = self.size.width, max(1, self.size.height)
        self.painter.fit(self.size.width)
        self.document.changed()
        self.view.forget()
        self.view.into_sight()
        self.refresh()  # what was drawn meanwhile was laid out for the old size

    def on_focus(self) -> None:
        """Show that keys go here."""
        self.refresh()

    def on_blur(self) -> None:
        """Show that keys go elsewhere."""
        self.refresh()

    # Drawing.

    def paint(self, y: int, width: int) -> Strip:
        """Return one line."""
        lines = self.view.lines
        if y >= len(lines):
            if y == 0 and self.note:
                return self.inks.line([(f" {self.note}", "dim")], width)
            return blank(self.inks, width)
        seen = lines[y]
        file = self.document.files[seen.place.file]
        here = seen.place == self.view.cursor
        lit = ""
        if here:
            lit = "cursor" if self.has_focus else "on"
        elif self.view.is_chosen(seen.place):
            lit = "picked"
        if y == 0 or seen.row.kind == HEAD:
            place = f" {seen.place.file + 1}/{len(self.document.files)} "
            return self.inks.line(self.painter.head(file, width, lit, place), width)
        self.painter.flat = self.inks.system is ColorSystem.STANDARD
        return self.inks.line(self.painter.draw(file, seen.row, seen.sub, width, lit), width)
