"""Help: what a room is for, and its keys as the bindings have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Label

from conductor.tui.palette import bindings, key_of
from conductor.tui.widgets.key_line import key_name

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from conductor.tui.screens.room import Room


class Help(ModalScreen[None]):
    """Explains the room beneath it."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,f1,q", "dismiss", "Back", id="help.back")
    ]

    def __init__(self, room: Room) -> None:
        super().__init__()
        self.room = room

    def compose(self) -> ComposeResult:
        """Lay out the dialog."""
        with Vertical(classes="dialog"):
            yield Label(Content(self.room.NAME.capitalize()), classes="heading")
            with VerticalScroll(id="helptext"):
                yield Label(Content(self.room.HELP_TEXT), classes="told")
                groups = [("Here", type(self.room).BINDINGS), *self.room.MORE_KEYS]
                for heading, given in (*groups, ("Everywhere", type(self.app).BINDINGS)):
                    yield Label(Content(heading), classes="heading")
                    yield Label(self._keys(given))
            yield Label(Content("esc back   ctrl-p everything by name"), classes="keys")

    def _keys(self, given: object) -> Content:
        """List keys, what they do, and the ids by which `[keys]` sets them."""
        from conductor.tui.app import Conductor

        assert isinstance(self.app, Conductor)
        lines = []
        for binding in bindings(given):
            if binding.id and ".tile" in binding.id:
                continue
            keys = key_of(self.app, binding)
            names = " ".join(key_name(key.strip()) for key in keys.split(","))
            words = f"{binding.tooltip or binding.description}  "
            lines.append(
                Content.assemble(
                    (f"{names:>9}  ", "bold $accent"), words, (f"{binding.id}", "$foreground 40%")
                )
            )
        return Content("\n").join(lines)
