"""A dialog for words: a message, an answer, a reason, a round of work."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Label, TextArea

from conductor.cleaning import clean
from conductor.tui.ahead import in_turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult


class Words(ModalScreen[None]):
    """Asks for some lines of text; what was typed survives escape and a refusal.

    What is said to an agent is sent by Enter, as in the agent's own terminal.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "send", "Send", priority=True, id="words.send"),
        Binding("enter", "send_line", "Send", priority=True, id="words.send_line"),
        Binding("ctrl+j,alt+enter,shift+enter", "new_line", "New line", id="words.new_line"),
        Binding("escape", "keep", "Keep as a draft", priority=True, id="words.keep"),
    ]
    drafts: ClassVar[dict[str, str]] = {}

    def __init__(
        self,
        about: str,
        heading: str,
        told: str,
        send: Callable[[str], bool],
        verb: str = "send",
        *,
        by_enter: bool = False,
    ) -> None:
        super().__init__()
        self.about = about
        self.heading = heading
        self.told = told
        self.send = send
        self.verb = verb
        self.by_enter = by_enter

    def compose(self) -> ComposeResult:
        """Lay out the dialog."""
        with Vertical(classes="dialog"):
            yield Label(Content(clean(self.heading)), classes="heading")
            if self.told:
                yield Label(Content(clean(self.told)), classes="told")
            yield TextArea(self.drafts.get(self.about, ""), id="words", tab_behavior="focus")
            keys = f"⏎ {self.verb}   ctrl-j new line" if self.by_enter else f"ctrl-s {self.verb}"
            yield Label(Content(f"{keys}   esc back, the words are kept"), classes="keys")

    def on_mount(self) -> None:
        """Begin to type at the end of the draft, or of the code that it ends with."""
        area = self.query_one(TextArea)
        row, column = area.document.end
        if area.text.endswith("\n```\n"):
            row -= 2
            column = len(area.document.get_line(row))
        area.move_cursor((row, column))
        area.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave Enter to the text where it begins a new line."""
        return action != "send_line" or self.by_enter

    def action_send_line(self) -> None:
        """Send the words."""
        self.action_send()

    def action_new_line(self) -> None:
        """Begin a new line, also where Enter sends."""
        self.query_one(TextArea).insert("\n")

    def action_send(self) -> None:
        """Send the words, with all that was typed before this key."""
        in_turn(self, self._send)

    def _send(self) -> None:
        """Send the words; if they are refused, they stay here."""
        words = self.query_one(TextArea).text
        if self.send(words):
            self.drafts.pop(self.about, None)
            self.dismiss()
        else:
            self.drafts[self.about] = words

    def action_keep(self) -> None:
        """Leave, keeping the words."""
        in_turn(self, self._leave)

    def _leave(self) -> None:
        self.drafts[self.about] = self.query_one(TextArea).text
        self.dismiss()
