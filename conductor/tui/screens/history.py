"""History: what an agent's terminal has shown, to be read, searched and copied."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input, Label

from conductor.tui.ahead import type_into
from conductor.tui.inks import plain
from conductor.tui.sources import SourceError
from conductor.tui.widgets.key_line import KeyLine
from conductor.tui.widgets.painted import Inked
from conductor.tui.widgets.scroll import Scroll
from conductor.tui.wording import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from conductor.tui.sources import Screens


class History(Inked):
    """One agent's terminal, back to where tmux remembers it."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "Search", id="history.search", tooltip="Find words in it"),
        Binding("n", "found(-1)", "Older", id="history.older", tooltip="The next older find"),
        Binding("N", "found(1)", "Newer", id="history.newer", tooltip="The next newer find"),
        Binding("c", "copy", "Copy", id="history.copy",
                tooltip="Copy what is in sight to the clipboard"),
        Binding("escape,q", "back", "Back", id="history.back", tooltip="Back to the fleet"),
    ]  # fmt: skip

    def __init__(self, screens: Screens, session: str, title: str) -> None:
        super().__init__()
        self._screens = screens
        self._session = session
        self._title = title

    def compose(self) -> ComposeResult:
        """Lay out the rows between two lines."""
        yield Label(plain(f" {self._session} · {self._title}"), classes="heading", markup=False)
        yield Scroll(id="scroll")
        search = Input(id="search", compact=True, placeholder="words to find")
        search.display = False
        yield search
        yield KeyLine()

    def on_mount(self) -> None:
        """Read it, which takes tmux a moment."""
        self.query_one(Scroll).focus()
        self.run_worker(self._read, thread=True, group="files")

    def _read(self) -> None:
        try:
            rows: Sequence[str] = self._screens.history(self._session)
        except SourceError as error:
            self.app.call_from_thread(self.query_one(Scroll).show, (), plain(str(error)))
            return
        self.app.call_from_thread(self.query_one(Scroll).show, rows, "It has shown nothing yet.")

    def action_search(self) -> None:
        """Ask for words."""
        line = self.query_one("#search", Input)
        line.display = True
        type_into(line)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Go to where the words are."""
        scroll = self.query_one(Scroll)
        scroll.search(message.value)
        message.input.display = False
        scroll.focus()
        many = plural(len(scroll.found), "line says", "lines say")
        self.app.notify(f"{many} {message.value!r}; n older, N newer." if message.value else "All.")

    def action_found(self, step: int) -> None:
        """Go to another find."""
        self.query_one(Scroll).next(step)

    def action_copy(self) -> None:
        """Copy what is in sight."""
        words = self.query_one(Scroll).visible_text
        self.app.copy_to_clipboard(words)
        self.app.notify(f"{plural(words.count(chr(10)) + 1, 'line')} copied.", timeout=3)

    def action_back(self) -> None:
        """Leave; from the search line, only that."""
        line = self.query_one("#search", Input)
        if line.display:
            line.display = False
            self.query_one(Scroll).focus()
        else:
            self.dismiss()
