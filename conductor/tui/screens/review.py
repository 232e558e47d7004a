"""Review: what an agent changed, read as closely as the person cares, and judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical

from conductor.tui import about, beside, offers
from conductor.tui.reader import Reader
from conductor.tui.screens.review_keys import READING
from conductor.tui.screens.review_said import SAYING
from conductor.tui.screens.review_taking import TAKING, Taking
from conductor.tui.screens.review_verdict import JUDGING, Verdict
from conductor.tui.widgets import file_list
from conductor.tui.widgets.diff_view import DiffView
from conductor.tui.widgets.listing import Listing
from conductor.tui.widgets.prose import Prose
from conductor.tui.widgets.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget
    from textual.widgets import Input

    from conductor.review.files import File
    from conductor.state import Task
    from conductor.tui.reader import Shown

BESIDE, ASIDE = 150, 190
"""Columns from which on the words about a change fit beside its lines, and stand there unasked."""
SHORT = 32
"""Lines of the screen below which the header gives way."""


class Review(Taking, Verdict):
    """Changes that wait for the person, and the newest that landed."""

    NAME = "review"
    AUTO_FOCUS = "#diff"
    HELP_TEXT = (
        "Above the lines stands what a careful colleague would ask about; ! goes from one to the "
        "next. The left column lists changes and the files of the chosen one; files that change "
        "what runs (CI, hooks, agents' settings, build scripts) stand first, in red. Enter opens "
        "what is folded: a file, or the lines between hunks. d reads another part of the work. "
        "c comments on a line or on chosen ones, space leaves a block out of what lands; enter on "
        "a comment shows what can be done with it. y lets the change land, without what is left "
        "out; b sends it back with your comments; x turns it down. L shows what is landing; C "
        "what a change conflicts with."
    )
    CSS_PATH = "review.tcss"
    MORE_KEYS = (("Among the lines", DiffView.BINDINGS),)
    BINDINGS: ClassVar[list[BindingType]] = [
        *JUDGING,
        Binding("tab", "change(1)", "Next change", id="review.next_change",
                tooltip="The next change", priority=True),
        Binding("shift+tab", "change(-1)", "Change before", show=False,
                id="review.previous_change", tooltip="The change before", priority=True),
        *SAYING,
        *TAKING,
        *READING,
        Binding("v", "about", "About", id="review.about",
                tooltip="The task's words, what ran, and the agent's last words"),
        Binding("z", "wide", "Wide", show=False, id="review.wide",
                tooltip="Hide or show the left column"),
    ]  # fmt: skip

    wanted: ClassVar[str | None] = None  # the task another room sends the person to

    def body(self) -> Iterable[Widget]:
        """Return the two lists, the header, and the diff."""
        self.changes = Listing(empty="Nothing waits for review.", id="changes")
        self.files = Listing(id="files")
        self.header = Prose(id="header", can_focus=False)
        self.reading = Reading(id="reading")
        self.reader = Reader(self, self.reading.diff)
        self.reader.on_first = self.fold_viewed
        self.reader.on_files = self.have_files
        self.reader.on_more = self.have_more
        self.reader.on_end = self.have_all
        self.told = Prose(id="told")
        self.told.display = False
        self._made_open = False
        self._gap: int | None = None  # where the chosen change stood before it was judged
        self._beside: bool | None = None  # what the person wants of the words beside
        self._about: tuple[int, list[list[tuple[str, str]]]] = (-1, [])
        yield Horizontal(
            Vertical(self.changes, self.files, id="left"),
            Vertical(self.header, Horizontal(self.reading, self.told, id="middle"), id="right"),
        )

    def on_unmount(self) -> None:
        """Let go of what is read."""
        if self.reader.shown is not None:
            self.reader.shown.close()

    def on_screen_suspend(self) -> None:
        """Follow nothing that nobody sees."""
        self.follow_files(None)

    def show(self) -> None:
        """Show the changes as they are now."""
        before = self.changes.keys
        self.changes.show(offers.lines(self.world, self.wanted, self.changes.chosen))
        self._note_gap(before)
        if self.wanted:
            self.changes.choose(self.wanted)
            type(self).wanted = None
        self._tell()
        self.load()

    def _note_gap(self, before: list[str]) -> None:
        """Remember where the chosen change stood before it was judged: the next one is there."""
        keys, chosen = self.changes.keys, self.changes.chosen
        if self._gap is None and chosen in before and chosen in keys:
            at = before.index(chosen)
            self._gap = at if keys.index(chosen) > at else None

    # What is told about the chosen change.

    @property
    def chosen(self) -> Task | None:
        """The task whose change is chosen."""
        return self.world.state.tasks.get(self.changes.chosen or "")

    def _tell(self) -> None:
        task, session = self.chosen, self.session
        if task is None or session is None:
            self.header.show([[("Changes come here once an agent has finished its turn.", "dim")]])
            return
        short = self.app.size.height < SHORT
        self.header.show(about.headline(self.world, task, session, short=short))
        if self.told.display:
            mark = hash((task, session.last))
            runs = task.checked is not None and task.checked.ok is None
            if self._about[0] != mark or runs:
                self._about = (mark, beside.everything(self.world, task, session))
            self.told.show(self._about[1], keep=True)

    # Reading.

    def list_files(self, shown: Shown | None) -> None:
        """Show the files of what is read."""
        if shown is not None and not (shown.files or shown.done or shown.trouble):
            return  # what is shown stays until git has listed the new
        files = shown.files if shown is not None else []
        with self.prevent(Listing.Chosen):  # only a person's choice moves the lines
            told = self.reading.diff.overlay.brief
            self.files.show(file_list.lines(files, told, made_open=self._made_open))
            self._choose(self.reading.diff.view.file)

    def _choose(self, file: File | None) -> None:
        """Choose the file in the list that the person is in."""
        files = self.reader.shown.files if self.reader.shown is not None else []
        key = next((str(n) for n, one in enumerate(files) if file and one.path == file.path), None)
        if key is not None or not files:
            self.files.choose(key if key is None or key in self.files.keys else file_list.MADE)

    def say_scope(self) -> None:
        """Say what is read and how far the person is."""
        self.reading.tell(self.reader.shown, self.in_short())

    # Going about.

    def on_listing_chosen(self, message: Listing.Chosen) -> None:
        """Read what is chosen now."""
        message.stop()
        diff = self.reading.diff
        if message.listing is self.files:
            file = self._file_of(message.key)
            if file is not None and file is not diff.view.file:
                diff.go_to_file(file)
        elif message.listing is self.changes:
            self._gap = None
            self.told.top = 0
            self._tell()
            self.load()
            self.refresh_bindings()
        elif self.reading.asks.has_focus:
            self.reading.go_to_ask()

    def on_listing_opened(self, message: Listing.Opened) -> None:
        """Open what is clicked again."""
        self.action_open()

    def _file_of(self, key: str | None) -> File | None:
        """Find a listed file where its lines are shown, which may be those of an older version."""
        files = self.reader.shown.files if self.reader.shown is not None else []
        if not key or not key.isdigit() or int(key) >= len(files):
            return None
        path = files[int(key)].path
        return next((one for one in self.reading.diff.document.files if one.path == path), None)

    def on_diff_view_file_seen(self, message: DiffView.FileSeen) -> None:
        """Show in the list where the person is."""
        with self.prevent(Listing.Chosen):
            self._choose(message.file)

    def on_diff_view_moved(self) -> None:
        """Say how far the person is."""
        self.say_scope()

    def on_diff_view_wanted(self, message: DiffView.Wanted) -> None:
        """Read what a file's person asks for."""
        self.reader.want(message.file)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Find the words."""
        self.reading.end_search(message.value)

    def action_open(self) -> None:
        """Open what is chosen in the lists."""
        if self.files.chosen == file_list.MADE:
            self._made_open = not self._made_open
            self.list_files(self.reader.shown)
            return
        diff = self.reading.diff
        if self.reading.asks.has_focus:
            self.reading.go_to_ask()
        elif (file := diff.view.file) is not None and file.folded:
            diff.fold(file, folded=False)
        diff.focus()

    def action_change(self, by: int) -> None:
        """Choose another change; after the last comes the first."""
        if keys := self.changes.keys:
            at = keys.index(self.changes.chosen) if self.changes.chosen in keys else -by
            if self._gap is not None:
                at = self._gap - (by > 0)
            self.changes.choose(keys[(at + by) % len(keys)])

    def action_about(self) -> None:
        """Show the words about the change, beside its lines where there is room."""
        self._beside = not self.told.display
        self._place()
        self._tell()

    def _place(self) -> None:
        """Put the words about the change beside its lines, in their place, or nowhere."""
        width = self.app.size.width
        shown = width >= ASIDE if self._beside is None else self._beside
        alone = shown and width < BESIDE
        if (self.told.display, self.reading.display) == (shown, not alone):
            return
        self.told.display, self.reading.display = shown, not alone
        self.told.set_class(alone, "alone")
        (self.told if alone else self.reading.diff).focus()

    def on_resize(self) -> None:
        """Use the room there is."""
        self.set_class(self.app.size.height < SHORT, "short")
        self._place()
        self._tell()

    def action_wide(self) -> None:
        """Hide or show the left column."""
        left = self.query_one("#left")
        left.display = not left.display

    def why_not(self, action: str) -> str | None:
        """Say why an action makes no sense for the chosen change."""
        return (
            offers.why_not(action, self.chosen)
            or self.why_not_said(action)
            or self.why_not_read(action)
        )
