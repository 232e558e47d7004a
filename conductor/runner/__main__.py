"""Starts the runner in the background terminal that the runner's door opened for it."""

from __future__ import annotations

import gc
import sys


def main() -> int:
    """Run until asked to stop; what keeps it from starting is said in a sentence."""
    gc.disable()  # nothing of what a runner is made of is ever thrown away
    from conductor.journal import JournalError
    from conductor.places import PlaceError, places
    from conductor.runner.main import FAILED, run

    gc.freeze()
    gc.enable()
    try:
        return run(places())
    except (JournalError, PlaceError) as error:
        print(f"conductor: {error}", file=sys.stderr)
        return FAILED


sys.exit(main())
