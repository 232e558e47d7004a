"""A file's diff: only the lines that are seen are ever made."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from conductor.tui.inks import Run
from conductor.tui.patch_lines import Patch
from conductor.tui.widgets.painted import Painted, blank

if TYPE_CHECKING:
    from textual import events
    from textual.strip import Strip

_INKS = {"+": "added", "-": "removed", "@": "hunk"}


class DiffView(Painted, can_focus=True):
    """Shows a patch while it comes, and scrolls through it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_by(-1)", "Up", show=False, id="diff.up"),
        Binding("down,j", "scroll_by(1)", "Down", show=False, id="diff.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="diff.page_up"),
        Binding("pagedown,space", "page(1)", "Page down", show=False, id="diff.page_down"),
        Binding("home,g", "scroll_by(-1000000000)", "Top", show=False, id="diff.top"),
        Binding("end,G", "scroll_by(1000000000)", "End", show=False, id="diff.end"),
    ]

    class PastEnd(Message):
        """The person paged on at the end of the file."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 — Textual's name
        super().__init__(id=id)
        self.patch = Patch()
        self.top = 0
        self.left = 0
        self.note = ""

    def clear(self, note: str = "") -> None:
        """Forget the patch, and say what is going on instead."""
        self.patch = Patch()
        self.top = self.left = 0
        self.note = note
        self.refresh()

    def add(self, piece: bytes) -> None:
        """Show a further piece."""
        seen = self.patch.count < self.top + self.size.height
        self.patch.add(piece)
        if seen:
            self.refresh()

    def action_scroll_by(self, by: int) -> None:
        """Scroll."""
        most = max(0, self.patch.count - self.size.height)
        top = max(0, min(most, self.top + by))
        if top != self.top:
            self.top = top
            self.refresh()

    def action_page(self, by: int) -> None:
        """Scroll by a page; at the end of the file, go on to the next."""
        if by > 0 and self.top + self.size.height >= self.patch.count:
            self.post_message(self.PastEnd())
            return
        self.action_scroll_by(by * max(1, self.size.height - 2))

    def hunk(self, step: int) -> None:
        """Go to the next hunk, or the one before."""
        line = self.patch.hunk(self.top, step)
        if line is not None:
            self.top = max(0, min(line, self.patch.count - 1))
            self.refresh()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll."""
        self.action_scroll_by(3)
        event.stop()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll."""
        self.action_scroll_by(-3)
        event.stop()

    def on_click(self) -> None:
        """Take the keys."""
        self.focus()

    def paint(self, y: int, width: int) -> Strip:
        """Return one line."""
        number = self.top + y
        if number >= self.patch.count:
            if y == 0 and self.note:
                return self.inks.line([(f" {self.note}", "dim")], width)
            return blank(self.inks, width)
        old, new, text = self.patch.line(number)
        sign = text[:1]
        if not old and not new:
            ink = "hunk" if sign == "@" else "meta"
            return self.inks.line([(f" {text}", ink)], width)
        gutter: list[Run] = []
        if width >= 60:
            gutter = [(f"{old:>5} {new:>5} ", "faint")]
        return self.inks.line([*gutter, (text, _INKS.get(sign, "plain"))], width)
