"""Review: what an agent changed, read as closely as the person cares, and judged."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical

from conductor import acts
from conductor.journal import JournalError
from conductor.review.concerns import concerns
from conductor.review.remarks import Tally, remarks
from conductor.state import TaskState
from conductor.tui import about, offers, scopes
from conductor.tui.reader import Reader
from conductor.tui.screens.review_keys import READING, Keys
from conductor.tui.widgets import file_list
from conductor.tui.widgets.diff_view import DiffView
from conductor.tui.widgets.listing import Line, Listing
from conductor.tui.widgets.prose import Prose
from conductor.tui.widgets.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget
    from textual.widgets import Input
    from textual.worker import Worker

    from conductor.review.files import File
    from conductor.state import Session, Task
    from conductor.tui.reader import Shown
    from conductor.tui.sources import Scope

BESIDE = 150
"""Columns of the screen from which on the words about a change stand beside its lines."""


class Review(Keys):
    """Changes that wait for the person, and the newest that landed."""

    NAME = "review"
    AUTO_FOCUS = "#diff"
    HELP_TEXT = (
        "Above the lines stands what a careful colleague would ask about; ! goes from one to the "
        "next. The left column lists changes and the files of the chosen one; files that change "
        "what runs (CI, hooks, agents' settings, build scripts) stand first, in red. Enter opens "
        "what is folded: a file, or the lines between hunks. d reads another part of the work. "
        "y lets the change land exactly as it was offered; b sends it back to its agent; x turns "
        "it down. L shows what is landing; C what a change conflicts with."
    )
    CSS_PATH = "review.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "approve", "Approve", id="review.approve", tooltip="Let the change land"),
        Binding("b", "send_back", "Send back", id="review.send_back",
                tooltip="Tell its agent what is still to be done"),
        Binding("x", "reject", "Reject", id="review.reject", tooltip="Turn it down, with a reason"),
        Binding("u", "undo", "Undo", id="review.undo", tooltip="Take this landing back, exactly"),
        *READING,
        Binding("C", "conflict", "Conflict", show=False, id="review.conflict",
                tooltip="What keeps it from fitting its target, three-way"),
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

    def body(self) -> Iterable[Widget]:
        """Return the two lists, the header, and the diff."""
        self.changes = Listing(empty="Nothing waits for review.", id="changes")
        self.files = Listing(id="files")
        self.header = Prose(id="header", can_focus=False)
        self.reading = Reading(id="reading")
        self.told = Prose(id="told")
        self.told.display = False
        self._made_open = False
        self._about: tuple[int, list[list[tuple[str, str]]]] = (-1, [])
        self._scope: dict[str, str] = {}  # task → which part of it the person reads
        self._mark: tuple[object, ...] | None = None
        self._tally: Tally | None = None
        self._follower: Worker[None] | None = None
        yield Horizontal(
            Vertical(self.changes, self.files, id="left"),
            Vertical(self.header, Horizontal(self.reading, self.told, id="middle"), id="right"),
        )

    def on_mount(self) -> None:
        """Begin to read."""
        self.reader = Reader(self, self.reading.diff)
        self.reader.on_files = self._have_files
        self.reader.on_more = self._have_more
        self.reader.on_end = self._have_all
        super().on_mount()

    def on_unmount(self) -> None:
        """Let go of what is read."""
        if self.reader.shown is not None:
            self.reader.shown.close()

    def on_screen_suspend(self) -> None:
        """Follow nothing that nobody sees."""
        self._follow(None)
        self._mark = None

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

    @property
    def session(self) -> Session | None:
        """The session that made the chosen change."""
        task = self.chosen
        return self.world.session_of(task) if task else None

    def _tell(self) -> None:
        task, session = self.chosen, self.session
        if task is None or session is None:
            self.header.show([[("Changes come here once an agent has finished its turn.", "dim")]])
            return
        self.header.show(about.headline(self.world, task, session))
        if self.told.display:
            mark = hash((task, session.last))
            if self._about[0] != mark:
                self._about = (mark, about.everything(self.world, task, session))
            self.told.show(self._about[1], keep=True)

    # Reading.

    def _load(self, *, again: bool = False) -> None:
        """Have the chosen change read, once for each version of it."""
        task, session = self.chosen, self.session
        if task is None or session is None:
            self.reader.close()
            self._mark = None
            self.files.show([])
            self.reading.ask(())
            self.say_scope()
            return
        scope = self._scope_of(task, session)
        mark = (task.id, scope, self.ignore_space)
        if mark == self._mark and not again:
            return
        keep = self._mark is not None and self._mark[0] == task.id
        self._mark = mark
        self._tally = None
        self.reader.open(task, session, scope, ignore_space=self.ignore_space, keep=keep)
        self._follow(session.worktree if scope.live else None)
        self.say_scope()

    def _scope_of(self, task: Task, session: Session) -> Scope:
        """Return what of a change is read: what the person chose, as long as there is such."""
        wanted = self._scope.get(task.id)
        first = scopes.first(task, session)
        if wanted is None or wanted == first.key:
            return first
        some = scopes.usual(self.world.journal, task, session)
        some += scopes.against(self.world.state, task, session)
        if wanted.startswith("commit:"):
            from conductor.tui.sources import Scope

            return Scope(wanted, f"commit {wanted[7:15]}", None, wanted[7:])
        return next((one for one in some if one.key == wanted), first)

    def _have_files(self, shown: Shown) -> None:
        """Show the files, and note which commit the person is shown."""
        self._list_files(shown)
        self._ask(shown)
        task, scope = shown.task, shown.scope
        newest = scope.key in ("whole", "since") and scope.head == task.offered
        if newest and task.state is TaskState.REVIEW and self.world.read and scope.head:
            try:
                acts.open_change(self.world.journal, task.id, scope.head)
            except (acts.Refused, JournalError) as error:
                self.app.notify(str(error), severity="warning")

    def _have_more(self, shown: Shown) -> None:
        self._list_files(shown)
        self.say_scope()

    def _have_all(self, shown: Shown) -> None:
        self._list_files(shown)
        self.say_scope()
        if shown.trouble:
            self.app.notify(shown.trouble, severity="warning")
        elif shown.done:
            self.run_worker(
                lambda: self._look_through(shown), thread=True, group="remarks", exclusive=True
            )

    def _look_through(self, shown: Shown) -> None:
        """Find what stands out in the lines, in a thread."""
        tally = Tally()
        for file in shown.files:
            if self.reader.shown is not shown:
                return
            tally.take(remarks(file))
        self.app.call_from_thread(self._ask, shown, tally)

    def _ask(self, shown: Shown, tally: Tally | None = None) -> None:
        """Say what to ask about, once more of it is known."""
        task, session = self.chosen, self.session
        if self.reader.shown is shown and task is not None and session is not None:
            self._tally = tally or self._tally
            self.reading.ask(concerns(self.world.state, task, session, shown.files, self._tally))

    def _list_files(self, shown: Shown) -> None:
        told = self.reading.diff.overlay.told
        self.files.show(file_list.lines(shown.files, told, made_open=self._made_open))

    def say_scope(self) -> None:
        """Say what is read and how far the person is."""
        self.reading.tell(self.reader.shown)

    def _follow(self, folder: str | None) -> None:
        """Follow a live worktree, or none."""
        if self._follower is not None:
            self._follower.cancel()
            self._follower = None
        if folder is not None and os.path.isdir(folder) and self.world.read:
            from conductor.tui.following import follow

            self._follower = self.run_worker(
                follow(folder, lambda: self._load(again=True)), group="follow", exit_on_error=False
            )

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
            self._tell()
            self._load()
            self.refresh_bindings()
        elif self.reading.asks.has_focus:
            self.reading.go_to_ask()

    def on_listing_opened(self, message: Listing.Opened) -> None:
        """Open what is clicked again."""
        self.action_open()

    def _file_of(self, key: str | None) -> File | None:
        files = self.reading.diff.document.files
        return files[int(key)] if key and key.isdigit() and int(key) < len(files) else None

    def on_diff_view_file_seen(self, message: DiffView.FileSeen) -> None:
        """Show in the list where the person is."""
        files = self.reading.diff.document.files
        key = str(files.index(message.file)) if message.file in files else None
        self.files.choose(key if key in self.files.keys else file_list.MADE)

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
            if self.reader.shown is not None:
                self._list_files(self.reader.shown)
            return
        if self.reading.asks.has_focus:
            self.reading.go_to_ask()
        self.reading.diff.focus()

    def action_scope(self) -> None:
        """Read another part of what the agent did."""
        task, session = self.chosen, self.session
        if task is None or session is None:
            return
        some = [one.key for one in scopes.usual(self.world.journal, task, session)]
        now = self._scope_of(task, session).key
        self._take_scope(some[(some.index(now) + 1) % len(some)] if now in some else some[0])

    def _take_scope(self, key: str) -> None:
        if (task := self.chosen) is not None:
            self._scope[task.id] = key
            self._load()

    def action_choose_scope(self) -> None:
        """Choose what to read from a list."""
        task, session = self.chosen, self.session
        if task is not None and session is not None:
            self.run_worker(lambda: self._list_scopes(task, session), thread=True, group="scopes")

    def _list_scopes(self, task: Task, session: Session) -> None:
        from conductor.tui.sources import SourceError

        changes = self.world.changes
        assert changes is not None
        some = scopes.usual(self.world.journal, task, session)
        try:
            some += changes.commits(task, session)
        except SourceError as error:
            self.app.call_from_thread(self.app.notify, str(error), severity="warning")
        some += scopes.against(self.world.state, task, session)
        self.app.call_from_thread(self._offer_scopes, task, some)

    def _offer_scopes(self, task: Task, some: list[Scope]) -> None:
        from conductor.tui.screens.choose import Choose

        lines = [Line(one.key, ((f" {one.title}", "plain"),)) for one in some]
        heading = f"What to read of {task.id} · {task.title}"
        self.app.push_screen(Choose(heading, lines, self._take_scope))

    def action_space(self) -> None:
        """Leave out what only moves white space, or show it."""
        self.ignore_space = not self.ignore_space
        self._load()

    def action_change(self, by: int) -> None:
        """Choose another change."""
        self.changes.action_move(by)

    def action_about(self) -> None:
        """Show the words about the change, beside its lines where there is room."""
        self.told.display = not self.told.display
        alone = self.told.display and self.size.width < BESIDE
        self.reading.display = not alone
        (self.told if alone else self.reading.diff).focus()
        self._tell()

    def action_wide(self) -> None:
        """Hide or show the left column."""
        left = self.query_one("#left")
        left.display = not left.display

    def why_not(self, action: str) -> str | None:
        """Say why an action makes no sense for the chosen change."""
        if action == "found" and not self.reading.diff.painter.found:
            return "nothing is searched for"
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

    def action_conflict(self) -> None:
        """Show what keeps the chosen change from fitting its target."""
        if task := self.chosen:
            from conductor.tui.screens.conflict import Conflict

            self.app.push_screen(Conflict(self.world, task))

    def action_undo(self) -> None:
        """Take the chosen landing back."""
        if task := self.chosen:
            self.act(
                lambda: acts.undo(self.world.journal, task.id),
                f"The landing of {task.id} is being taken back.",
            )
