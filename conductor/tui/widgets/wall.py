"""The wall of tiles in a person's hands: the mouse on it, and stepping into an agent's terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from conductor.tui.keys import LEAVE, hand_on, take_all
from conductor.tui.sources import SourceError
from conductor.tui.widgets.dragging import Drag, grip
from conductor.tui.widgets.face import above, screen_room
from conductor.tui.widgets.fitting import is_readable
from conductor.tui.widgets.glimpse import first_row
from conductor.tui.widgets.tiles import Tiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from textual import events

    from conductor.terminals.pointing import Pointing


WHEEL_UP, WHEEL_DOWN, WHEEL_LEFT, WHEEL_RIGHT = 4, 5, 6, 7
"""The wheel's buttons, as agents are told of them."""


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
    _dragged = False
    _taken = (0, 0)  # where the mouse was pressed
    _pressed = 0  # the button an agent was told of, until it is told that it was let go
    _looked: str | None = None  # the session that was told that the person looks at it
    _pointed: tuple[str, Pointing] | None = None

    # The mouse.

    def on_click(self, event: events.Click) -> None:
        """Choose the tile that is clicked; clicking it again steps into it."""
        if self._dragged:
            return  # Textual takes for a click whatever ends on the widget on which it began
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
        self._dragged, self._taken = False, (event.x, event.y)
        if self.inside is not None and self._point(event, event.button):
            self._pressed = event.button
            self.capture_mouse()  # the agent is owed the end of what begins here
        elif self.inside is None and not self.zoomed and event.button == 1:
            self._drag = grip(event.x, event.y + self.top, self._places, self.smallest)
            if self._drag is not None:
                self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Let a border follow the mouse."""
        if self.inside is not None:
            self._point(event, self._pressed, moved=True)
        elif self._drag is not None:
            self._dragged = self._dragged or (event.x, event.y) != self._taken
            sizes = self._drag.to(event.x, event.y + self.top, self._places)
            if sizes:
                self.post_message(self.Stretched(sizes))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let go: a tile takes the place of the one it was let go over."""
        if self._pressed:
            self._point(event, self._pressed, released=True)
            self._pressed = 0
            self.release_mouse()
        drag, self._drag = self._drag, None
        if drag is None:
            return
        self.release_mouse()
        onto = drag.onto(event.x, event.y + self.top, self._places)
        if drag.moves and onto:
            self.post_message(self.Moved(drag.moves, onto))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Look further down."""
        if self.inside is None:
            self._scroll(3)
        else:
            self._point(event, WHEEL_DOWN)
        event.stop()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Look further up, or inside a tile, further back."""
        if self.inside is None:
            self._scroll(-3)
        elif not self._point(event, WHEEL_UP):
            self.post_message(self.Past())
        event.stop()

    def on_mouse_scroll_left(self, event: events.MouseScrollLeft) -> None:
        """Let the agent know."""
        self._point(event, WHEEL_LEFT)

    def on_mouse_scroll_right(self, event: events.MouseScrollRight) -> None:
        """Let the agent know."""
        self._point(event, WHEEL_RIGHT)

    def _point(
        self, event: events.MouseEvent, button: int, *, moved: bool = False, released: bool = False
    ) -> bool:
        """Let the agent know what the mouse does over its screen; False if it does not care."""
        at = self._over(event)
        if at is None or self.screens is None:
            return False
        session, x, y = at
        from conductor.terminals.pointing import Pointing

        held = event.shift * 1 | event.meta * 2 | event.ctrl * 4
        screens, pointing = self.screens, Pointing(button, x, y, moved, released, held)
        if moved and (session, pointing) == self._pointed:
            return True  # still the same cell
        self._pointed = (session, pointing)
        cares = False

        def point() -> None:
            nonlocal cares
            cares = screens.point(session, pointing)

        self._try(point)
        return cares

    def _over(self, event: events.MouseEvent) -> tuple[str, int, int] | None:
        """Say which cell of the agent's screen the mouse is over; dragged, it stays on it."""
        face, place = self._by_task.get(self.inside or ""), self._places.get(self.inside or "")
        screen = self.screens.screen(face.session) if face and self.screens else None
        if face is None or place is None or screen is None:
            return None
        columns, lines = screen.size
        size = (place.width, place.height)
        width, height = screen_room(face, size, dense=self.dense)
        over = above(face, size, dense=self.dense)
        x, y = event.x - place.x - 1, event.y + self.top - place.y - over
        width = min(columns, width)
        if self._pressed:
            x, y = max(0, min(x, width - 1)), max(0, min(y, height - 1))
        elif not (0 <= x < width and 0 <= y < height):
            return None
        y += first_row(screen, height)
        return (face.session, x, y) if y < lines else None

    # Inside a tile.

    _widened = False  # whether the tile has the whole wall only until the person leaves it
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

    def enter(self) -> None:
        """Step into the chosen tile: keys go to its agent."""
        self.inside = self.chosen
        take_all(inside=True)
        self._hurry()
        self._drawn.pop(self.chosen or "", None)
        self._look_closely()
        self.focus()
        self.refresh()
        self.post_message(self.Chosen())

    def _look_closely(self) -> None:
        """Have what the person is inside fit what they see of it: the whole wall, if need be."""
        if self.inside is not None and not self.zoomed and not is_readable(self.room_of_chosen):
            self._widened = self.zoomed = True
            self.lay_out()
        self._fit()

    def on_resize(self) -> None:
        """Lay the tiles out anew; who looks closely at one goes on to see whole lines."""
        super().on_resize()
        if self.inside is not None or self.zoomed:
            self._look_closely()

    def _hurry(self) -> None:
        """Have what is typed seen at once, and the agent told who looks."""
        face = self._by_task.get(self.inside or "")
        if self.screens is not None:
            self.screens.hurry(face.session if face else None)
            self._look()

    def _look(self) -> None:
        """Tell the agent inside whose tile the person is, and no other, that it is looked at."""
        face = self._by_task.get(self.inside or "")
        now = face.session if face is not None and self.app.app_focus else None
        before, self._looked = self._looked, now
        if self.screens is not None and now != before:
            for session in filter(None, (before, now)):
                self.screens.focus(session, there=session == now)

    def on_mount(self) -> None:
        """Follow whether the person looks at this terminal at all."""
        self.watch(self.app, "app_focus", self._look, init=False)

    def on_unmount(self) -> None:
        """Leave Textual's own table as it was."""
        take_all(inside=False)

    def leave(self) -> None:
        """Step out again."""
        task, self.inside = self.inside, None
        if self._pressed:
            self._pressed = 0
            self.release_mouse()
        take_all(inside=False)
        self._hurry()
        self._drawn.pop(task or "", None)
        if self._widened:
            self._widened = self.zoomed = False
            self.lay_out()
        if not self.zoomed:
            self.give_back()
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
