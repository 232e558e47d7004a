"""The line in which one types what to look for among the agents."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input


class Filter(Input):
    """Tells of its words at every letter; enter keeps them, escape gives them up."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "Show all", id="filter.give_up"),
    ]

    class Left(Message):
        """The person is done with typing."""

    def __init__(self, words: str) -> None:
        super().__init__(
            words, id="filter", compact=True, placeholder="title, state, agent, repository …"
        )

    def on_input_submitted(self) -> None:
        """Keep the words."""
        self.post_message(self.Left())

    def action_give_up(self) -> None:
        """Show all again."""
        self.value = ""
        self.post_message(self.Left())
