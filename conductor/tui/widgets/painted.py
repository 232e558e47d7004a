"""Widgets that draw their own lines: one string a line, nothing laid over it by a style sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.geometry import Region, Size
from textual.screen import Screen
from textual.widget import Widget

if TYPE_CHECKING:
    from textual.strip import Strip

from conductor.tui.inks import Inks


class Inked(Screen[object]):
    """A screen whose painted widgets take their colours from its style sheet, once a theme."""

    _inks: Inks | None = None

    @property
    def inks(self) -> Inks:
        """The colours as they are now."""
        if self._inks is None:
            self._inks = Inks(self)
        return self._inks

    def on_mount(self) -> None:
        """Draw in the new colours when the theme changes."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self.forget_colours())

    def notify_style_update(self) -> None:
        """Forget the colours: a style has changed."""
        super().notify_style_update()
        self.forget_colours()

    def forget_colours(self) -> None:
        """Have everything drawn again, in the colours of now."""
        if self._inks is not None:
            self._inks = None
            for widget in self.query(Painted):
                widget.recolour()


class Painted(Widget):
    """A widget that paints each of its lines."""

    @property
    def inks(self) -> Inks:
        """The colours of the screen this widget is on."""
        screen = self.screen
        assert isinstance(screen, Inked)
        return screen.inks

    def recolour(self) -> None:
        """Draw anew, in new colours."""
        self.refresh()

    def paint(self, y: int, width: int) -> Strip:
        """Return one line."""
        raise NotImplementedError

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines Textual asks for, as they are, unless a border goes around them."""
        if any(self.gutter):
            return super().render_lines(crop)
        width = self.size.width
        lines = [self.paint(y, width) for y in crop.line_range]
        if crop.x or crop.width < width:
            lines = [line.crop(crop.x, crop.right) for line in lines]
        return lines

    def render_line(self, y: int) -> Strip:
        """Return one line for the inside of a border."""
        return self.paint(y, self.size.width)

    def refresh_lines_of(self, *lines: int) -> None:
        """Draw these lines again, whole: a line cut in two would have to be taken apart."""
        if lines:
            width = self.size.width
            self.refresh(*(Region(0, y, width, 1) for y in lines))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Be one line high where the style sheet leaves it open."""
        return 1


def blank(inks: Inks, width: int, ground: str = "plain") -> Strip:
    """Return an empty line."""
    return inks.line((), width, ground)


__all__ = ["Inked", "Painted", "blank"]
