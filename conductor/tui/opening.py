"""Opening the screens over a home, until the person leaves them."""

from __future__ import annotations

import sys

from conductor.journal import Journal, JournalError
from conductor.tui import layouts
from conductor.tui.app import Conductor
from conductor.tui.world import World

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.places import Places


def run(
    places: Places, folders: list[str], name: str = layouts.FIRST, *, stands_by: bool = False
) -> int:
    """Show the screens over these folders until the person leaves; return the exit code.

    With `stands_by`, a process is made ready meanwhile that shows the next ones at once.
    """
    from conductor.tui.live import LiveScreens

    places.make()
    try:
        journal = Journal(places.journal)
    except JournalError as error:
        print(f"conductor: {error}", file=sys.stderr)
        return 1
    with journal:
        world = World(
            journal,
            places,
            screens=LiveScreens(places),
            folders=tuple(folders),
            name=name,
        )
        world.read_settings()
        app = Conductor(world, stands_by=stands_by)
        code = app.run() or app.return_code or 0
        if app._exception is not None:
            raise app._exception  # so that a bug is kept and told as everywhere
        return code
