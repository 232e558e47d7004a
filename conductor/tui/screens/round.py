"""The dialog of a round: what is to be done, and the comments that go with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Label, Static, TextArea

from conductor import acts
from conductor.cleaning import clean
from conductor.rounds.wording import round_of
from conductor.tui.screens.words import Words
from conductor.tui.wording import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from conductor.rounds.said import Comment, Said
    from conductor.state import Task
    from conductor.tui.screens.room import Room


class Round(Words):
    """Asks what is still to be done, and shows all that goes to the agent."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+o", "again", "With the open ones", priority=True, id="round.again"),
    ]

    def __init__(self, room: Room, task: Task, said: Said, unanswered: Sequence[Comment]) -> None:
        self._said, self._open, self._again = said, unanswered, False
        journal = room.world.journal

        def send(words: str) -> bool:
            again = [one.id for one in self._open] if self._again else []
            return room.act(
                lambda: acts.send_back(journal, task.id, words, again),
                f"{task.id} goes back to its agent.",
            )

        heading = f"Send back {task.id} · {task.title}"
        told = "What is still to be done? It goes to the agent with your comments."
        super().__init__(f"back {task.id}", heading, told, send, "send back")

    def compose(self) -> ComposeResult:
        """Lay out the dialog."""
        with Vertical(classes="dialog round"):
            yield Label(Content(clean(self.heading)), classes="heading")
            yield TextArea(self.drafts.get(self.about, ""), id="words", tab_behavior="focus")
            yield Label(Content(self._count()), classes="told", id="count")
            yield VerticalScroll(Static(self._shown(), id="preview"), id="goes")
            again = "   ctrl-o with those still open" if self._open else ""
            keys = f"ctrl-s {self.verb}{again}   tab scroll   esc back, the words are kept"
            yield Label(Content(keys), classes="keys")

    def _count(self) -> str:
        goes = plural(len(self._said.drafts), "comment")
        if not self._open:
            return f"{goes} with it:"
        still = f"{len(self._open)} of an earlier round"
        return f"{goes} with it, and {still} again:" if self._again else (
            f"{goes} with it; {still} got no answer (ctrl-o adds them):"
        )  # fmt: skip

    def _shown(self) -> Content:
        again = self._open if self._again else ()
        return Content(clean(round_of("", self._said.drafts, again, self._said.edited)))

    def action_again(self) -> None:
        """Send the earlier comments that got no answer again, or not."""
        self._again = bool(self._open) and not self._again
        self.query_one("#count", Label).update(Content(self._count()))
        self.query_one("#preview", Static).update(self._shown())
