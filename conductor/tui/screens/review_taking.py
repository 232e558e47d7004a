"""What a person takes of a change and leaves, and the files they are done with or edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType

from conductor import acts
from conductor.review.address import NEW
from conductor.review.rows import HEAD, HUNK
from conductor.rounds.said import outdated
from conductor.state import TaskState
from conductor.tui import leaving
from conductor.tui.margin import changed_on
from conductor.tui.screens.review_said import Saying
from conductor.tui.wording import plural

if TYPE_CHECKING:
    from conductor.review.files import File
    from conductor.tui.leaving import Leaving

TAKING: list[BindingType] = [
    Binding("space", "leave", "Take or leave", id="review.leave",
            tooltip="Leave this block, hunk or file out of what lands, or take it"),
    Binding("s", "leave_line", "This line", show=False, id="review.leave_line",
            tooltip="Take or leave only this line, or the chosen ones: what splits a hunk"),
    Binding("R", "restore", "Undo leaving", show=False, id="review.restore",
            tooltip="Take the last decision about what is left out back"),
    Binding("Y", "approve_rest", "Approve, rest back", show=False, id="review.approve_rest",
            tooltip="Let it land, and send what is left out back to its agent"),
    Binding("m", "viewed", "Viewed", id="review.viewed",
            tooltip="Mark this file as viewed, as long as it stays as it is"),
    Binding("e", "edit", "Edit", id="review.edit", tooltip="Edit this file in your editor"),
]  # fmt: skip

_LEAVES = ("leave", "leave_line", "restore")
_NEED_A_CHANGE = (
    *_LEAVES, "comment", "suggest", "ask_agent", "viewed", "edit", "opinion", "approve_rest",
)  # fmt: skip


class Taking(Saying):
    """A room in which parts of a change are taken or left."""

    _told_unsent = ""  # the change of which was said that comments on it would stay unsent

    # Taking and leaving.

    def _leaving(self) -> tuple[File, Leaving] | None:
        file = self.reading.diff.view.file
        now = self.margin.leaving(file) if file is not None else None
        if file is None or now is None:
            self.no("Parts are taken and left in the whole change, while it waits for review.")
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

    def on_diff_view_mark_clicked(self) -> None:
        """Leave what is clicked out, or take it."""
        self.action_leave()

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
        chosen = [file for file in shown.files if self.margin.said.left.get(file.path)]
        found = {file.path: self.margin.leaving(file) for file in chosen}
        if any(now is None for now in found.values()):
            return None
        return {path: now.left for path, now in found.items() if now is not None and now.left}

    def action_approve(self) -> None:
        """Let the chosen change land, without what is left out."""
        task = self.chosen
        if task is None:
            return
        left = self.left_now()
        if left is not None and (void := outdated(self.margin.said.left, left)):
            self.act(lambda: acts.forget_left(self.world.journal, task.id, left, void))
            return
        if (unsent := len(self.margin.said.drafts)) and self._told_unsent != task.offered:
            self._told_unsent = task.offered or ""
            self.no(
                f"{plural(unsent, 'comment')} of yours would stay unsent: b sends the change back"
                " with what you said, y once more lets it land all the same."
            )
            return
        without = f" without {plural(len(left), 'file')} or parts of them" if left else ""
        self.act(
            lambda: acts.approve(self.world.journal, task.id, left, commit=task.offered),
            f"{task.id} will land{without}.",
        )

    def action_approve_rest(self) -> None:
        """Let it land, and send what is left out back."""
        task, left = self.chosen, self.left_now()
        if task is None:
            return

        def send(words: str) -> bool:
            return self.act(
                lambda: acts.approve(self.world.journal, task.id, left, words, commit=task.offered),
                f"{task.id} will land; what is left out goes back to its agent.",
            )

        told = "What is its agent to do with what you left out?"
        self.ask_words(f"rest {task.id}", f"Approve {task.id} in part", told, "", send, "approve")

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
