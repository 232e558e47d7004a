"""Queue: the tasks in the order they will be taken, and why one is not."""

from __future__ import annotations

from heapq import nlargest
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from conductor import acts
from conductor.cleaning import clean
from conductor.state import ALIVE, GIVEN_UP, UNBEGUN, TaskState
from conductor.tui import looks
from conductor.tui.screens.room import Room
from conductor.tui.widgets.listing import Line, Listing
from conductor.tui.widgets.prose import Prose, text
from conductor.tui.wording import age, folder, who
from conductor.views import why

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from conductor.state import Task

RECENT = 30
"""Finished tasks that are listed; all of them are in `conductor list --all`."""


class Queue(Room):
    """What is to be done, being done, and done."""

    NAME = "queue"
    HELP_TEXT = (
        "Tasks in the order agents take them: priority first, then age. A task waits for those "
        "it comes after, for a free slot on a fitting subscription, and for your reviews where "
        "a repository limits them; the line says which."
    )
    CSS_PATH = "queue.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "h",
            "hold",
            "Hold/release",
            id="queue.hold",
            tooltip="Keep a task from starting, or let it",
        ),
        Binding(
            "plus,equals_sign",
            "priority(1)",
            "Sooner",
            id="queue.sooner",
            tooltip="One priority up",
        ),
        Binding("minus", "priority(-1)", "Later", id="queue.later", tooltip="One priority down"),
        Binding(
            "e", "edit", "Edit", id="queue.edit", tooltip="Change the words of a task not begun"
        ),
        Binding(
            "c", "cancel", "Cancel", id="queue.cancel", tooltip="Give a task up; its work is kept"
        ),
        Binding(
            "t",
            "retry",
            "Try again",
            id="queue.retry",
            tooltip="Queue a task that was given up anew",
        ),
        Binding("enter", "go", "Go to it", id="queue.go", tooltip="See its agent, or its change"),
    ]

    _told: tuple[int, str] = (0, "")

    def body(self) -> Iterable[Widget]:
        """Return the list and what is known of the chosen task."""
        self.list = Listing(empty="No tasks yet: n writes one.", id="tasks")
        self.detail = Prose(id="detail")
        yield Horizontal(self.list, self.detail)

    def show(self) -> None:
        """Show the queue as it is now."""
        self.list.show(
            [line for heading, tasks in self._groups() for line in self._group(heading, tasks)]
        )
        self._detail()

    def _groups(self) -> list[tuple[str, list[Task]]]:
        state = self.world.state
        queued = [state.tasks[f"t{number}"] for _, number in state.queue]
        alive = [t for t in state.under_way.values() if t.state in ALIVE]
        alive.sort(key=lambda task: task.number)
        others: list[Task] = []
        failed: list[Task] = []
        over: list[Task] = []
        for task in state.tasks.values():  # once: it is asked at every fact, of a long history
            match task.state:
                case TaskState.HELD | TaskState.BLOCKED:
                    others.append(task)
                case TaskState.FAILED:
                    failed.append(task)
                case TaskState.LANDED | TaskState.REJECTED | TaskState.CANCELLED | TaskState.DONE:
                    over.append(task)
        others.sort(key=lambda task: task.turn)
        return [
            ("Next", queued), ("Held or blocked", others), ("At work", alive), ("Failed", failed),
            ("Finished", nlargest(RECENT, over, key=lambda task: task.since)),
        ]  # fmt: skip

    def _group(self, heading: str, tasks: list[Task]) -> list[Line]:
        if not tasks:
            return []
        lines = [Line(None, ((f" {heading} ", "title"), (f"{len(tasks)}", "faint")))]
        return lines + [self._line(task) for task in tasks]

    def _line(self, task: Task) -> Line:
        session = self.world.session_of(task)
        seen = looks.look(task, session)
        priority = f"{task.priority:+d} " if task.priority else ""
        after = f" after {', '.join(task.after)}" if task.after and task.state in UNBEGUN else ""
        return Line(
            task.id,
            (
                (f" {seen.glyph} ", seen.ink), (f"{task.id:<5}", "dim"), (priority, "landing"),
                (task.title, "strong" if task.state not in GIVEN_UP else "over"), (after, "faint"),
            ),
            ((f" {seen.word}", seen.ink), (f" {age(self.world.now - task.since):>5} ", "dim")),
        )  # fmt: skip

    def _detail(self) -> None:
        task = self.chosen
        if task is None:
            self.detail.show([])
            return
        session = self.world.session_of(task)
        seen = looks.look(task, session)
        since = age(self.world.now - task.since)
        place = f"  {since} · {folder(task.repo)} · priority {task.priority}"
        wanted = [part for part in (task.harness, task.subscription, task.model) if part]
        paragraphs = [
            [(task.title, "strong")],
            [(f"{seen.glyph} {seen.word}", seen.ink), (place, "dim")],
        ]
        if said := why(self.world.state, task):
            paragraphs.append([(said, "blocked" if task.state in UNBEGUN else "plain")])
        for label, said in (
            ("after", ", ".join(task.after)),
            ("wants", " · ".join(wanted)),
            ("agent", f"{session.id} {who(session)}" if session else ""),
        ):
            if said:
                paragraphs.append([(f"{label}: {said}", "dim")])
        paragraphs.append([])
        self.detail.show([*paragraphs, *text(self._text(task))], keep=True)

    def _text(self, task: Task) -> str:
        """Read a task's words, once as long as they are looked at."""
        if self._told[0] != task.told:
            self._told = (task.told, clean(self.world.journal.text(task.told)))
            self.detail.top = 0
        return self._told[1]

    @property
    def chosen(self) -> Task | None:
        """The chosen task."""
        return self.world.state.tasks.get(self.list.chosen or "")

    def on_listing_chosen(self) -> None:
        """Tell about the task that is chosen now."""
        self._detail()
        self.refresh_bindings()

    def on_listing_opened(self) -> None:
        """Go where the task is."""
        self.action_go()

    def why_not(self, action: str) -> str | None:
        """Say why an action makes no sense for the chosen task."""
        if action not in ("hold", "priority", "edit", "cancel", "retry", "go"):
            return None
        task = self.chosen
        if task is None:
            return "no task is chosen"
        if action in ("hold", "priority", "edit") and task.state not in UNBEGUN:
            return f"{task.id} has begun"
        if action == "cancel" and task.state not in UNBEGUN | ALIVE | {TaskState.FAILED}:
            return f"{task.id} is {task.state}"
        if action == "retry" and task.state not in GIVEN_UP:
            return f"{task.id} was not given up"
        if action == "go" and task.session is None:
            return f"{task.id} has no agent yet"
        return None

    # Acts.

    def action_hold(self) -> None:
        """Hold the chosen task, or release it."""
        if task := self.chosen:
            deed = acts.release if task.state is TaskState.HELD else acts.hold
            self.act(lambda: deed(self.world.journal, task.id))

    def action_priority(self, by: int) -> None:
        """Change the chosen task's priority."""
        if task := self.chosen:
            self.act(
                lambda: acts.edit_task(self.world.journal, task.id, priority=task.priority + by)
            )

    def action_edit(self) -> None:
        """Change the chosen task's words."""
        if task := self.chosen:
            from conductor.tui.screens.edit_task import edit

            edit(self, task)

    def action_cancel(self) -> None:
        """Give the chosen task up."""
        if task := self.chosen:
            from conductor.tui.dialogs import cancel

            cancel(self, task)

    def action_retry(self) -> None:
        """Queue the chosen task anew."""
        if task := self.chosen:
            self.act(lambda: acts.retry(self.world.journal, task.id), f"{task.id} is queued anew.")

    def action_go(self) -> None:
        """Go to the chosen task's agent or change."""
        task = self.chosen
        if task is None or task.session is None:
            return
        if task.state in (TaskState.RUNNING, TaskState.WAITING):
            from conductor.tui.screens.fleet import Fleet

            Fleet.wanted = task.id
            room = "fleet"
        else:
            from conductor.tui.screens.review import Review

            Review.wanted = task.id
            room = "review"
        self.app.run_worker(self.app.run_action(f"room('{room}')"))
