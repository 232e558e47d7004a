"""Starts the runner in the background terminal that the runner's door opened for it."""

from __future__ import annotations

import gc
import os
import sys


def main() -> int:
    """Run until asked to stop; what keeps it from starting is said in a sentence."""
    gc.disable()  # nothing of what a runner is made of is ever thrown away
    from conductor.journal import JournalError
    from conductor.places import PlaceError, places
    from conductor.runner.main import FAILED, RENEWED, run

    gc.freeze()
    gc.enable()
    try:
        code = run(places(), renews=True)
    except (JournalError, PlaceError) as error:
        print(f"conductor: {error}", file=sys.stderr)
        return FAILED
    if code == RENEWED:
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606 — our own command line
    return code


sys.exit(main())
