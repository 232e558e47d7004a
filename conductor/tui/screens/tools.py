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
from conductor.tools import about

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult

    from conductor.config import Tool


class Tools(ModalScreen["tuple[Tool, bool] | None"]):
    """Offers tools; Enter or a tool's own key opens one."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,t", "leave", "Back", id="tools.back", tooltip="Open nothing"),
        Binding("tab", "whole", "Where", id="tools.where", priority=True,
                tooltip="Open as a tile beside the agent's, or in the whole terminal"),
    ]  # fmt: skip

    def __init__(self, tools: Sequence[Tool], heading: str, *, whole: bool) -> None:
        super().__init__()
        self.whole = whole
        self.tools = tools
        self.heading = heading

    def compose(self) -> ComposeResult:
        """Lay out the dialog."""
        width = max(len(tool.name) for tool in self.tools)
        with Vertical(classes="dialog"):
            yield Label(Content(clean_line(self.heading, 90)), classes="heading")
            yield OptionList(*[Option(self._line(tool, width)) for tool in self.tools])
            yield Label(Content(self._where()), id="where")
            yield Label(
                Content("enter or its key opens   [tools] in conductor.toml adds more   esc back"),
                classes="keys",
            )

    def _where(self) -> str:
        place = "in the whole terminal" if self.whole else "as a tile beside the agent's"
        return f" tab  opens {place}"

    @staticmethod
    def _line(tool: Tool, width: int) -> Content:
        pinned = "  goes on when the session ends" if tool.pinned else ""
        key = clean_line(tool.key, 1) if tool.key else " "
        return Content(f" {key}  {tool.name:{width}}  {clean_line(about(tool), 120)}{pinned}")

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        """Open the chosen one."""
        self.dismiss((self.tools[message.option_index], self.whole))

    def on_key(self, event: events.Key) -> None:
        """Open the one whose key it is."""
        for tool in self.tools:
            if tool.key and tool.key in (event.key, event.character):
                event.stop()
                self.dismiss((tool, self.whole))
                return

    def action_whole(self) -> None:
        """Open as a tile, or in the whole terminal."""
        self.whole = not self.whole
        self.query_one("#where", Label).update(Content(self._where()))

    def action_leave(self) -> None:
        """Open nothing."""
        self.dismiss(None)
