"""Painted widgets that are longer than their place, and are scrolled by keys and the wheel."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from conductor.tui.widgets.painted import Painted

if TYPE_CHECKING:
    from textual import events


class Scrolled(Painted):
    """A widget of which some lines are in sight."""

    WHEEL: ClassVar[int] = 2  # lines a turn of the wheel moves
    KEPT: ClassVar[int] = 2  # lines that stay in sight when a page is turned

    top = 0  # the first line in sight

    @property
    def lowest(self) -> int:
        """The first line in sight when the end is reached."""
        raise NotImplementedError

    def action_scroll_by(self, by: int) -> None:
        """Scroll."""
        top = max(0, min(self.lowest, self.top + by))
        if top != self.top:
            self.top = top
            self.refresh()

    def action_page(self, by: int) -> None:
        """Scroll by a page."""
        self.action_scroll_by(by * max(1, self.size.height - self.KEPT))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll."""
        self.action_scroll_by(self.WHEEL)
        event.stop()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll."""
        self.action_scroll_by(-self.WHEEL)
        event.stop()
