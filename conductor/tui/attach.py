"""Handing the terminal over to tmux, and taking it back at the same place."""

from __future__ import annotations

import os
import subprocess

from conductor.tui.sources import SourceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.tui.screens.room import Room


def attach(room: Room, terminal: str) -> None:
    """Put the person into a session's terminal, or a tool's, until they detach."""
    from textual.app import SuspendNotSupported

    screens = room.world.screens
    if screens is None:
        return
    app = room.app
    try:
        argv = screens.attach_argv(terminal)
        with app.suspend():
            done = subprocess.run(list(argv), env=_environment(), check=False)
    except SourceError as error:
        app.notify(str(error), severity="warning", markup=False)
        return
    except SuspendNotSupported:
        words = " ".join(argv)
        app.notify(f"This terminal cannot be handed over; run: {words}", markup=False)
        return
    app.refresh(layout=True)
    if done.returncode:
        app.notify(
            f"tmux ended with {done.returncode}: is {terminal} still there?",
            severity="warning",
            markup=False,
        )


def _environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key not in ("TMUX", "TMUX_PANE")}
