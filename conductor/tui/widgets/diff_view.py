"""A change to read: only the rows that are seen are ever made."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.color import ColorSystem
from textual.binding import Binding, BindingType
from textual.message import Message

from conductor.review.document import Document, Place
from conductor.review.rows import BOX, HEAD, HUNK, LINE, NOTE, STEP, TAIL
from conductor.review.search import search
from conductor.tui.diff_paint import Painter
from conductor.tui.overlay import Overlay
from conductor.tui.viewport import Viewport
from conductor.tui.widgets.painted import Painted, blank

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual import events
    from textual.strip import Strip

    from conductor.review.address import Span, Spot
    from conductor.review.files import File

WHOLE = 1 << 30
READING = "reading …"


class DiffView(Painted, can_focus=True):
    """Shows a change while it comes; the person stands at one line of it, or chooses some."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="diff.up"),
        Binding("down,j", "move(1)", "Down", show=False, id="diff.down"),
        Binding("shift+up,K", "choose(-1)", "Choose up", show=False, id="diff.choose_up"),
        Binding("shift+down,J", "choose(1)", "Choose down", show=False, id="diff.choose_down"),
        Binding("V", "choose(0)", "Choose lines", show=False, id="diff.choose",
                tooltip="Begin to choose lines here, or stop"),
        Binding("escape", "let_go", "Let go", show=False, id="diff.let_go",
                tooltip="Choose no lines any more, and forget what was searched for"),
        Binding("pageup,ctrl+u", "page(-1)", "Page up", show=False, id="diff.page_up"),
        Binding("pagedown,ctrl+d", "page(1)", "Page down", show=False, id="diff.page_down"),
        Binding("home,g", "end(-1)", "Top", show=False, id="diff.top"),
        Binding("end,G", "end(1)", "End", show=False, id="diff.end"),
        Binding("shift+left,less_than_sign", "aside(-1)", "Left", show=False, id="diff.left"),
        Binding("shift+right,greater_than_sign", "aside(1)", "Right", show=False, id="diff.right"),
        Binding("enter", "open", "Open", show=False, id="diff.open",
                tooltip="Open what is folded here: a file, or the lines between hunks"),
    ]  # fmt: skip

    class FileSeen(Message):
        """The person is in another file."""

        def __init__(self, file: File) -> None:
            super().__init__()
            self.file = file

    class Wanted(Message):
        """A file's text is asked for: what git left out, or a diff too large to keep."""

        def __init__(self, file: File) -> None:
            super().__init__()
            self.file = file

    class BoxOpened(Message):
        """What stands under a line is to be opened."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    class MarkClicked(Message):
        """The cell before a line's numbers was clicked, or a hunk's."""

    class Moved(Message):
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

    # Going about.

    def _went(self, *, choosing: bool = False) -> None:
        if not choosing:
            self.view.anchor = None
        self.refresh()
        self._told()

    def action_move(self, by: int) -> None:
        """Go to another line; chosen lines grow along while they are being chosen."""
        self.view.move(by)
        self._went(choosing=self.view.anchor is not None)

    def action_choose(self, by: int) -> None:
        """Choose lines."""
        view = self.view
        if by == 0 and view.anchor is not None:
            view.anchor = None
        elif view.anchor is None:
            view.anchor = view.cursor
        if by:
            view.move(by)
        self._went(choosing=True)

    def action_let_go(self) -> None:
        """Choose no lines any more, and forget what was searched for."""
        self.painter.found = ""
        self._went()

    def action_page(self, by: int) -> None:
        """Go a page on or back."""
        self.view.page(by)
        self._went(choosing=self.view.anchor is not None)

    def action_end(self, step: int) -> None:
        """Go to either end."""
        self.view.go(self.document.end if step > 0 else Place(0, 0))
        if step > 0:
            self.view.move(0)
        self._went()

    def action_aside(self, step: int) -> None:
        """Scroll sideways."""
        looks = self.painter.looks
        if not looks.wrap:
            looks.left = max(0, looks.left + 16 * step)
            self.refresh()

    def go(self, spot: Spot) -> bool:
        """Go to an address, and say whether it is in this change."""
        place = self.document.find(spot)
        if place is None:
            return False
        self.view.go(place, max(3, self.size.height // 4))
        self._went()
        return True

    def go_to_file(self, file: File) -> None:
        """Go to the beginning of a file."""
        if file in self.document.files:
            self.view.go(Place(self.document.files.index(file), 0))
            self._went()

    def hunk(self, step: int) -> bool:
        """Go to the next block of changes, or the one before."""
        return self._jump(LINE, step)

    def box(self, step: int) -> bool:
        """Go to what is inserted next, or before."""
        return self._jump(BOX, step)

    def _jump(self, kind: str, step: int) -> bool:
        found = self.view.jump(kind, step)
        if found:
            self._went()
        return found

    def find(self, words: str, step: int) -> bool:
        """Go to the next line with these words, which stay marked."""
        self.painter.found = words
        place = search(self.document, words, self.view.cursor, step) if words else None
        if place is not None:
            self.view.go(place, self.size.height // 3)
            self._went()
        self.refresh()
        return place is not None

    # Opening.

    def action_open(self) -> None:
        """Open what is folded where the person is."""
        row, file = self.view.row, self.view.file
        if row is None or file is None:
            return
        if row.kind in (HEAD, NOTE):
            self.fold(file, folded=not file.folded)
        elif row.kind in (HUNK, TAIL):
            self.open_gap(file, row.at if row.kind == TAIL else row.hunk.number if row.hunk else 0)
        elif row.kind == BOX:
            self.post_message(self.BoxOpened(row.key))

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

    # Mouse and size.

    def on_resize(self) -> None:
        """Lay out for another size."""
        self.view.width, self.view.height = self.size.width, max(1, self.size.height)
        self.document.changed()
        self.view.forget()
        self.view.into_sight()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll."""
        self._wheel(3)
        event.stop()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll."""
        self._wheel(-3)
        event.stop()

    def _wheel(self, by: int) -> None:
        self.view.scroll(by)
        lines = self.view.lines
        if lines:  # the person's line stays in sight
            self.view.cursor = min(max(self.view.cursor, lines[0].place), lines[-1].place)
        self.refresh()
        self._told()

    def on_click(self, event: events.Click) -> None:
        """Go to what is clicked, choose up to it with shift, open what is folded."""
        self.focus()
        lines = self.view.lines
        if not 0 <= event.y < len(lines):
            return
        seen = lines[event.y]
        if event.shift:
            self.view.anchor = self.view.anchor or self.view.cursor
        place = Place(seen.place.file, 0) if event.y == 0 else seen.place
        again = place == self.view.cursor
        self.view.cursor = place
        self._went(choosing=event.shift)
        if event.x == 0 and seen.row.kind in (HUNK, LINE):
            self.post_message(self.MarkClicked())
        elif again or seen.row.kind in (HUNK, TAIL):
            self.action_open()

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
