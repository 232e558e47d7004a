"""A dialog to choose one of some lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Label

from conductor.cleaning import clean
from conductor.tui.widgets.listing import Line, Listing
from conductor.tui.widgets.painted import Inked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult


class Choose(Inked, ModalScreen[object]):
    """Asks which of some lines is meant."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "Take", id="choose.take"),
        Binding("escape,q", "dismiss", "Back", id="choose.back"),
    ]

    def __init__(self, heading: str, lines: Sequence[Line], take: Callable[[str], None]) -> None:
        super().__init__()
        self._heading = heading
        self._lines = lines
        self._take = take

    def compose(self) -> ComposeResult:
        """Lay out the dialog."""
        with Vertical(classes="dialog"):
            yield Label(Content(clean(self._heading)), classes="heading")
            yield Listing(id="choices")
            yield Label(Content("⏎ take   esc back"), classes="keys")

    def on_mount(self) -> None:
        """Show what there is to choose."""
        choices = self.query_one(Listing)
        choices.styles.height = min(len(self._lines), 20)
        choices.show(self._lines)
        choices.focus()

    def on_listing_opened(self, message: Listing.Opened) -> None:
        """Take what is clicked again."""
        message.stop()
        self.action_take()

    def action_take(self) -> None:
        """Take what is chosen."""
        chosen = self.query_one(Listing).chosen
        self.dismiss()
        if chosen is not None:
            self._take(chosen)
