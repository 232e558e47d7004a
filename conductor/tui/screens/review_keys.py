"""The keys that say how a change is read; those that judge it are the review's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType

from conductor.tui.screens.room import Room

if TYPE_CHECKING:
    from conductor.tui.reader import Reader
    from conductor.tui.widgets.listing import Listing
    from conductor.tui.widgets.reading import Reading

READING: list[BindingType] = [
    Binding("d", "scope", "Part", id="review.scope",
            tooltip="Read another part: since you last looked, the last turn, uncommitted, now"),
    Binding("D", "choose_scope", "Choose part", show=False, id="review.choose_scope",
            tooltip="Choose what to read: a commit, or against another session's change"),
    Binding("t", "columns", "Columns", id="review.columns",
            tooltip="One column, or two side by side"),
    Binding("exclamation_mark", "ask", "Ask about", id="review.asks",
            tooltip="Go to the next thing a careful colleague would ask about"),
    Binding("right_square_bracket", "hunk(1)", "Hunk", id="review.next_hunk",
            tooltip="The next block of changes"),
    Binding("left_square_bracket", "hunk(-1)", "Hunk before", show=False,
            id="review.previous_hunk", tooltip="The block before"),
    Binding("right,l", "file(1)", "File", id="review.next_file", tooltip="The next file"),
    Binding("left,h", "file(-1)", "File before", show=False, id="review.previous_file",
            tooltip="The file before"),
    Binding("slash", "search", "Search", id="review.search", tooltip="Find words in the change"),
    Binding("n", "found(1)", "Next find", show=False, id="review.next_find",
            tooltip="The next place with the words"),
    Binding("N", "found(-1)", "Find before", show=False, id="review.previous_find",
            tooltip="The place before with the words"),
    Binding("plus,equals_sign", "more", "More", show=False, id="review.more",
            tooltip="More of the lines around this hunk"),
    Binding("M", "whole_file", "Whole file", show=False, id="review.whole_file",
            tooltip="All of this file, or only its hunks"),
    Binding("w", "space", "White space", show=False, id="review.white_space",
            tooltip="Leave out what only moves white space, or show it"),
    Binding("W", "wrap", "Wrap", show=False, id="review.wrap",
            tooltip="Wrap long lines, or cut them (shift with arrows scrolls aside)"),
    Binding("full_stop", "signs", "Signs", show=False, id="review.signs",
            tooltip="Make spaces and line ends visible"),
    Binding("enter", "open", "Open", show=False, id="review.open",
            tooltip="Open what is chosen in the lists"),
]  # fmt: skip


NEEDS_CHANGE = frozenset({"scope", "choose_scope", "space"})
NEEDS_LINES = frozenset({"hunk", "file", "search", "more", "whole_file", "ask"})


class Keys(Room):
    """What the keys of reading do; the room has a `reading` and lists beside it."""

    reading: Reading
    reader: Reader
    files: Listing
    ignore_space = False

    def action_hunk(self, by: int) -> None:
        """Go to another block of changes."""
        if not self.reading.diff.hunk(by):
            self.app.notify("There are no more changes in this direction.", timeout=2)

    def action_file(self, by: int) -> None:
        """Go to another file."""
        diff = self.reading.diff
        at = diff.view.cursor.file + by
        if by < 0 and diff.view.cursor.row > 0:
            at = diff.view.cursor.file
        if 0 <= at < len(diff.document.files):
            diff.go_to_file(diff.document.files[at])

    def action_ask(self) -> None:
        """Go to the next thing to ask about."""
        if not self.reading.next_ask():
            self.app.notify("Nothing here stands out.", timeout=2)

    def action_search(self) -> None:
        """Ask for words to find."""
        self.reading.begin_search()

    def action_found(self, step: int) -> None:
        """Go to another place with the words."""
        self.reading.found(step)

    def action_columns(self) -> None:
        """Change between one column and two."""
        looks = self.reading.diff.painter.looks
        looks.columns = not looks.columns
        self._reshape()

    def action_wrap(self) -> None:
        """Wrap long lines, or cut them."""
        looks = self.reading.diff.painter.looks
        looks.wrap, looks.chosen, looks.left = not looks.wrap, True, 0
        self._reshape()

    def action_signs(self) -> None:
        """Make what is invisible visible."""
        looks = self.reading.diff.painter.looks
        looks.signs = not looks.signs
        self._reshape()

    def _reshape(self) -> None:
        self.reading.diff.reshape()
        self.say_scope()

    def action_more(self) -> None:
        """Show more of the lines around the hunk the person is in."""
        diff = self.reading.diff
        row, file = diff.view.row, diff.view.file
        if file is None or row is None:
            return
        if row.hunk is not None and row.kind != "hunk":
            diff.open_gap(file, row.hunk.number)
            diff.open_gap(file, row.hunk.number + 1)
        else:
            diff.action_open()

    def action_whole_file(self) -> None:
        """Show all of the file, or only its hunks."""
        diff = self.reading.diff
        if (file := diff.view.file) is not None:
            diff.open_whole(file)

    def why_not_read(self, action: str) -> str | None:
        """Say why a key of reading makes no sense now."""
        if action == "found" and not self.reading.diff.painter.found:
            return "nothing is searched for"
        if action in NEEDS_CHANGE and self.reader.shown is None:
            return "no change is chosen"
        if action in NEEDS_LINES and not self.reading.diff.document.files:
            return "there is nothing to read"
        return None

    def say_scope(self) -> None:
        """Say what is read; the room knows."""
        raise NotImplementedError
