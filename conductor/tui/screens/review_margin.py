"""What was said about a change, shown beside its lines; and which lines the person means."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from conductor import acts
from conductor.review.rows import BOX
from conductor.rounds.said import Comment, Question, Said, said
from conductor.state import ALIVE, UNBEGUN, TaskState
from conductor.tui.margin import Margin
from conductor.tui.quoting import quoted
from conductor.tui.scopes import since
from conductor.tui.screens.review_parts import Parts
from conductor.tui.screens.words import Words
from conductor.tui.wording import plural

if TYPE_CHECKING:
    from collections.abc import Callable

    from conductor.rounds.standing import Stands
    from conductor.state import Task
    from conductor.tui.inks import Run
    from conductor.tui.reader import Shown


class Margins(Parts):
    """A room that shows what was said beside the lines of the change that is read."""

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

    def fold_viewed(self, shown: Shown) -> None:
        """Fold what the person was done with, as long as it is what they saw."""
        viewed = self.margin.said.viewed
        for file in shown.files if viewed else ():
            file.folded = file.folded or viewed.get(file.path) == file.new_blob

    def in_short(self) -> list[Run]:
        """Say in a few words what waits to be sent, who else reads it, what is left out or new."""
        about = self.margin.said
        runs: list[Run] = []
        if about.drafts:
            runs.append((f" · {plural(len(about.drafts), 'draft')}", "waiting"))
        readers = [one.task for one in about.opinions.values() if one.remarks is None]
        state = self.world.state.tasks
        readers = [one for one in readers if one in state and state[one].state in ALIVE | UNBEGUN]
        if readers:
            runs.append((f" · {', '.join(readers)} reads it, too", "starting"))
        if about.left and self.margin.takes:
            count = sum(len(parts) for parts in about.left.values())
            runs.append((f" · {plural(count, 'part')} left out", "waiting"))
        task, session, shown = self.chosen, self.session, self.reader.shown
        if task and session and shown and shown.scope.key == "whole" and since(task, session):
            runs.append((" · d: what is new", "starting"))
        return runs

    # Lines.

    def lines_meant(self) -> acts.Lines | None:
        """Return the lines that the person means, or say why there are none.

        Between lines, those that changed next: whoever presses `c` types on, and what they type
        must find a dialog, not other keys.
        """
        shown, diff = self.reader.shown, self.reading.diff
        if shown is None or shown.scope.head is None:
            self.no("Its agent may change these lines any moment: d reads what was kept.")
            return None
        if diff.span is None:
            diff.to_lines()
        span, file = diff.span, diff.view.file
        if span is None or file is None:
            self.no("Go to a line first: this file shows none.")
            return None
        return acts.Lines(span.path, span.side, span.first, span.last, quoted(file, span))

    def no(self, why: str) -> None:
        """Say why something cannot be done just here."""
        self.app.notify(why, severity="warning", timeout=4, markup=False)

    def box_meant(self) -> Comment | Question | None:
        """Return what stands where the person is."""
        row = self.reading.diff.view.row
        return self.margin.about(row.key) if row is not None and row.kind == BOX else None

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
