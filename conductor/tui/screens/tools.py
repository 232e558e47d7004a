"""A dialog that offers the programs to be opened beside an agent."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from conductor.cleaning import clean_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult

    from conductor.config import Tool


class Tools(ModalScreen["Tool | None"]):
    """Offers tools; Enter or a tool's own key opens one."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,t", "leave", "Back", id="tools.back", tooltip="Open nothing")
    ]

    def __init__(self, tools: Sequence[Tool], heading: str) -> None:
        super().__init__()
        self.tools = tools
        self.heading = heading

    def compose(self) -> ComposeResult:
        """Lay out the dialog."""
        width = max(len(tool.name) for tool in self.tools)
        with Vertical(classes="dialog"):
            yield Label(Content(clean_line(self.heading, 90)), classes="heading")
            yield OptionList(*[Option(self._line(tool, width)) for tool in self.tools])
            yield Label(
                Content(
                    "enter or its key opens it   [tools] in conductor.toml adds more   esc back"
                ),
                classes="keys",
            )

    @staticmethod
    def _line(tool: Tool, width: int) -> Content:
        pinned = "  goes on when the session ends" if tool.pinned else ""
        command = clean_line(tool.command.removeprefix("exec "), 120)
        return Content(f" {clean_line(tool.key or ' ', 1)}  {tool.name:{width}}  {command}{pinned}")

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        """Open the chosen one."""
        self.dismiss(self.tools[message.option_index])

    def on_key(self, event: events.Key) -> None:
        """Open the one whose key it is."""
        for tool in self.tools:
            if tool.key and tool.key in (event.key, event.character):
                event.stop()
                self.dismiss(tool)
                return

    def action_leave(self) -> None:
        """Open nothing."""
        self.dismiss(None)
