"""What a person says about the change they read, and asks of agents."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType

from conductor import acts
from conductor.review.address import NEW
from conductor.review.rows import BOX
from conductor.rounds.following import OPEN
from conductor.rounds.said import Comment, Question, Said, place, said
from conductor.state import TaskState
from conductor.tui.margin import Margin
from conductor.tui.quoting import quoted
from conductor.tui.screens.review_parts import Parts
from conductor.tui.screens.words import Words
from conductor.tui.widgets.listing import Line

if TYPE_CHECKING:
    from collections.abc import Callable

    from conductor.rounds.standing import Stands
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


class Saying(Parts):
    """A room in which something is said about the change that is read."""

    # What was said, over the lines.

    _margin: Margin | None = None
    _said_mark: tuple[object, ...] = ()

    @property
    def margin(self) -> Margin:
        """What is put over the change."""
        if self._margin is None:
            self._margin = Margin()
            self.reading.diff.overlay = self._margin
        return self._margin

    def load(self, *, again: bool = False) -> None:
        """Have the chosen change read, with what was said about it."""
        super().load(again=again)
        self.show_said()

    def show_said(self) -> None:
        """Show what was said about the chosen change, once for each word of it."""
        task, session, shown = self.chosen, self.session, self.reader.shown
        if task is None or session is None or shown is None:
            return
        head = shown.scope.head
        takes = (
            shown.scope.key == "whole" and task.state is TaskState.REVIEW
            and head == task.offered and not self.ignore_space
        )  # fmt: skip
        told = task.reading.told if task.reading else 0
        mark = (task.id, told, head, takes, task.offered)
        if mark == self._said_mark:
            return
        same = self._said_mark[:1] == mark[:1]
        self._said_mark = mark
        about = said(self.world.journal, task.id) if task.reading else Said()
        self.margin.show(about, self.margin.stands if same else {}, takes=takes)
        self._redraw()
        if about.everything:
            at = head or task.offered or session.commit or ""
            self.run_worker(
                partial(self._find_out, mark, task, session.base or at, at, about),
                thread=True, group="stands", exclusive=True,
            )  # fmt: skip

    def _find_out(
        self, mark: tuple[object, ...], task: Task, base: str, head: str, about: Said
    ) -> None:
        """Find out how everything stands, in a thread."""
        from conductor.rounds.standing import stand

        found = stand(task.repo, about.everything, base, head)
        self.app.call_from_thread(self._have_stands, mark, found)

    def _have_stands(self, mark: tuple[object, ...], found: dict[str, Stands]) -> None:
        if mark == self._said_mark:
            self.margin.stands = found
            self._redraw()

    def _redraw(self) -> None:
        diff = self.reading.diff
        spot = diff.spot
        diff.overlaid()
        if spot is not None and spot.line and diff.spot != spot:
            place = diff.document.find(spot)
            if place is not None:
                diff.view.cursor = place
                diff.view.into_sight()
        if self.reader.shown is not None and diff.document.files:
            self.list_files(self.reader.shown)

    # Lines.

    def _lines(self) -> acts.Lines | None:
        """Return the lines that the person means, or say why there are none."""
        shown, diff = self.reader.shown, self.reading.diff
        span, file = diff.span, diff.view.file
        if shown is None or shown.scope.head is None:
            self.no("Its agent may change these lines any moment: d reads what was kept.")
            return None
        if span is None or file is None:
            self.no("Go to a line first.")
            return None
        return acts.Lines(span.path, span.side, span.first, span.last, quoted(file, span))

    def no(self, why: str) -> None:
        """Say why something cannot be done just here."""
        self.app.notify(why, severity="warning", timeout=4, markup=False)

    def _box(self) -> Comment | Question | None:
        """Return what stands where the person is."""
        row = self.reading.diff.view.row
        return self.margin.about(row.key) if row is not None and row.kind == BOX else None

    # Commenting.

    def action_comment(self) -> None:
        """Say something about lines; on a draft, say something else."""
        one = self._box()
        if isinstance(one, Comment) and one.draft:
            self._edit_comment(one)
        elif one is not None:
            self.no(f"{one.id} cannot be changed any more; go to its lines for another.")
        elif lines := self._lines():
            self._write(lines, "")

    def action_suggest(self) -> None:
        """Say what lines should become."""
        lines = self._lines() if self._box() is None else None
        if lines is not None and lines.side != NEW:
            self.no("These lines are gone already; suggest something for those there are.")
        elif lines is not None:
            self._write(lines, f"\n```suggestion\n{lines.quoted}\n```\n")

    def _write(self, lines: acts.Lines, text: str) -> None:
        task, shown = self.chosen, self.reader.shown
        if task is None or shown is None:
            return
        commit = shown.scope.head

        def send(words: str) -> bool:
            rest, suggestion = parted(words)
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

    def ask_words(  # noqa: PLR0917 — what the dialog asks for
        self,
        about: str,
        heading: str,
        told: str,
        text: str,
        send: Callable[[str], bool],
        verb: str,
    ) -> None:
        """Ask for words about lines, the first of which are shown."""
        if text:
            Words.drafts.setdefault(about, text)
        shown = "\n".join(told.splitlines()[:8])
        self.app.push_screen(Words(about, heading, shown, send, verb))

    def action_drop(self) -> None:
        """Drop the comment the person is at."""
        one, task = self._box(), self.chosen
        if isinstance(one, Comment) and task is not None:
            self.act(
                lambda: acts.drop_comment(self.world.journal, task.id, one.id),
                f"{one.id} is dropped.",
            )

    def action_apply(self) -> None:
        """Write what a comment suggests."""
        one, task = self._box(), self.chosen
        if isinstance(one, Comment) and task is not None:
            self.act(
                lambda: acts.apply_comment(self.world.journal, task.id, one.id),
                f"What {one.id} suggests is being written.",
            )

    def action_accept(self) -> None:
        """Make another agent's remark a comment of one's own."""
        one, task = self._box(), self.chosen
        if isinstance(one, Comment) and task is not None:
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
        task, shown, lines = self.chosen, self.reader.shown, self._lines()
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
