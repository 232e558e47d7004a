"""Pieces of lines written straight to the terminal, where nothing lies over who drew them.

Textual's compositor asks every widget for whole lines whenever one of them changes, and thirty
agents change thirty times a second. What is written here is what `paint` would give, so that
whatever the compositor draws next, for a dialog or a picture, is the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual._compositor import CompositorUpdate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import Console, ConsoleOptions
    from rich.segment import Segment
    from textual.widget import Widget

    Span = tuple[int, int, str]  # column and line within the widget, and what stands there


class Spans(CompositorUpdate):
    """An update of the screen that is terminal text already."""

    def __init__(self, text: str) -> None:
        self.text = text

    def render_segments(self, console: Console) -> str:
        """Return the terminal text."""
        return self.text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        """Yield nothing: it is never drawn by rich."""
        return iter(())


def uncovered(widget: Widget) -> bool:
    """Say whether all of a widget can be seen: no other screen, no message, no menu over it."""
    screen = widget.screen
    if widget.app.screen is not screen or not widget.is_attached:
        return False
    ancestors = set(widget.ancestors_with_self)
    region = widget.region
    return not any(
        other not in ancestors and region.overlaps(place)
        for other, (place, _) in screen._compositor.visible_widgets.items()
    )


def write(widget: Widget, spans: Iterable[Span]) -> None:
    """Write these pieces of a widget's lines."""
    x, y, _, _ = widget.region
    text = "".join([f"\x1b[{y + line + 1};{x + at + 1}H{piece}" for at, line, piece in spans])
    if text:
        widget.app._display(widget.screen, Spans(text))
