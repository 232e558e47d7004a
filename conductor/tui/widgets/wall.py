"""The wall of tiles in a person's hands: the mouse on it, and stepping into an agent's terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from conductor.tui.keys import LEAVE, hand_on
from conductor.tui.sources import SourceError
from conductor.tui.widgets.dragging import Drag, grip
from conductor.tui.widgets.tile import inner
from conductor.tui.widgets.tiles import Tiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from textual import events


class Wall(Tiles):
    """Tiles of agents; one of them is chosen, and one may be stepped into."""

    class Stretched(Message):
        """A border was dragged: these tiles are to be larger or smaller by these factors."""

        def __init__(self, sizes: Mapping[str, tuple[float, float]]) -> None:
            super().__init__()
            self.sizes = sizes

    class Moved(Message):
        """A tile was dragged onto another's place."""

        def __init__(self, task: str, onto: str) -> None:
            super().__init__()
            self.task_id = task
            self.onto = onto

    class Opened(Message):
        """The chosen tile was clicked again: the person wants to be inside."""

    class Past(Message):
        """The person turned the wheel back inside a tile: they want to see what was there."""

    _drag: Drag | None = None

    # The mouse.

    def on_click(self, event: events.Click) -> None:
        """Choose the tile that is clicked; clicking it again steps into it."""
        for task, place in self._places.items():
            if (
                place.x <= event.x < place.x + place.width
                and place.y <= event.y + self.top < place.y + place.height
            ):
                if self.inside is not None and self.inside != task:
                    self.leave()
                if task == self.chosen and self.inside is None:
                    self.post_message(self.Opened())
                self.choose(task)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of a border or of a tile's upper edge."""
        if self.inside is None and not self.zoomed and event.button == 1:
            self._drag = grip(event.x, event.y + self.top, self._places, self.smallest)
            if self._drag is not None:
                self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Let a border follow the mouse."""
        if self._drag is not None:
            sizes = self._drag.to(event.x, event.y + self.top, self._places)
            if sizes:
                self.post_message(self.Stretched(sizes))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let go: a tile takes the place of the one it was let go over."""
        drag, self._drag = self._drag, None
        if drag is None:
            return
        self.release_mouse()
        onto = drag.onto(event.x, event.y + self.top, self._places)
        if drag.moves and onto:
            self.post_message(self.Moved(drag.moves, onto))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Look further down."""
        self._scroll(3)
        event.stop()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Look further up, or inside a tile, further back."""
        if self.inside is not None:
            self.post_message(self.Past())
        else:
            self._scroll(-3)
        event.stop()

    # Inside a tile.

    awaited: str | None = None  # the terminal that was just opened, to be stepped into

    def dirty(self, sessions: Iterable[str]) -> None:
        """Draw these anew; step into one that was waited for."""
        named = frozenset(sessions)
        if self.awaited in named and self.awaited in self._by_task:
            terminal, self.awaited = self.awaited, None
            self.choose(terminal)
            self.enter()
        super().dirty(named)

    def step_on(self) -> None:
        """Step into the terminal that is waited for, if it is there already."""
        screens, terminal = self.screens, self.awaited
        if terminal and screens is not None and screens.screen(terminal) is not None:
            self.dirty([terminal])

    @property
    def room_of_chosen(self) -> tuple[int, int]:
        """How much of the chosen tile is left for a screen."""
        place = self._places.get(self.chosen or "")
        return inner((place.width, place.height), dense=self.dense) if place else (0, 0)

    def enter(self) -> None:
        """Step into the chosen tile: keys go to its agent."""
        self.inside = self.chosen
        self._hurry()
        self._drawn.pop(self.chosen or "", None)
        self._fit()
        self.focus()
        self.refresh()
        self.post_message(self.Chosen())

    def _hurry(self) -> None:
        """Have what is typed seen at once."""
        face = self._by_task.get(self.inside or "")
        if self.screens is not None:
            self.screens.hurry(face.session if face else None)

    def leave(self) -> None:
        """Step out again."""
        task, self.inside = self.inside, None
        self._hurry()
        self._drawn.pop(task or "", None)
        if not self.zoomed:
            self._try(self.fitting.give_back)
        self.refresh()
        self.post_message(self.Chosen())

    def on_key(self, event: events.Key) -> None:
        """Type to the agent, if the person is inside its tile."""
        face, screens = self._by_task.get(self.inside or ""), self.screens
        if face is None or screens is None:
            return
        event.stop()
        event.prevent_default()
        if event.key in LEAVE:
            self.leave()
        else:
            self._try(lambda: hand_on(screens, face.session, event.key, event.character))

    async def on_paste(self, event: events.Paste) -> None:
        """Paste to the agent, if the person is inside its tile."""
        face = self._by_task.get(self.inside or "")
        if face is not None and self.screens is not None:
            event.stop()
            try:
                await self.screens.paste(face.session, event.text)
            except SourceError as error:
                self.post_message(self.Failed(str(error)))
