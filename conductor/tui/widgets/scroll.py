"""An agent's terminal as it went by: scrolled, and searched."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from conductor.tui.ansi import RawStrip, crop, plain_text
from conductor.tui.widgets.painted import blank
from conductor.tui.widgets.scrolled import Scrolled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.strip import Strip


class Scroll(Scrolled, can_focus=True):
    """Rows of terminal text, the newest in sight at first."""

    WHEEL = 3
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_by(-1)", "Up", show=False, id="scroll.up"),
        Binding("down,j", "scroll_by(1)", "Down", show=False, id="scroll.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="scroll.page_up"),
        Binding("pagedown,space", "page(1)", "Page down", show=False, id="scroll.page_down"),
        Binding("home,g", "scroll_by(-1000000000)", "Top", show=False, id="scroll.top"),
        Binding("end,G", "scroll_by(1000000000)", "End", show=False, id="scroll.end"),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 — Textual's name
        super().__init__(id=id)
        self.rows: Sequence[str] = ()
        self.top = 0
        self.found: list[int] = []
        self.note = "reading …"

    def show(self, rows: Sequence[str], note: str = "") -> None:
        """Show these rows, from their end."""
        self.rows, self.note = rows, note
        self.found = []
        self.top = self.lowest
        self.refresh()

    @property
    def lowest(self) -> int:
        """The first line in sight when the end is reached."""
        return max(0, len(self.rows) - self.size.height)

    @property
    def visible_text(self) -> str:
        """What is in sight, without its colours."""
        seen = self.rows[self.top : self.top + self.size.height]
        return "\n".join(plain_text(row).rstrip() for row in seen)

    def search(self, words: str) -> None:
        """Mark the rows that say these words, and go to the newest of them."""
        wanted = words.lower()
        self.found = [
            at for at, row in enumerate(self.rows) if wanted and wanted in plain_text(row).lower()
        ]
        if self.found:
            self._go(self.found[-1])
        self.refresh()

    def next(self, step: int) -> None:
        """Go to another row that was found, in this direction."""
        middle = self.top + self.size.height // 2
        if step < 0 and (above := [at for at in self.found if at < middle]):
            self._go(above[-1])
        elif step > 0 and (below := [at for at in self.found if at > middle]):
            self._go(below[0])

    def _go(self, row: int) -> None:
        self.action_scroll_by(row - self.size.height // 2 - self.top)

    def paint(self, y: int, width: int) -> Strip:
        """Return one line."""
        at = self.top + y
        if at >= len(self.rows):
            said = y == 0 and self.note
            return (
                self.inks.line([(f" {self.note}", "dim")], width)
                if said
                else blank(self.inks, width)
            )
        ground = "plain cursor" if at in self.found else "plain"
        return RawStrip(
            crop(self.rows[at], width, self.inks.system, self.inks.begin(ground)), width
        )
