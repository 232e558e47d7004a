"""What the four rooms share: the line above, the line below, and how they follow the world."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from conductor.acts import Refused
from conductor.journal import JournalError
from conductor.tui.widgets.key_line import KeyLine
from conductor.tui.widgets.painted import Inked
from conductor.tui.widgets.top_line import TopLine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widget import Widget

    from conductor.tui.world import World


class Room(Inked):
    """One of the main screens."""

    NAME: ClassVar[str] = ""
    HELP_TEXT: ClassVar[str] = ""
    MORE_KEYS: ClassVar[Sequence[tuple[str, Sequence[BindingType]]]] = ()  # of its parts, in help

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.top_line = TopLine(self.NAME)
        self.key_line = KeyLine()

    def compose(self) -> ComposeResult:
        """Lay out the room."""
        yield self.top_line
        yield from self.body()
        yield self.key_line

    def body(self) -> Iterable[Widget]:
        """Return what is between the lines."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Show the world from the first frame on."""
        self.follow()

    def on_screen_resume(self) -> None:
        """Catch up with what happened while another room was shown."""
        self.follow()

    def enter(self) -> None:
        """Begin where a person begins who comes from another room: of itself, where they left."""

    def follow(self) -> None:
        """Show the world as it is now."""
        self.top_line.show(self.world)
        self.show()
        self.refresh_bindings()

    def show(self) -> None:
        """Show what this room is about."""
        raise NotImplementedError

    def tick(self) -> None:
        """Let the ages on the screen grow."""
        self.show()

    def why_not(self, action: str) -> str | None:
        """Say why an action makes no sense now; None if it does."""
        return None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what makes sense now."""
        return None if self.why_not(action) else True

    def act(self, deed: Callable[[], object], done: str = "") -> bool:
        """Do something in the person's name, and say what came of it."""
        try:
            deed()
        except (Refused, JournalError) as error:
            self.app.notify(str(error), severity="warning", markup=False)
            return False
        self.world.catch_up()
        self.follow()
        if done:
            self.app.notify(done, markup=False, timeout=3)
        return True
