"""Every agent's tile, drawn as one widget so that thirty cost hardly more than one."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from conductor.tui.ansi import RawStrip
from conductor.tui.sources import SourceError
from conductor.tui.spans import uncovered, write
from conductor.tui.widgets import tile
from conductor.tui.widgets.face import Face, Frame, screen_room
from conductor.tui.widgets.fitting import Fitting
from conductor.tui.widgets.grid import DENSEST, SMALLEST, Place, beside, lay_out
from conductor.tui.widgets.painted import Painted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from textual.strip import Strip

    from conductor.tui.sources import Screens


_group_of = attrgetter("group")


def _arranged(faces: Sequence[Face]) -> list[tuple[str, str, tuple[float, float]]]:
    return [(face.task, face.group, face.size) for face in faces]


class Tiles(Painted, can_focus=True):
    """Tiles of agents; one of them is chosen, and one may be stepped into."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "go('left')", "Left", show=False, id="wall.left"),
        Binding("right", "go('right')", "Right", show=False, id="wall.right"),
        Binding("up", "go('up')", "Up", show=False, id="wall.up"),
        Binding("down", "go('down')", "Down", show=False, id="wall.down"),
    ]

    class Chosen(Message, namespace="wall"):
        """Another tile was chosen, or the person stepped into or out of one."""

    class Scrolled(Message, namespace="wall"):
        """Others can be seen than before."""

    class Failed(Message, namespace="wall"):
        """Something that was typed did not arrive."""

        def __init__(self, why: str) -> None:
            super().__init__()
            self.why = why

    def __init__(self) -> None:
        super().__init__()
        self.faces: Sequence[Face] = ()
        self.chosen: str | None = None
        self.inside: str | None = None
        self.zoomed = False
        self.dense = False
        self.screens: Screens | None = None
        self.top = 0
        self.out_of_sight = (0, 0)  # how many tiles are above what can be seen, and below
        self.fitting = Fitting()
        self._places: dict[str, Place] = {}
        self._headings: dict[int, str] = {}
        self._bands: dict[int, list[tuple[str, Place]]] = {}  # the tiles of each line
        self._drawn: dict[str, list[str]] = {}
        self._by_task: dict[str, Face] = {}

    # What is shown.

    def show(self, faces: Sequence[Face], screens: Screens | None, *, dense: bool = False) -> None:
        """Show these agents; only the tiles that say something else are drawn again."""
        before, self._by_task = self._by_task, {face.task: face for face in faces}
        same = _arranged(self.faces) == _arranged(faces) and dense == self.dense
        self.dense = dense
        were, self.faces, self.screens = self.faces, faces, screens
        self.fitting.screens = screens
        if self.chosen not in self._by_task:
            self.chosen = self._near(before.get(self.chosen or ""), were)
            same = False
        if self.inside is not None and self.inside not in self._by_task:
            self.leave()
        if not same:
            self.lay_out()
            return
        self._redraw(face.task for face in faces if face != before.get(face.task))

    def _near(self, gone: Face | None, were: Sequence[Face]) -> str | None:
        """Choose what is next to a tile that is gone: its agent's, the one after it, or before."""
        names = [face.task for face in were]
        at = names.index(gone.task) if gone else 0
        nearest = [gone.name if gone else "", *names[at:], *reversed(names[:at])]
        others = [*nearest, *self._by_task]
        return next((name for name in others if name in self._by_task), None)

    def lay_out(self) -> None:
        """Give each tile its place."""
        width, height = self.size
        shown = list(self.faces)
        if self.zoomed and self.chosen in self._by_task:
            shown = [self._by_task[self.chosen].but(group="")]
        groups = [(name, [face.size for face in some]) for name, some in groupby(shown, _group_of)]
        laid = lay_out(groups, width, height, self.smallest)
        self._places = dict(zip([face.task for face in shown], laid.places, strict=False))
        self._headings = dict(laid.headings)
        self._bands = {}
        for task, place in self._places.items():
            for y in range(place.y, place.y + place.height):
                self._bands.setdefault(y, []).append((task, place))
        self._drawn.clear()
        self._into_sight()
        self._follow()
        self.refresh()

    @property
    def smallest(self) -> tuple[int, int]:
        """How small a tile may be."""
        return DENSEST if self.dense else SMALLEST

    def _into_sight(self) -> None:
        place = self._places.get(self.chosen or "")
        height = self.size.height
        if place and height:
            self.top = max(min(self.top, place.y), place.y + place.height - height)
        lowest = max((p.y + p.height for p in self._places.values()), default=0)
        self.top = max(0, min(self.top, lowest - height))

    def _follow(self) -> None:
        """Have exactly the screens kept up to date that can be seen; say how many can't."""
        above = sum(1 for p in self._places.values() if p.y + p.height <= self.top)
        bottom = self.top + self.size.height
        below = sum(1 for p in self._places.values() if p.y >= bottom)
        if (above, below) != self.out_of_sight:
            self.out_of_sight = (above, below)
            self.post_message(self.Scrolled())
        if self.screens is not None:
            self.screens.follow(self.followed)

    @property
    def followed(self) -> list[str]:
        """The sessions whose screens can be seen."""
        seen = [t for t in self._places if self._in_sight(self._places[t])]
        return [session for t in seen if (session := self._by_task[t].session)]

    def _in_sight(self, place: Place) -> bool:
        return place.y < self.top + self.size.height and place.y + place.height > self.top

    def dirty(self, sessions: Iterable[str]) -> None:
        """Draw the tiles of these sessions again, as far as they changed."""
        named = set(sessions)
        self._redraw(face.task for face in self.faces if face.session in named)

    @property
    def face(self) -> Face | None:
        """What is chosen."""
        return self._by_task.get(self.chosen or "")

    def _redraw(self, tasks: Iterable[str]) -> None:
        """Have drawn again what says something else now: each line once for all tiles."""
        height = self.size.height
        lines: set[int] = set()
        changed: list[tuple[int, int, str]] = []
        for task in tasks:
            place, before = self._places.get(task), self._drawn.pop(task, None)
            if place is None or not self._in_sight(place):
                continue
            at = place.y - self.top
            if before is None:
                lines.update(range(at, at + place.height))
            else:
                now = self._tile(task)
                changed += [
                    (place.x, at + n, now[n])
                    for n, old in enumerate(before)
                    if old != now[n] and 0 <= at + n < height
                ]
        if changed and not lines and uncovered(self):
            write(self, changed)
            return
        lines.update(y for _, y, _ in changed)
        self.refresh_lines_of(*(y for y in lines if 0 <= y < height))

    def recolour(self) -> None:
        """Draw anew, in new colours."""
        self._drawn.clear()
        self.refresh()

    def on_resize(self) -> None:
        """Lay the tiles out anew."""
        self.lay_out()

    def _tile(self, task: str) -> list[str]:
        lines = self._drawn.get(task)
        if lines is None:
            face, place = self._by_task[task], self._places[task]
            screen = self.screens.screen(face.session) if self.screens else None
            frame = Frame(task == self.chosen, task == self.inside, self.dense)
            lines = tile.draw(face, frame, screen, (place.width, place.height), self.inks)
            self._drawn[task] = lines
        return lines

    def paint(self, y: int, width: int) -> Strip:
        """Return one line of the wall: what its tiles have there, side by side."""
        at = y + self.top
        if name := self._headings.get(at):
            return self.inks.line([(f" {name} ", "strong")], width)
        parts: list[str] = []
        x = 0
        for task, place in self._bands.get(at, ()):
            parts.append(self._tile(task)[at - place.y])
            x = place.x + place.width
        if x < width:
            parts.append(self.inks.row((), width - x))
        return RawStrip("".join(parts), width)

    # Choosing.

    def choose(self, task: str | None) -> None:
        """Choose a tile."""
        if task == self.chosen or (task is not None and task not in self._by_task):
            return
        before, self.chosen = self.chosen, task
        top = self.top
        if self.zoomed:
            self.zoom(on=True)
        else:
            self._into_sight()
            self._drawn.pop(before or "", None)
            self._drawn.pop(task or "", None)
            if self.top != top:
                self._follow()
            self.refresh()
        self.post_message(self.Chosen())

    def action_go(self, way: str) -> None:
        """Choose the tile that lies that way."""
        if self.zoomed:
            names = [face.task for face in self.faces]
            if self.chosen in names:
                by = -1 if way in ("left", "up") else 1
                self.choose(names[(names.index(self.chosen) + by) % len(names)])
            return
        here = self._places.get(self.chosen or "")
        if here is None:
            return
        self.choose(beside(here, way, self._places) or self.chosen)

    def zoom(self, *, on: bool) -> None:
        """Give the chosen tile the whole wall, or all tiles their places again."""
        self.zoomed = on
        self.give_back()
        self.lay_out()
        if on:
            self._fit()

    def give_back(self) -> None:
        """Give terminals the size they had before the person looked closely."""
        self._try(self.fitting.give_back)

    def _fit(self) -> None:
        """Give the agent the person looks closely at the room its tile has: whole lines."""
        if (face := self.face) is not None:
            back = not face.owner  # a person's own program is there for this tile
            size = self.room_of_chosen
            self._try(lambda: self.fitting.fit(face.session, size, back=back))

    @property
    def room_of_chosen(self) -> tuple[int, int]:
        """How much of the chosen tile is left for a screen."""
        face, place = self.face, self._places.get(self.chosen or "")
        if face is None or place is None:
            return (0, 0)
        return screen_room(face, (place.width, place.height), dense=self.dense)

    def _try(self, deed: Callable[[], None]) -> None:
        try:
            deed()
        except SourceError as error:
            self.post_message(self.Failed(str(error)))

    def leave(self) -> None:
        """Step out of the tile the person is inside."""
        raise NotImplementedError

    def _scroll(self, by: int) -> None:
        lowest = max((p.y + p.height for p in self._places.values()), default=0)
        self.top = max(0, min(self.top + by, lowest - self.size.height))
        self._follow()
        self.refresh()
