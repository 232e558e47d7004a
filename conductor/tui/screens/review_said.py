"""What a person says about the change they read, and asks of agents."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType

from conductor import acts
from conductor.review.address import NEW
from conductor.rounds.following import OPEN
from conductor.rounds.said import Comment, Question, Said, place, said
from conductor.tui.quoting import exact
from conductor.tui.screens.review_margin import Margins
from conductor.tui.widgets.listing import Line

if TYPE_CHECKING:
    from conductor.state import Task
    from conductor.tui.widgets.diff_view import DiffView

SAYING: list[BindingType] = [
    Binding("c", "comment", "Comment", id="review.comment",
            tooltip="Say something about this line, or the chosen ones (V, shift with arrows)"),
    Binding("S", "suggest", "Suggest", show=False, id="review.suggest",
            tooltip="Say what these lines should become"),
    Binding("a", "ask_agent", "Ask its agent", id="review.ask",
            tooltip="Ask the agent that made it about these lines, without a new round"),
    Binding("o", "opinion", "Opinion", id="review.opinion",
            tooltip="Have another agent read it; its remarks come as comments"),
    Binding("p", "apply", "Apply", show=False, id="review.apply",
            tooltip="Write what this comment suggests, in your name"),
    Binding("delete,backspace", "drop", "Drop", show=False, id="review.drop",
            tooltip="Drop this comment"),
    Binding("right_curly_bracket", "box(1)", "Next comment", show=False, id="review.next_comment",
            tooltip="The next comment, question or remark"),
    Binding("left_curly_bracket", "box(-1)", "Comment before", show=False,
            id="review.previous_comment", tooltip="The comment before"),
]  # fmt: skip

_SUGGESTED = re.compile(r"\n?```suggestion\n(.*?)(?:\n?```|\Z)\n?", re.DOTALL)


class Saying(Margins):
    """A room in which something is said about the change that is read."""

    # Commenting.

    def action_comment(self) -> None:
        """Say something about lines; on a draft, say something else."""
        one = self.box_meant()
        if isinstance(one, Comment) and one.draft:
            self._edit_comment(one)
        elif lines := self.lines_meant():
            self._write(lines, "")

    def action_suggest(self) -> None:
        """Say what lines should become."""
        lines, diff = self.lines_meant(), self.reading.diff
        if lines is None or diff.span is None or diff.view.file is None:
            return
        if lines.side != NEW:
            self.no("These lines are gone already; suggest something for those there are.")
        elif (text := exact(diff.view.file, diff.span)) is None:
            self.no("Something in these lines cannot be shown as it is; e edits the file itself.")
        else:
            self._write(lines, f"\n```suggestion\n{text}\n```\n")

    def _write(self, lines: acts.Lines, text: str) -> None:
        task, shown = self.chosen, self.reader.shown
        if task is None or shown is None:
            return
        commit = shown.scope.head

        def send(words: str) -> bool:
            rest, suggestion = parted(words)
            if suggestion is not None and suggestion == parted(text)[1]:
                suggestion = None  # left as the lines are
            return self.act(
                lambda: acts.comment(
                    self.world.journal, task.id, lines, rest, suggestion=suggestion, commit=commit
                ),
                "It waits; b sends all that do.",
            )

        where = f"{lines.path}:{lines.first}-{lines.last} {lines.side}"
        about = f"comment {task.id} {where}{' suggest' if text else ''}"
        self.ask_words(about, f"Comment on {_where(lines)}", lines.quoted, text, send, "keep")

    def _edit_comment(self, one: Comment) -> None:
        task = self.chosen
        if task is None:
            return

        def send(words: str) -> bool:
            rest, suggestion = parted(words)
            return self.act(
                lambda: acts.edit_comment(self.world.journal, task.id, one.id, rest, suggestion)
            )

        text = one.text
        if one.suggestion is not None:
            text += f"\n```suggestion\n{one.suggestion.removesuffix(chr(10))}\n```\n"
        about = f"edit {task.id} {one.id} {hash(text)}"
        self.ask_words(about, f"{one.id} on {one.where}", one.quoted, text, send, "keep")

    def _comment_meant(self) -> Comment | None:
        """Return the comment the person is at, or say how to come to one."""
        one = self.box_meant()
        if isinstance(one, Comment):
            return one
        self.no("Go to a comment first: } and { lead from one to the next.")
        return None

    def action_drop(self) -> None:
        """Drop the comment the person is at."""
        if (one := self._comment_meant()) and (task := self.chosen):
            self.act(
                lambda: acts.drop_comment(self.world.journal, task.id, one.id),
                f"{one.id} is dropped.",
            )

    def action_apply(self) -> None:
        """Write what a comment suggests."""
        if (one := self._comment_meant()) and (task := self.chosen):
            self.act(
                lambda: acts.apply_comment(self.world.journal, task.id, one.id),
                f"What {one.id} suggests is being written.",
            )

    def action_accept(self) -> None:
        """Make another agent's remark a comment of one's own."""
        if (one := self._comment_meant()) and (task := self.chosen):
            self.act(
                lambda: acts.accept_comment(self.world.journal, task.id, one.id),
                f"{one.id} goes with yours.",
            )

    def action_box(self, step: int) -> None:
        """Go to another comment."""
        if not self.reading.diff.box(step):
            self.app.notify("There are no more comments in this direction.", timeout=2)

    def on_diff_view_box_opened(self, message: DiffView.BoxOpened) -> None:
        """Offer what can be done with a comment, and show all of its words."""
        from conductor.tui.screens.choose import Choose

        one = self.margin.about(message.key)
        if one is None:
            return
        deeds = self._deeds(one)
        whole = f"\n\n{one.answer or one.why}" if isinstance(one, Question) else ""
        lines = [Line(name, ((f" {told}", "plain"),)) for name, told in deeds.items()]
        heading = f"{one.id} · {one.text}{whole}"
        self.app.push_screen(Choose(heading, lines, lambda name: getattr(self, f"action_{name}")()))

    @staticmethod
    def _deeds(one: Comment | Question) -> dict[str, str]:
        if isinstance(one, Question):
            return {"back_to_lines": "Back"}
        if one.author == "agent":
            return {"accept": "Accept it as your own", "drop": "Drop it"}
        deeds = {"comment": "Edit it"} if one.draft else {}
        if one.suggestion is not None and not one.applied:
            deeds["apply"] = "Write what it suggests, in your name"
        return deeds | {"drop": "Drop it"}

    def action_back_to_lines(self) -> None:
        """Do nothing more."""

    # Asking.

    def action_ask_agent(self) -> None:
        """Ask the agent that made the change about some lines."""
        task, shown, lines = self.chosen, self.reader.shown, self.lines_meant()
        if task is None or shown is None or lines is None:
            return
        commit = shown.scope.head

        def send(words: str) -> bool:
            return self.act(
                lambda: acts.ask(self.world.journal, task.id, lines, words, commit=commit),
                "Asked; the answer comes under these lines.",
            )

        about = f"ask {task.id} {_where(lines)}"
        self.ask_words(about, f"Ask {task.session} about {_where(lines)}", lines.quoted, "", send,
                    "ask")  # fmt: skip

    def action_opinion(self) -> None:
        """Have another agent read the change."""
        task = self.chosen
        if task is None:
            return
        names = [one.name for one in self.world.subscriptions]
        if len(names) < 2:
            self._opine(task, "")
            return
        from conductor.tui.screens.choose import Choose

        lines = [Line("", ((" whichever is free", "plain"),))]
        lines += [Line(name, ((f" {name}", "plain"),)) for name in names]
        self.app.push_screen(
            Choose(f"Who is to read {task.id}?", lines, lambda name: self._opine(task, name))
        )

    def _opine(self, task: Task, subscription: str) -> None:
        from conductor.rounds.requests import request

        journal = self.world.journal

        def deed() -> None:
            text = request(self.world.places, journal, task.id)
            acts.ask_opinion(journal, task.id, text, subscription=subscription or None)

        self.act(deed, f"Another agent reads {task.id}; its remarks come as comments.")

    def action_send_back(self) -> None:
        """Send the change back with all comments that wait."""
        from conductor.tui.screens.round import Round

        if task := self.chosen:
            about = said(self.world.journal, task.id) if task.reading else Said()
            sent = [one for one in about.comments.values() if one.sent]
            stands = self.margin.stands
            still = [one for one in sent if one.id in stands and stands[one.id].state == OPEN]
            self.app.push_screen(Round(self, task, about, still))


def parted(words: str) -> tuple[str, str | None]:
    """Part what is said from what is suggested in a block of its own."""
    match = _SUGGESTED.search(words)
    if match is None:
        return words.strip(), None
    rest = words[: match.start()] + "\n" + words[match.end() :]
    code = match[1].removesuffix("\n")
    return rest.strip(), f"{code}\n" if code else ""


def _where(lines: acts.Lines) -> str:
    return place(lines.path, lines.first, lines.last)
