"""The demo: a small real project, a queue of tasks, rehearsed agents; no account, no network."""

from __future__ import annotations

import contextlib
import os
import signal
import sys

from conductor.acts import Refused
from conductor.demo.errors import DemoError
from conductor.demo.stage import Stage, fill_queue, set_stage
from conductor.journal import Journal, JournalError
from conductor.places import PlaceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

DEADLINE = 600.0
"""Seconds that a demo without screens may take; it needs about eighty."""


def run(*, headless: bool, into: str | None, deadline: float = DEADLINE) -> int:
    """Play the demo: on the screens, or without a terminal to its end; 1 with a sentence if not."""
    from conductor.terminals.errors import TerminalError
    from harnesses import HarnessError
    from worktrees.errors import GitError

    try:
        return _run(headless=headless, into=into, deadline=deadline)
    except (
        DemoError, JournalError, PlaceError, Refused, TerminalError, HarnessError, GitError
    ) as error:  # fmt: skip
        hint = getattr(error, "hint", "")
        print(f"conductor: {error}{f'. {hint}' if hint else ''}", file=sys.stderr)
        return 1


def _run(*, headless: bool, into: str | None, deadline: float) -> int:
    from conductor.demo.script import parts
    from conductor.runner import door
    from conductor.terminals.install import require
    from harnesses.builtin.rehearsal import speed
    from worktrees.git import require_git

    require()
    require_git()
    on_screen = not headless and sys.stdin.isatty() and sys.stdout.isatty()
    stage = set_stage(into, f"{speed():g}")
    # From here on this process is at home in the demo, and so is whatever it starts.
    os.environ["CONDUCTOR_HOME"] = stage.places.state
    with Journal(stage.places.journal) as journal:
        written = parts()
        fill_queue(stage, journal, written)
        if on_screen:
            door.ensure(stage.places)
            return _watch(stage, journal, keep=into is not None)
        from conductor.demo.visitor import Visitor

        print(f"The demo plays in {stage.folder}", flush=True)
        visitor = Visitor(stage, journal, written, lambda words: print(words, flush=True))
        with _closed_in_the_end(stage, journal):
            done = visitor.play(deadline)
            return _sum_up(stage, journal, done)


def _watch(stage: Stage, journal: Journal, *, keep: bool) -> int:
    """Open the screens; once they are left, say where everything is and end what would stay."""
    from conductor.demo.closing import close
    from conductor.demo.visitor import landed
    from conductor.tui.opening import run as show

    code = 1
    try:
        code = show(stage.places, [str(stage.project)])
    finally:
        going_on = keep and not landed(journal.catch_up())
        if not going_on:
            close(stage, journal)
    print(f"The project is in {stage.project}: `git log` there shows what has landed.")
    if going_on:
        print("Its agents go on meanwhile, since you named the folder.")
        print(f"To play it to its end and close it: {_us()} demo --headless --into {stage.folder}")
    else:
        print("Its agents and its runner were ended, nothing is left running.")
    print(f"To go on with it: {_us()} demo --into {stage.folder}")
    return code


def _us() -> str:
    """Say how to call us again: by our path where `uv run` found us, as for `make demo`."""
    found_by_uv = "UV_RUN_RECURSION_DEPTH" in os.environ and os.access(sys.argv[0], os.X_OK)
    return sys.argv[0] if found_by_uv else "conductor"


@contextlib.contextmanager
def _closed_in_the_end(stage: Stage, journal: Journal) -> Iterator[None]:
    """Leave nothing running, however the demo ends."""
    from conductor.demo.closing import close

    def leave(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, leave)
    try:
        yield
    finally:
        close(stage, journal)


def _sum_up(stage: Stage, journal: Journal, done: bool) -> int:
    from conductor.cleaning import clean_line
    from conductor.demo.closing import target_passes

    state = journal.catch_up()
    print()
    for task in state.tasks.values():
        what = f"{task.state}"
        if task.landed:
            what += f" {task.landed[:10]}"
        elif task.why:
            what += f": {clean_line(task.why)}"
        print(f"{task.id:<4} {task.title:<40} {what}")
    passes, words = target_passes(stage)
    print(f"\nThe project's tests on {words}")
    if not done:
        print(
            f"Not every task has landed. Everything is in {stage.folder}, the runner's log in "
            f"{stage.places.logs}; to go on: {_us()} demo --headless --into {stage.folder}"
        )
    return 0 if done and passes else 1
