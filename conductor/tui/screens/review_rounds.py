"""What a person says about the change they read, and takes or leaves of it: keys and deeds."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType

from conductor import acts
from conductor.review.address import NEW
from conductor.review.rows import BOX, HEAD, HUNK
from conductor.rounds.following import OPEN
from conductor.rounds.said import Comment, Question, Said, said
from conductor.state import TaskState
from conductor.tui import leaving
from conductor.tui.margin import Margin, changed_on
from conductor.tui.quoting import quoted
from conductor.tui.screens.review_keys import Keys
from conductor.tui.screens.words import Words
from conductor.tui.widgets.listing import Line
from conductor.tui.wording import plural

if TYPE_CHECKING:
    from collections.abc import Callable

    from conductor.review.files import File
    from conductor.rounds.standing import Stands
    from conductor.state import Session, Task
    from conductor.tui.leaving import Leaving
    from conductor.tui.reader import Reader
    from conductor.tui.widgets.diff_view import DiffView

SPEAKING: list[BindingType] = [
    Binding("c", "comment", "Comment", id="review.comment",
            tooltip="Say something about this line, or the chosen ones (V, shift with arrows)"),
    Binding("C", "suggest", "Suggest", show=False, id="review.suggest",
            tooltip="Say what these lines should become"),
    Binding("a", "ask_agent", "Ask its agent", id="review.ask",
            tooltip="Ask the agent that made it about these lines, without a new round"),
    Binding("space", "leave", "Take or leave", id="review.leave",
            tooltip="Leave this block, hunk or file out of what lands, or take it"),
    Binding("s", "leave_line", "This line", show=False, id="review.leave_line",
            tooltip="Take or leave only this line, or the chosen ones: what splits a hunk"),
    Binding("U", "restore", "Undo leaving", show=False, id="review.restore",
            tooltip="Take the last decision about what is left out back"),
    Binding("Y", "approve_rest", "Approve, rest back", show=False, id="review.approve_rest",
            tooltip="Let it land, and send what is left out back to its agent"),
    Binding("m", "viewed", "Viewed", id="review.viewed",
            tooltip="Mark this file as viewed, as long as it stays as it is"),
    Binding("e", "edit", "Edit", id="review.edit", tooltip="Edit this file in your editor"),
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
_LEAVES = ("leave", "leave_line", "restore")


class Rounds(Keys):
    """The part of the review in which a person speaks."""

    reader: Reader

    @property
    def chosen(self) -> Task | None:
        """The task whose change is chosen."""
        raise NotImplementedError

    @property
    def session(self) -> Session | None:
        """The session that made it."""
        raise NotImplementedError

    def list_files(self) -> None:
        """List the files anew."""
        raise NotImplementedError

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
        self.list_files()

    # Lines.

    def _lines(self) -> acts.Lines | None:
        """Return the lines that the person means, or say why there are none."""
        shown, diff = self.reader.shown, self.reading.diff
        span, file = diff.span, diff.view.file
        if shown is None or shown.scope.head is None:
            self._no("Its agent may change these lines any moment: d reads what was kept.")
            return None
        if span is None or file is None:
            self._no("Go to a line first.")
            return None
        return acts.Lines(span.path, span.side, span.first, span.last, quoted(file, span))

    def _no(self, why: str) -> None:
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
            self._no(f"{one.id} cannot be changed any more; go to its lines for another.")
        elif lines := self._lines():
            self._write(lines, "")

    def action_suggest(self) -> None:
        """Say what lines should become."""
        lines = self._lines() if self._box() is None else None
        if lines is not None and lines.side != NEW:
            self._no("These lines are gone already; suggest something for those there are.")
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
        self._words(about, f"Comment on {_where(lines)}", lines.quoted, text, send, "keep")

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
        self._words(about, f"{one.id} on {one.where}", one.quoted, text, send, "keep")

    def _words(  # noqa: PLR0917 — what the dialog asks for
        self,
        about: str,
        heading: str,
        told: str,
        text: str,
        send: Callable[[str], bool],
        verb: str,
    ) -> None:
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
        self._words(about, f"Ask {task.session} about {_where(lines)}", lines.quoted, "", send,
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

    # Taking and leaving.

    def _leaving(self) -> tuple[File, Leaving] | None:
        file = self.reading.diff.view.file
        now = self.margin.leaving(file) if file is not None else None
        if file is None or now is None:
            self._no("Parts are taken and left in the whole change, while it waits for review.")
            return None
        return file, now

    def action_leave(self) -> None:
        """Leave the chosen lines, the block, the hunk or the file out, or take it."""
        found, view = self._leaving(), self.reading.diff.view
        row = view.row
        if found is None or row is None:
            return
        file, now = found
        if view.anchor is not None:
            self._leave(file, leaving.toggled(now, self._rows()))
        elif row.kind == HEAD or not now.changed:
            self._leave(file, leaving.file_toggled(now))
        elif row.kind == HUNK and row.hunk is not None:
            self._leave(file, leaving.toggled(now, leaving.hunk_of(now, row.hunk.number + 1)))
        else:
            meant = {line for one in changed_on(row) for line in leaving.block_of(now, one)}
            if not meant and row.hunk is not None:
                meant = set(leaving.hunk_of(now, row.hunk.number + 1))
            self._leave(file, leaving.toggled(now, meant))

    def action_leave_line(self) -> None:
        """Leave only this line out, or the chosen ones."""
        found = self._leaving()
        if found is not None:
            self._leave(found[0], leaving.toggled(found[1], self._rows()))

    def _rows(self) -> set[tuple[str, int]]:
        """Return the changed lines that are chosen, or the one the person is at."""
        view = self.reading.diff.view
        first = last = view.cursor.row
        if view.anchor is not None and view.anchor.file == view.cursor.file:
            first, last = sorted((view.anchor.row, view.cursor.row))
        rows = view.document.at(view.cursor.file)
        return {line for n in range(first, last + 1) for line in changed_on(rows.row(n))}

    def _leave(self, file: File, left: tuple[str, ...]) -> None:
        task = self.chosen
        if task is not None:
            self.act(lambda: acts.leave(self.world.journal, task.id, file.path, left))

    def action_restore(self) -> None:
        """Take the last decision about what is left out back."""
        if task := self.chosen:
            self.act(lambda: acts.restore(self.world.journal, task.id), "As it was before.")

    def left_now(self) -> dict[str, tuple[str, ...]] | None:
        """Return what is left out of the change that is shown; None where that is not known."""
        shown = self.reader.shown
        if shown is None or not shown.done or not self.margin.takes:
            return None
        found = [(file.path, self.margin.leaving(file)) for file in shown.files]
        if any(now is None and path in self.margin.said.left for path, now in found):
            return None
        return {path: now.left for path, now in found if now is not None and now.left}

    def action_approve(self) -> None:
        """Let the chosen change land, without what is left out."""
        task = self.chosen
        if task is None:
            return
        left = self.left_now()
        without = f" without {plural(len(left), 'file')} or parts of them" if left else ""
        self.act(
            lambda: acts.approve(self.world.journal, task.id, left),
            f"{task.id} will land{without}.",
        )

    def action_approve_rest(self) -> None:
        """Let it land, and send what is left out back."""
        task, left = self.chosen, self.left_now()
        if task is None:
            return

        def send(words: str) -> bool:
            return self.act(
                lambda: acts.approve(self.world.journal, task.id, left, words),
                f"{task.id} will land; what is left out goes back to its agent.",
            )

        told = "What is its agent to do with what you left out?"
        self._words(f"rest {task.id}", f"Approve {task.id} in part", told, "", send, "approve")

    # Files.

    def action_viewed(self) -> None:
        """Mark the file as viewed and go to the next, or unmark it."""
        file, task = self.reading.diff.view.file, self.chosen
        if file is None or task is None:
            return
        seen = self.margin.said.viewed.get(file.path) == file.new_blob
        blob = "" if seen else file.new_blob
        if self.act(lambda: acts.view_file(self.world.journal, task.id, file.path, blob)):
            self.reading.diff.fold(file, folded=not seen)
            if not seen:
                self.action_file(1)

    def action_edit(self) -> None:
        """Edit the file in the person's own editor."""
        from conductor.tui.editing import edit

        diff, task = self.reading.diff, self.chosen
        file = diff.view.file
        if file is not None and task is not None:
            spot = diff.view.spot(NEW)
            edit(self, task, file.path, max(1, spot.line if spot else 1))

    def action_send_back(self) -> None:
        """Send the change back with all comments that wait."""
        from conductor.tui.screens.round import Round

        if task := self.chosen:
            about = said(self.world.journal, task.id) if task.reading else Said()
            sent = [one for one in about.comments.values() if one.sent]
            stands = self.margin.stands
            still = [one for one in sent if one.id in stands and stands[one.id].state == OPEN]
            self.app.push_screen(Round(self, task, about, still))

    def why_not_said(self, action: str) -> str | None:
        """Say why something cannot be said, taken or left now."""
        task = self.chosen
        if action in _NEED_A_CHANGE and (task is None or self.session is None):
            return "no change is chosen"
        if action in (*_LEAVES, "edit", "approve_rest") and (
            task is not None and task.state is not TaskState.REVIEW
        ):
            return f"{task.id} is {task.state}"
        return None


_NEED_A_CHANGE = (
    *_LEAVES, "comment", "suggest", "ask_agent", "viewed", "edit", "opinion", "approve_rest",
)  # fmt: skip


def parted(words: str) -> tuple[str, str | None]:
    """Part what is said from what is suggested in a block of its own."""
    match = _SUGGESTED.search(words)
    if match is None:
        return words.strip(), None
    rest = words[: match.start()] + "\n" + words[match.end() :]
    code = match[1].removesuffix("\n")
    return rest.strip(), f"{code}\n" if code else ""


def _where(lines: acts.Lines) -> str:
    from conductor.rounds.said import place

    return place(lines.path, lines.first, lines.last)
