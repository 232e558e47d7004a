"""Opening the person's home for a command, and having the runner up when an act needs it."""

from __future__ import annotations

import sys

from conductor.journal import Journal
from conductor.places import places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.places import Places


def open_home() -> tuple[Places, Journal]:
    """Make sure of our folders, and open the journal in them."""
    where = places()
    where.make()
    return where, Journal(where.journal)


def wake_runner(where: Places, done: str) -> None:
    """Print what was done, once a runner is up to carry it out; if none can start, say both."""
    from conductor.runner.door import ensure
    from conductor.terminals.errors import TerminalError

    try:
        started = ensure(where)
    except TerminalError as error:
        raise TerminalError(f"{done} But the runner cannot start: {error}") from error
    print(done)
    if started:
        print("The runner was started.", file=sys.stderr)
