"""A change to read: where the person is in it, by keys and by mouse, and what they open."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from conductor.review.document import Place
from conductor.review.rows import BOX, HEAD, HUNK, LINE, NOTE, TAIL
from conductor.review.search import search
from conductor.tui.widgets.diff_text import DiffText

if TYPE_CHECKING:
    from textual import events

    from conductor.review.address import Spot
    from conductor.review.files import File


class DiffView(DiffText, can_focus=True):
    """Goes through a change; the person stands at one line of it, or chooses some."""

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

    class BoxOpened(Message):
        """What stands under a line is to be opened."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    class MarkClicked(Message):
        """The cell before a line's numbers was clicked, or a hunk's."""

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

    def to_lines(self) -> None:
        """Go to the lines that a box is about, or to changed ones of the file, the next first."""
        while (row := self.view.row) is not None and row.kind == BOX:
            self.view.move(-1)
        if self.span is not None:
            self._went()
            return
        place = self.view.cursor
        for step in (1, -1):
            if self.hunk(step) and self.view.cursor.file == place.file:
                return
            self.view.go(place)
        self._went()

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

    # The mouse.

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
