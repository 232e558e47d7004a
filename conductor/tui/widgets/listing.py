"""A list of lines with one of them chosen, by arrows, mouse wheel or click."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.binding import Binding, BindingType
from textual.message import Message

from conductor.tui.inks import Run, spread
from conductor.tui.widgets.painted import Painted, blank

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.strip import Strip


class Line(NamedTuple):
    """One line of a list; lines of the same key are chosen together, None is a heading."""

    key: str | None
    left: tuple[Run, ...]
    right: tuple[Run, ...] = ()


class Listing(Painted, can_focus=True):
    """A list to choose from."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="list.up"),
        Binding("down,j", "move(1)", "Down", show=False, id="list.down"),
        Binding("home,g", "move(-1000000)", "First", show=False, id="list.first"),
        Binding("end,G", "move(1000000)", "Last", show=False, id="list.last"),
    ]

    class Chosen(Message):
        """Another line was chosen."""

        def __init__(self, listing: Listing, key: str | None) -> None:
            super().__init__()
            self.listing = listing
            self.key = key

        @property
        def control(self) -> Listing:
            """The list it happened in."""
            return self.listing

    class Opened(Chosen):
        """The chosen line was clicked again."""

    def __init__(self, *, empty: str = "", id: str | None = None) -> None:  # noqa: A002 — Textual's name
        super().__init__(id=id)
        self.lines: Sequence[Line] = ()
        self.chosen: str | None = None
        self.top = 0
        self.empty = empty

    @property
    def keys(self) -> list[str]:
        """What can be chosen, in order."""
        return list(dict.fromkeys(line.key for line in self.lines if line.key is not None))

    def show(self, lines: Sequence[Line]) -> None:
        """Show these lines; what was chosen stays chosen, or what took its place.

        It stays in sight, unless the person has scrolled away from it.
        """
        before, away = self.keys, not self._in_sight
        self.lines = lines
        keys = self.keys
        chosen = self.chosen
        if chosen not in keys:
            at = before.index(chosen) if chosen in before else 0
            chosen = keys[min(at, len(keys) - 1)] if keys else None
        top = self.top
        self.choose(chosen)
        if away:
            self._go_to(top)
        self.refresh()

    def choose(self, key: str | None) -> None:
        """Choose a line and bring it into sight."""
        changed, self.chosen = key != self.chosen, key
        self._into_sight()
        if changed:
            self.refresh()
            self.post_message(self.Chosen(self, key))

    @property
    def _rows(self) -> list[int]:
        """Where the lines of what is chosen are."""
        return [at for at, line in enumerate(self.lines) if line.key == self.chosen and line.key]

    @property
    def _in_sight(self) -> bool:
        rows, end = self._rows, self.top + max(1, self.size.height)
        return not rows or (self.top <= rows[-1] and rows[0] < end)

    def _into_sight(self) -> None:
        height, rows, top = self.size.height, self._rows, self.top
        if height and rows:
            top = max(min(top, rows[0]), rows[-1] - height + 1)
        self._go_to(top)

    def _go_to(self, top: int) -> None:
        self.top = max(0, min(top, len(self.lines) - max(1, self.size.height)))

    def action_move(self, by: int) -> None:
        """Choose another line."""
        if keys := self.keys:
            at = keys.index(self.chosen) if self.chosen in keys else 0
            self.choose(keys[max(0, min(len(keys) - 1, at + by))])
            if self.chosen == keys[0]:
                self.top = 0

    def on_resize(self) -> None:
        """Keep what is chosen in sight."""
        self._into_sight()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll without choosing."""
        self._go_to(self.top + 2)
        self.refresh()
        event.stop()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll without choosing."""
        self._go_to(self.top - 2)
        self.refresh()
        event.stop()

    def on_click(self, event: events.Click) -> None:
        """Choose what is clicked; clicking it again opens it."""
        at = self.top + event.y
        key = self.lines[at].key if 0 <= at < len(self.lines) else None
        if key is not None:
            self.focus()
            if key == self.chosen:
                self.post_message(self.Opened(self, key))
            self.choose(key)

    def on_focus(self) -> None:
        """Show that keys go here."""
        self.refresh()

    def on_blur(self) -> None:
        """Show that keys go elsewhere."""
        self.refresh()

    def paint(self, y: int, width: int) -> Strip:
        """Return one line."""
        at = self.top + y
        if not self.lines:
            return self.inks.line([(f" {self.empty}", "dim")] if y == 0 else (), width)
        if at >= len(self.lines):
            return blank(self.inks, width)
        line = self.lines[at]
        if line.key is None or line.key != self.chosen:
            return self.inks.line(spread([*line.left], [*line.right], width), width)
        ground = "cursor" if self.has_focus else "on"
        left = [(text, f"{name} {ground}") for text, name in line.left]
        right = [(text, f"{name} {ground}") for text, name in line.right]
        return self.inks.line(spread(left, right, width, ground), width, ground)
