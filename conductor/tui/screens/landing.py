"""Landing: the trains of what is to land, each with its check as it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical

from conductor import acts
from conductor.acts.finding import not_to_undo
from conductor.state import TaskState
from conductor.tui import trains
from conductor.tui.screens.room import Room
from conductor.tui.so_far import printed
from conductor.tui.widgets.listing import Listing
from conductor.tui.widgets.prose import Prose

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from conductor.state import Task


class Landing(Room):
    """What was approved, in the order it lands, and what landed last."""

    NAME = "landing"
    HELP_TEXT = (
        "Each change is merged in memory onto the target and those ahead of it, and checked as "
        "such, several at once. The first that has passed lands. One that fails goes back to its "
        "agent, and the rest is merged anew without it. What conflicts with something ahead waits "
        "until that has landed. Nothing of yours is overwritten: a checkout with changes of your "
        "own makes a landing wait."
    )
    CSS_PATH = "landing.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go", "Read it", id="landing.go", tooltip="Read the change"),
        Binding("c", "conflict", "Conflict", id="landing.conflict",
                tooltip="What keeps it from fitting its target, three-way"),
        Binding("b", "send_back", "Send back", id="landing.send_back",
                tooltip="Take the approval back, with what is still to be done"),
        Binding("w", "leave", "Without my checkout", id="landing.leave",
                tooltip="Land without your checkout, which stays as it is on another branch"),
        Binding("u", "undo", "Undo", id="landing.undo", tooltip="Take this landing back"),
    ]  # fmt: skip

    def body(self) -> Iterable[Widget]:
        """Return the trains, and beside them what is known of one car."""
        self.cars = Listing(empty="Nothing is landing: y in Review lets a change land.", id="cars")
        self.detail = Prose(id="car")
        yield Vertical(self.cars, self.detail)

    def show(self) -> None:
        """Show the trains as they are now."""
        self.cars.show(trains.lines(self.world))
        self._tell()

    @property
    def chosen(self) -> Task | None:
        """The task whose landing is chosen."""
        return self.world.state.tasks.get(self.cars.chosen or "")

    def _tell(self) -> None:
        task = self.chosen
        told = trains.told(self.world, task, self._output(task)) if task else []
        self.detail.show(told, keep=True)

    def _output(self, task: Task) -> str | None:
        """Return the end of what a check has printed so far; None if none runs."""
        return printed(self.world, task, max(3, self.detail.size.height - 6))

    def on_listing_chosen(self) -> None:
        """Tell about the car that is chosen now."""
        self.detail.top = 0
        self._tell()
        self.refresh_bindings()

    def on_listing_opened(self) -> None:
        """Read what is clicked again."""
        self.run_worker(self.action_go())

    def why_not(self, action: str) -> str | None:
        """Say why an action makes no sense for the chosen landing."""
        if action not in ("go", "conflict", "send_back", "undo", "leave"):
            return None
        if (task := self.chosen) is None:
            return "no landing is chosen"
        if action == "leave":
            parked = task.state is TaskState.LANDING and task.why
            return None if parked else f"{task.id} waits for nothing of yours"
        landed = task.state is TaskState.LANDED
        if action == "undo":
            return not_to_undo(task)
        return f"{task.id} has landed" if landed and action != "go" else None

    # Acts.

    async def action_go(self) -> None:
        """Read the chosen change."""
        from conductor.tui.screens.review import Review

        if task := self.chosen:
            Review.wanted = task.id
            await self.app.run_action("room('review')")

    def action_conflict(self) -> None:
        """Show what keeps the chosen change from fitting."""
        if task := self.chosen:
            from conductor.tui.screens.conflict import Conflict

            self.app.push_screen(Conflict(self.world, task))

    def action_send_back(self) -> None:
        """Send the chosen change back."""
        if task := self.chosen:
            from conductor.tui.dialogs import send_back

            send_back(self, task)

    def action_leave(self) -> None:
        """Let the chosen landing go on without the person's checkout."""
        if task := self.chosen:
            self.act(
                lambda: acts.leave_checkout(self.world.journal, task.id),
                f"{task.id} lands without your checkout, which stays as it is.",
            )

    def action_undo(self) -> None:
        """Take the chosen landing back."""
        if task := self.chosen:
            self.act(
                lambda: acts.undo(self.world.journal, task.id),
                f"The landing of {task.id} is being taken back.",
            )
