"""Lines of agents' records and of our own inboxes: what one tells, however strange it is."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence

import harnesses as h
from harnesses import hooks

STRANGE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What reading a line may end in that is not as its vendor wrote it when we learned to read it."""

log = logging.getLogger("conductor.runner")


def sightings_of(harness: h.Harness | None, line: str) -> Sequence[h.Sighting]:
    """Say what a line tells: nothing, where it is so strange that its harness cannot read it.

    Else it would be met again at each start of a runner, and none would get past it.
    """
    try:
        return tuple(harness.read(line)) if harness else ()
    except STRANGE as error:
        log.warning("%s cannot read a line: %r: %.200s", harness and harness.name, error, line)
        return ()


def exit_of(line: str) -> tuple[bool, int | None]:
    """Say whether a line is our launch script's last word, and the exit code it tells."""
    if not line.startswith('{"conductor":"exited"'):
        return False, None
    try:
        code = json.loads(line).get("code")
    except ValueError:
        return False, None
    return True, code if isinstance(code, int) else None


def is_older(line: str, began: float) -> bool:
    """Say whether a line of a record tells that it was written before a session began."""
    entry = hooks.parse(line)
    return entry is not None and 0.0 < hooks.moment(entry) < began
