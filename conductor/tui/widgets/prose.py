"""Text to read: wrapped to the width, scrolled by lines and pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from conductor.tui.inks import Run, cells, plain
from conductor.tui.widgets.painted import blank
from conductor.tui.widgets.scrolled import Scrolled

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.geometry import Size
    from textual.strip import Strip

MOST = 200_000
"""Characters of one text that are laid out; what comes after is said to be more."""


class Prose(Scrolled, can_focus=True):
    """Paragraphs, each of some runs of text."""

    KEPT = 1
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_by(-1)", "Up", show=False, id="prose.up"),
        Binding("down,j", "scroll_by(1)", "Down", show=False, id="prose.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="prose.page_up"),
        Binding("pagedown,space", "page(1)", "Page down", show=False, id="prose.page_down"),
    ]

    def __init__(self, *, id: str | None = None, can_focus: bool = True) -> None:  # noqa: A002 — Textual's name
        super().__init__(id=id)
        self.can_focus = can_focus
        self.paragraphs: Sequence[Sequence[Run]] = ()
        self.top = 0
        self._laid: tuple[int, list[list[Run]]] = (0, [])

    def show(self, paragraphs: Sequence[Sequence[Run]], *, keep: bool = False) -> None:
        """Show other paragraphs, from their beginning unless told to keep the place."""
        if paragraphs != self.paragraphs:
            self.paragraphs = paragraphs
            self._laid = (0, [])
            if not keep:
                self.top = 0
            elif self.size:
                self.top = min(self.top, self.lowest)  # else there is less of it now: all is blank
            self.refresh(layout=self.styles.is_auto_height)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Be as high as the text, where the style sheet leaves it open."""
        return max(1, len(self.laid(width - 2)))

    def laid(self, width: int) -> list[list[Run]]:
        """Return the lines for a width."""
        if self._laid[0] != width:
            lines = [line for runs in self.paragraphs for line in wrap(runs, max(1, width))]
            self._laid = (width, lines)
        return self._laid[1]

    @property
    def lowest(self) -> int:
        """The first line in sight when the end is reached."""
        return max(0, len(self.laid(self.size.width - 2)) - self.size.height)

    def paint(self, y: int, width: int) -> Strip:
        """Return one line."""
        lines = self.laid(width - 2)
        at = self.top + y
        if at >= len(lines):
            return blank(self.inks, width)
        if y == self.size.height - 1 and at < len(lines) - 1:
            more = f" ↓ {len(lines) - at} more lines"
            return self.inks.line([(more, "faint")], width)
        return self.inks.line([(" ", "plain"), *lines[at]], width)


def text(words: str, ink: str = "plain") -> list[list[Run]]:
    """Make paragraphs of clean text, its own line ends kept."""
    if len(words) > MOST:
        words = f"{words[:MOST]}\n… {len(words) - MOST} more characters"
    return [[(line.expandtabs(4), ink)] for line in words.split("\n")]


def wrap(runs: Iterable[Run], width: int) -> list[list[Run]]:
    """Break runs into lines at spaces, and anywhere where a word is wider than a line."""
    lines: list[list[Run]] = [[]]
    room = width
    for words, ink in runs:
        for word in _words(plain(words)):
            part, length = word, cells(word)
            if length > room and room < width:
                lines.append([])
                room = width
                part = part.lstrip(" ") or part[:0]
                length = cells(part)
            while length > width:
                cut = _prefix(part, width)
                _add(lines[-1], part[:cut], ink)
                lines.append([])
                part, room = part[cut:], width
                length = cells(part)
            if part:
                _add(lines[-1], part, ink)
                room -= length
    return lines


def _add(line: list[Run], words: str, ink: str) -> None:
    """Append words to a line, as one run with those before them where they look the same."""
    if line and line[-1][1] == ink:
        line[-1] = (line[-1][0] + words, ink)
    else:
        line.append((words, ink))


def _prefix(word: str, width: int) -> int:
    """Count the characters that fit, at least one."""
    if word.isascii():
        return width
    room = width
    for at, char in enumerate(word):
        room -= cells(char)
        if room < 0:
            return max(1, at)
    return len(word)


def _words(line: str) -> list[str]:
    """Split into words that keep the space before them."""
    parts: list[str] = []
    at = 0
    while at < len(line):
        end = at
        while end < len(line) and line[end] == " ":
            end += 1
        nxt = line.find(" ", end)
        nxt = len(line) if nxt < 0 else nxt
        parts.append(line[at:nxt])
        at = nxt
    return parts
