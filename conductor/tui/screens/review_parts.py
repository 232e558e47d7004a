"""Which part of an agent's work is read, and having it read: once each version, or as it grows."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from conductor import acts
from conductor.journal import JournalError
from conductor.review.concerns import concerns
from conductor.review.remarks import Tally, remarks
from conductor.state import TaskState
from conductor.tui import scopes
from conductor.tui.screens.review_keys import Keys
from conductor.tui.sources import Scope, SourceError
from conductor.tui.widgets.listing import Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.worker import Worker

    from conductor.state import Session, Task
    from conductor.tui.reader import Reader, Shown
    from conductor.tui.world import World


class Parts(Keys):
    """A room in which a part of a session's work is read."""

    reader: Reader
    ignore_space = False
    _mark: tuple[object, ...] | None = None
    _tally: Tally | None = None
    _follower: Worker[None] | None = None
    _followed: str | None = None

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._part: dict[str, str] = {}  # task → which part of it the person reads

    @property
    def chosen(self) -> Task | None:
        """The task whose change is chosen."""
        raise NotImplementedError

    @property
    def session(self) -> Session | None:
        """The session that made the chosen change."""
        task = self.chosen
        return self.world.session_of(task) if task else None

    def load(self, *, again: bool = False) -> None:
        """Have the chosen change read, once for each version of it."""
        task, session = self.chosen, self.session
        if task is None or session is None:
            self.reader.close()
            self._mark = None
            self.list_files(None)
            self.reading.ask(())
            self.say_scope()
            return
        scope = self._scope_of(task, session)
        mark = (task.id, scope, self.ignore_space)
        self.follow_files(session.worktree if scope.live else None)
        if mark == self._mark and not again:
            return
        keep = self._mark is not None and self._mark[0] == task.id
        self._mark = mark
        self._tally = None
        if not keep:
            self.reading.begin_asking()
        self.reader.open(task, session, scope, ignore_space=self.ignore_space, keep=keep)
        self.say_scope()

    def _scope_of(self, task: Task, session: Session) -> Scope:
        """Return what of a change is read: what the person chose, as long as there is such."""
        wanted = self._part.get(task.id)
        first = scopes.first(task, session)
        if wanted is None or wanted == first.key:
            return first
        if wanted.startswith("commit:"):
            return Scope(wanted, f"commit {wanted[7:15]}", None, wanted[7:])
        some = scopes.usual(self.world.journal, task, session)
        some += scopes.against(self.world.state, task, session)
        return next((one for one in some if one.key == wanted), first)

    def have_files(self, shown: Shown) -> None:
        """Show the files, and note which commit the person is shown."""
        self.list_files(shown)
        self._ask(shown)
        task, scope = shown.task, shown.scope
        newest = scope.key in ("whole", "since") and scope.head == task.offered
        if newest and task.state is TaskState.REVIEW and self.world.read and scope.head:
            try:
                acts.open_change(self.world.journal, task.id, scope.head)
            except (acts.Refused, JournalError) as error:
                self.app.notify(str(error), severity="warning")

    def have_more(self, shown: Shown) -> None:
        """Show that more of it has come."""
        self.list_files(shown)
        self.say_scope()

    def have_all(self, shown: Shown) -> None:
        """Show that all of it has come, or why not; then look through its lines."""
        self.list_files(shown)
        self.say_scope()
        if shown.trouble:
            self._ask(shown)  # what could be read of the change before is no question about this
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
        self.app.call_from_thread(self._ask, shown, tally, self._clashes(shown))

    def _clashes(self, shown: Shown) -> tuple[str, Sequence[str]]:
        """Find where what is offered does not fit its target now; what cannot be told, C tells."""
        offered = shown.task.state is TaskState.REVIEW and shown.scope.key in ("whole", "since")
        if self.world.changes is None or not offered:
            return "", ()
        try:
            return self.world.changes.clashes(self.world.state, shown.task)
        except SourceError:
            return "", ()

    def _ask(
        self,
        shown: Shown,
        tally: Tally | None = None,
        clashes: tuple[str, Sequence[str]] = ("", ()),
    ) -> None:
        """Say what to ask about, once more of it is known."""
        task, session = self.chosen, self.session
        if self.reader.shown is shown and task is not None and session is not None:
            self._tally = tally or self._tally
            compared = shown.scope.key.startswith("against:")
            about = (self.world.state, task, session, shown.files, self._tally)
            self.reading.ask(concerns(*about, compared=compared, clashes=clashes))

    def follow_files(self, folder: str | None) -> None:
        """Follow a live worktree, or none."""
        if folder == self._followed:
            return
        self._followed = folder
        if self._follower is not None:
            self._follower.cancel()
            self._follower = None
        if folder is not None and os.path.isdir(folder) and self.world.read:
            from conductor.tui.following import follow

            self._follower = self.run_worker(
                follow(folder, lambda: self.load(again=True)), group="follow", exit_on_error=False
            )

    def list_files(self, shown: Shown | None) -> None:
        """Show the files of what is read; the room knows where."""
        raise NotImplementedError

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
            self._part[task.id] = key
            self.load()

    def action_choose_scope(self) -> None:
        """Choose what to read from a list."""
        task, session = self.chosen, self.session
        if task is not None and session is not None:
            usual = scopes.usual(self.world.journal, task, session)
            self.run_worker(
                lambda: self._list_scopes(task, session, usual), thread=True, group="scopes"
            )

    def _list_scopes(self, task: Task, session: Session, usual: list[Scope]) -> None:
        """Find the commits to be read, in a thread."""
        changes, some = self.world.changes, usual
        assert changes is not None
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
        self.load()
