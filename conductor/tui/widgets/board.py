"""The meters as one widget: columns side by side, scrolled together."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from conductor.tui import board
from conductor.tui.ansi import RawStrip
from conductor.tui.widgets.painted import blank
from conductor.tui.widgets.scrolled import Scrolled

if TYPE_CHECKING:
    from textual.strip import Strip

    from conductor.tui.board import Row
    from conductor.tui.figures import Figures


class Board(Scrolled, can_focus=True):
    """Figures, drawn."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_by(-1)", "Up", show=False, id="board.up"),
        Binding("down,j", "scroll_by(1)", "Down", show=False, id="board.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="board.page_up"),
        Binding("pagedown,space", "page(1)", "Page down", show=False, id="board.page_down"),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 — Textual's name
        super().__init__(id=id)
        self.figures: Figures | None = None
        self.top = 0
        self._columns: list[tuple[int, list[Row]]] = []

    def show(self, figures: Figures | None) -> None:
        """Draw these figures."""
        self.figures = figures
        self._lay()

    def on_resize(self) -> None:
        """Lay everything out anew."""
        self._lay()

    def _lay(self) -> None:
        width, height = self.size
        if not width:
            return
        self._columns = (
            board.columns(self.figures, width, height)
            if self.figures is not None
            else [(width, board.empty())]
        )
        self.top = min(self.top, self.lowest)
        self.refresh()

    @property
    def lowest(self) -> int:
        """The first line in sight when the end is reached."""
        longest = max((len(rows) for _, rows in self._columns), default=0)
        return max(0, longest - self.size.height)

    def paint(self, y: int, width: int) -> Strip:
        """Return one line."""
        at = self.top + y
        if y == self.size.height - 1 and self.top < self.lowest:
            more = f" ↓ {self.lowest - self.top} more lines"
            return self.inks.line([(more, "faint")], width)
        if not any(at < len(rows) for _, rows in self._columns):
            return blank(self.inks, width)
        parts = [
            self.inks.row(rows[at] if at < len(rows) else (), wide) for wide, rows in self._columns
        ]
        return RawStrip("".join(parts), width)
