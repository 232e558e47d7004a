"""What is read of a change: what to ask about, which part of it this is, and its lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from conductor.tui.ahead import type_into
from conductor.tui.inks import Run, spread
from conductor.tui.widgets.diff_view import DiffView
from conductor.tui.widgets.listing import Line, Listing
from conductor.tui.widgets.painted import Painted
from conductor.tui.wording import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.strip import Strip

    from conductor.review.concerns import Concern
    from conductor.tui.reader import Shown

ASKS = 8
"""Lines of what to ask about that are in sight at once."""


class ScopeLine(Painted):
    """Says what is read, how much that is, and how far the person is."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: Shown | None = None
        self.left: list[Run] = []
        self.right: list[Run] = []

    def paint(self, y: int, width: int) -> Strip:
        """Return the line."""
        return self.inks.line(spread(self.left, self.right, width), width)


class Search(Input):
    """The line in which one types what to look for; escape leaves it, and all as it was."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "Back", id="search.give_up"),
    ]

    class GivenUp(Message):
        """The person looks for nothing after all."""

    def action_give_up(self) -> None:
        """Leave."""
        self.post_message(self.GivenUp())


class Reading(Vertical):
    """The middle of the review; its keys are the room's."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 — Textual's name
        super().__init__(id=id)
        self.asks = Listing(id="asks")
        self.asks.display = False
        self.line = ScopeLine()
        self.diff = DiffView(id="diff")
        self.search = Search(id="search", compact=True, placeholder="words to find")
        self.search.display = False

    def compose(self) -> ComposeResult:
        """Lay out the parts."""
        yield self.asks
        yield self.line
        yield self.diff
        yield self.search

    # What to ask about.

    def ask(self, concerns: Sequence[Concern]) -> None:
        """Show what a careful colleague would ask about."""
        self.concerns = list(concerns)
        lines = [
            Line(str(at), ((f" {one.text}", one.ink),), self._far(at, len(self.concerns)))
            for at, one in enumerate(self.concerns)
        ]
        self.asks.display = bool(lines)
        most = max(3, min(ASKS, self.app.size.height // 8))
        self.asks.styles.height = min(len(lines), most) + 1  # and its border
        self.asks.show(lines)

    @staticmethod
    def _far(at: int, count: int) -> tuple[Run, ...]:
        """Say how many there are, where they may not all be in sight."""
        return ((f" {at + 1} of {count} ", "faint"),) if count > 3 else ()

    def begin_asking(self) -> None:
        """Forget how far the person is: what is asked about next is another change."""
        self._asked = self.asks.chosen = None

    def next_ask(self) -> bool:
        """Go to the next thing to ask about that is somewhere in the change."""
        asks = self.asks
        places = [str(at) for at, one in enumerate(self.concerns) if one.spot is not None]
        if not places:
            return False
        after = [key for key in places if self._asked is not None and int(key) > self._asked]
        key = (after or places)[0]
        self._asked = int(key)
        asks.choose(key)
        return self.go_to_ask()

    concerns: list[Concern] = []  # noqa: RUF012 — each reading sets its own
    _asked: int | None = None

    def go_to_ask(self) -> bool:
        """Go to where the chosen thing to ask about is."""
        chosen = self.asks.chosen
        if chosen is None or int(chosen) >= len(self.concerns):
            return False
        self._asked = int(chosen)
        spot = self.concerns[int(chosen)].spot
        return spot is not None and self.diff.go(spot)

    # What is read.

    def tell(self, shown: Shown | None, extra: Sequence[Run] = ()) -> None:
        """Say what is read, and how."""
        line, looks = self.line, self.diff.painter.looks
        if shown is None:
            line.left, line.right = [], []
            line.refresh()
            return
        files = shown.files
        added, removed = sum(f.added for f in files), sum(f.removed for f in files)
        line.left = [(f" {shown.scope.title}", "title"), *extra]
        how = [
            word
            for word, on in (
                ("two columns", looks.columns), ("wrapped", looks.wrap and looks.chosen),
                ("no white space", shown.ignore_space), ("signs", looks.signs),
            )
            if on
        ]  # fmt: skip
        if how:
            line.left.append((f" · {' · '.join(how)}", "dim"))
        share = round(100 * self.diff.document.share(self.diff.view.cursor)) if files else 0
        line.right = [
            (f" {plural(len(files), 'file')}", "dim"),
            (f" +{added}", "added"), (f" -{removed}", "removed"),
            ("" if shown.done else " …", "faint"), (f" {share:>3}% ", "dim"),
        ]  # fmt: skip
        line.refresh()

    # Searching.

    def begin_search(self) -> None:
        """Ask for words."""
        self.search.display = True
        type_into(self.search)

    def on_search_given_up(self) -> None:
        """Go back to the lines."""
        self.search.display = False
        self.diff.focus()

    def end_search(self, words: str) -> None:
        """Go to the first place with these words; none ends the search."""
        self.search.display = False
        self.diff.focus()
        if not self.diff.find(words, 1) and words:
            self.app.notify(f"Nothing here says {words!r}.", severity="warning")

    def found(self, step: int) -> None:
        """Go to the next place with the words."""
        if words := self.diff.painter.found:
            self.diff.find(words, step)
