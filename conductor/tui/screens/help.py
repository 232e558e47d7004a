"""Help: what a room is for, and its keys as the bindings have them."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
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


WIDTH, MARGIN = 100, 9
"""Columns of the dialog at most, and of them what its borders, gaps and scroll bar take."""


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
        listed = [one for one in bindings(given) if one.id and ".tile" not in one.id]
        named = {
            str(one.id): " ".join(key_name(k.strip()) for k in key_of(self.app, one).split(","))
            for one in listed
        }
        column = max((cell_len(keys) for keys in named.values()), default=0)
        room = min(WIDTH, self.app.size.width * 96 // 100) - MARGIN - column
        lines = []
        for one in listed:
            ident, said = str(one.id), one.tooltip or one.description
            keys = f"{named[ident]}{' ' * (column - cell_len(named[ident]))}  "
            aside = "\n" + " " * (column + 2)
            words = wrap(said, room)
            gap = room - cell_len(words[-1]) - len(ident)
            between = " " * gap if gap > 1 else aside + " " * (room - len(ident))
            lines.append(
                Content.assemble(
                    (keys, "bold $accent"), aside.join(words), (between + ident, "$foreground 40%")
                )
            )
        return Content("\n").join(lines)
