"""How a person arranges the fleet: what is shown, in what order, how large, and grouped by what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.binding import Binding

from conductor.tui.screens.room import Room
from conductor.tui.view import GROUPS, View

if TYPE_CHECKING:
    from conductor.state import Task
    from conductor.tui.widgets.filter import Filter
    from conductor.tui.widgets.wall import Wall

LETTERS = "asdfghjklqwertyuiopzxcvbnm1234567890"
ARRANGING = [
    Binding("slash", "filter", "Filter", id="fleet.filter",
            tooltip="Show only the agents whose tile says these words"),
    Binding("x", "hide", "Hide", id="fleet.hide", show=False,
            tooltip="Hide this agent until all are shown again"),
    Binding("p", "pin", "Pin", id="fleet.pin", show=False,
            tooltip="Keep this agent in the first places; let a program outlive its session"),
    Binding("escape", "all", "Show all", id="fleet.all",
            tooltip="Show all agents again, hidden ones too"),
    Binding("g", "group", "Group", id="fleet.group", show=False,
            tooltip="Group by repository, state, subscription or tag, or not at all"),
    Binding("shift+left", "shift(-1)", "Earlier", id="fleet.earlier", show=False,
            tooltip="Move this tile one place forward"),
    Binding("shift+right", "shift(1)", "Later", id="fleet.later", show=False,
            tooltip="Move this tile one place back"),
    Binding("plus", "grow(1.25)", "Larger", id="fleet.larger", show=False,
            tooltip="Make this tile larger"),
    Binding("minus", "grow(0.8)", "Smaller", id="fleet.smaller", show=False,
            tooltip="Make this tile smaller"),
    Binding("equals_sign", "even", "Even", id="fleet.even", show=False,
            tooltip="Forget how tiles were moved and stretched"),
    Binding("j", "jump", "Jump", id="fleet.jump", show=False,
            tooltip="Put a letter on every tile and go to the one you press"),
    Binding("D", "dense", "Dense", id="fleet.dense", show=False,
            tooltip="Leave the frames out, for more agents at once, or have them again"),
    Binding("h", "finished", "Finished", id="fleet.finished",
            tooltip="Show or hide finished tasks"),
]  # fmt: skip


class Arranging(Room):
    """The part of the fleet that a person sets up as they like it."""

    wall: Wall
    jumping = False

    @property
    def chosen(self) -> Task | None:
        """The task whose tile is chosen, or beside whose agent the chosen program stands."""
        face = self.wall.face
        return self.world.state.tasks.get(face.name) if face else None

    @property
    def view(self) -> View:
        """How the fleet is arranged; a new one is kept, and shown."""
        return self.world.view

    @view.setter
    def view(self, view: View) -> None:
        self.world.arrange(view)
        self.follow()

    def action_filter(self) -> None:
        """Ask for words, and show only what says them."""
        from conductor.tui.ahead import type_into
        from conductor.tui.widgets.filter import Filter

        line = Filter(self.view.words)
        self.mount(line, before=self.key_line)
        type_into(line)

    def on_input_changed(self, message: Filter.Changed) -> None:
        """Show what says the words as they are typed."""
        self.view = self.view.but(words=message.value)

    def on_filter_left(self) -> None:
        """Go on with what is shown."""
        self.query_one("#filter").remove()
        self.wall.focus()

    def action_hide(self) -> None:
        """Hide the chosen agent."""
        if chosen := self.wall.chosen:
            self.view = self.view.but(hidden=self.view.hidden | {chosen})

    def action_pin(self) -> None:
        """Put the chosen agent first, or back; let a program outlive its session, or not."""
        if (face := self.wall.face) and face.owner:
            from conductor.tui.tools import pin

            pin(self, face.session)
        elif task := self.chosen:
            self.view = self.view.but(pinned=self.view.pinned ^ {task.id})

    def action_all(self) -> None:
        """Show all agents again, side by side."""
        if self.wall.zoomed:
            self.wall.zoom(on=False)
        self.view = self.view.but(words="", hidden=frozenset())

    def action_finished(self) -> None:
        """Show or hide finished tasks."""
        self.view = self.view.but(finished=not self.view.finished)

    def action_dense(self) -> None:
        """Draw tiles without frames, or with them."""
        self.view = self.view.but(dense=not self.view.dense)

    def action_group(self) -> None:
        """Group by the next thing there is to group by."""
        at = GROUPS.index(self.view.group) if self.view.group in GROUPS else 0
        self.view = self.view.but(group=GROUPS[(at + 1) % len(GROUPS)])

    def action_shift(self, by: int) -> None:
        """Move the chosen tile by one place."""
        names = [face.task for face in self.wall.faces]
        if self.wall.chosen in names:
            at = names.index(self.wall.chosen)
            self._move(self.wall.chosen, names[max(0, min(len(names) - 1, at + by))])

    def _move(self, task: str, onto: str) -> None:
        self.view = self.view.moved([face.task for face in self.wall.faces], task, onto)

    def on_wall_moved(self, message: Wall.Moved) -> None:
        """Give a tile the place it was dragged to."""
        self._move(message.task_id, message.onto)

    def on_wall_stretched(self, message: Wall.Stretched) -> None:
        """Let tiles be as large as they were dragged."""
        self.view = self.view.stretched(message.sizes)

    def action_grow(self, by: float) -> None:
        """Make the chosen tile larger or smaller."""
        if chosen := self.wall.chosen:
            self.view = self.view.stretched({chosen: (by, by)})

    def action_even(self) -> None:
        """Forget how tiles were moved and stretched."""
        self.view = self.view.but(order=(), sizes={})

    def action_jump(self) -> None:
        """Put a letter on every tile; the next key goes to the one that has it."""
        self.jumping = True
        self.key_line.say("Press a tile's letter to go there; any other key leaves.")
        self.follow()

    def _jump(self, letter: str | None) -> None:
        self.jumping = False
        self.key_line.say(None)
        for face in self.wall.faces:
            if letter and face.key == letter:
                self.wall.choose(face.task)
        self.follow()

    async def on_event(self, event: events.Event) -> None:
        """Take a tile's letter before it can be anybody's key."""
        if self.jumping and isinstance(event, events.Key):
            event.stop()
            self._jump(event.character)
        else:
            await super().on_event(event)
