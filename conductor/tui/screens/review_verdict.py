"""What the person decides about a change: let it land, send it back, turn it down, undo it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType

from conductor import acts
from conductor.tui.screens.room import Room

if TYPE_CHECKING:
    from conductor.state import Task

JUDGING: list[BindingType] = [
    Binding("y", "approve", "Approve", id="review.approve", tooltip="Let the change land"),
    Binding("b", "send_back", "Send back", id="review.send_back",
            tooltip="Tell its agent what is still to be done"),
    Binding("x", "reject", "Reject", id="review.reject", tooltip="Turn it down, with a reason"),
    Binding("u", "undo", "Undo", id="review.undo", tooltip="Take this landing back, exactly"),
    Binding("F", "fork", "Fork", show=False, id="review.fork",
            tooltip="Have a second agent go on from here, in a worktree of its own"),
    Binding("C", "conflict", "Conflict", show=False, id="review.conflict",
            tooltip="What keeps it from fitting its target, three-way"),
]  # fmt: skip


class Verdict(Room):
    """A room in which a change is chosen."""

    @property
    def chosen(self) -> Task | None:
        """The task whose change is chosen."""
        raise NotImplementedError

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

    def action_fork(self) -> None:
        """Have a second agent go on from where the chosen change stands."""
        if (task := self.chosen) and (session := self.world.session_of(task)):
            from conductor.tui.dialogs import fork

            fork(self, session)

    def action_conflict(self) -> None:
        """Show what keeps the chosen change from fitting its target."""
        if task := self.chosen:
            from conductor.tui.screens.conflict import Conflict

            self.app.push_screen(Conflict(self.world, task))
