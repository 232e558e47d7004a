"""Review: what an agent changed, read as closely as the person cares, and judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical

from conductor import acts
from conductor.journal import JournalError
from conductor.state import TaskState
from conductor.tui import about, offers
from conductor.tui.reader import Reader
from conductor.tui.screens.room import Room
from conductor.tui.widgets.diff_view import DiffView
from conductor.tui.widgets.listing import Listing
from conductor.tui.widgets.prose import Prose

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from conductor.state import Task


class Review(Room):
    """Changes that wait for the person, and the newest that landed."""

    NAME = "review"
    AUTO_FOCUS = "#diff"
    HELP_TEXT = (
        "The left column lists changes and the files of the chosen one; files that change what "
        "runs (CI, hooks, agents' settings, build scripts) stand first, in red. y lets the change "
        "land exactly as it was offered; b sends it back to its agent; x turns it down. "
        "Landing happens in the runner: merged onto the newest target, verified, then moved."
    )
    CSS_PATH = "review.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "approve", "Approve", id="review.approve", tooltip="Let the change land"),
        Binding("b", "send_back", "Send back", id="review.send_back",
                tooltip="Tell its agent what is still to be done"),
        Binding("x", "reject", "Reject", id="review.reject", tooltip="Turn it down, with a reason"),
        Binding("u", "undo", "Undo", id="review.undo", tooltip="Take this landing back, exactly"),
        Binding("right,l", "file(1)", "Next file", id="review.next_file", tooltip="The next file"),
        Binding("left", "file(-1)", "File before", show=False, id="review.previous_file",
                tooltip="The file before"),
        Binding("right_square_bracket", "hunk(1)", "Hunk", id="review.next_hunk",
                tooltip="The next hunk"),
        Binding("left_square_bracket", "hunk(-1)", "Hunk before", show=False,
                id="review.previous_hunk", tooltip="The hunk before"),
        Binding("v", "about", "About", id="review.about",
                tooltip="The task's words, what ran, and the agent's last words"),
        Binding("tab", "change(1)", "Next change", id="review.next_change",
                tooltip="The next change", priority=True),
        Binding("shift+tab", "change(-1)", "Change before", show=False,
                id="review.previous_change", tooltip="The change before", priority=True),
        Binding("z", "wide", "Wide", show=False, id="review.wide",
                tooltip="Hide or show the left column"),
    ]  # fmt: skip

    wanted: ClassVar[str | None] = None  # the task another room sends the person to
    _about: tuple[int, list[list[tuple[str, str]]]] = (-1, [])

    def body(self) -> Iterable[Widget]:
        """Return the two lists, the header, and the diff."""
        self.changes = Listing(empty="Nothing waits for review.", id="changes")
        self.files = Listing(id="files")
        self.header = Prose(id="header", can_focus=False)
        self.diff = DiffView(id="diff")
        self.told = Prose(id="told")
        self.told.display = False
        self.reader = Reader(self, self.files, self.diff, self._opened)
        yield Horizontal(
            Vertical(self.changes, self.files, id="left"),
            Vertical(self.header, self.diff, self.told, id="right"),
        )

    def show(self) -> None:
        """Show the changes as they are now."""
        self.changes.show(offers.lines(self.world, self.wanted, self.changes.chosen))
        if self.wanted:
            self.changes.choose(self.wanted)
            type(self).wanted = None
        self._tell()
        self._load()

    # What is told about the chosen change.

    @property
    def chosen(self) -> Task | None:
        """The task whose change is chosen."""
        return self.world.state.tasks.get(self.changes.chosen or "")

    def _tell(self) -> None:
        task = self.chosen
        session = self.world.session_of(task) if task else None
        if task is None or session is None:
            self.header.show([[("Changes come here once an agent has finished its turn.", "dim")]])
            return
        self.header.show(about.headline(self.world, task, session))
        if self.told.display:
            mark = hash((task, session.last))
            if self._about[0] != mark:
                self._about = (mark, about.everything(self.world.journal, task, session))
            self.told.show(self._about[1], keep=True)

    # Reading.

    def _load(self) -> None:
        """Have the chosen change read, once for each commit of it."""
        task = self.chosen
        session = self.world.session_of(task) if task else None
        if task is None or session is None:
            self.reader.close()
        else:
            self.reader.open(task, session, task.offered or task.landed or session.commit)

    def _opened(self, task: Task, commit: str | None) -> None:
        """Note which commit the person is shown; a newer one is not read by that."""
        if commit is None or task.state is not TaskState.REVIEW or not self.world.read:
            return
        try:
            acts.open_change(self.world.journal, task.id, commit)
        except (acts.Refused, JournalError) as error:
            self.app.notify(str(error), severity="warning")

    # Going about.

    def on_listing_chosen(self, message: Listing.Chosen) -> None:
        """Read what is chosen now."""
        if message.listing is self.files:
            if message.key is not None:
                self.reader.read_file()
        else:
            self._tell()
            self._load()
            self.refresh_bindings()

    def on_diff_view_past_end(self) -> None:
        """Go on to the next file."""
        self.files.action_move(1)

    def action_change(self, by: int) -> None:
        """Choose another change."""
        self.changes.action_move(by)

    def action_file(self, by: int) -> None:
        """Choose another file."""
        self.files.action_move(by)

    def action_hunk(self, by: int) -> None:
        """Go to another hunk."""
        self.diff.hunk(by)

    def action_about(self) -> None:
        """Show the words about the change, or its diff again."""
        self.told.display = not self.told.display
        self.diff.display = not self.told.display
        (self.told if self.told.display else self.diff).focus()
        self._tell()

    def action_wide(self) -> None:
        """Hide or show the left column."""
        left = self.query_one("#left")
        left.display = not left.display

    def why_not(self, action: str) -> str | None:
        """Say why an action makes no sense for the chosen change."""
        return offers.why_not(action, self.chosen)

    # Acts.

    def action_approve(self) -> None:
        """Let the chosen change land."""
        if task := self.chosen:
            self.act(lambda: acts.approve(self.world.journal, task.id), f"{task.id} will land.")

    def action_send_back(self) -> None:
        """Send the chosen change back."""
        if task := self.chosen:
            from conductor.tui.dialogs import send_back

            send_back(self, task)

    def action_reject(self) -> None:
        """Turn the chosen change down."""
        if task := self.chosen:
            from conductor.tui.dialogs import reject

            reject(self, task)

    def action_undo(self) -> None:
        """Take the chosen landing back."""
        if task := self.chosen:
            self.act(
                lambda: acts.undo(self.world.journal, task.id),
                f"The landing of {task.id} is being taken back.",
            )
