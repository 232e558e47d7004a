"""Editing a file of a change in the person's own editor, in its session's worktree."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

from conductor import acts
from conductor.cleaning import clean_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.state import Task
    from conductor.tui.screens.room import Room

_BY_PLUS = frozenset({"vi", "vim", "nvim", "gvim", "nano", "emacs", "micro", "kak", "joe", "ne"})
_BY_COLON = frozenset({"hx", "helix", "zed", "subl"})


def edit(room: Room, task: Task, path: str, line: int) -> None:
    """Let the person edit a file while its agent rests; what they changed is read anew."""
    from textual.app import SuspendNotSupported

    app, journal = room.app, room.world.journal
    try:
        file = _within(acts.editable(journal, task.id).worktree or "", path)
        argv = _command(file, line)
        before = _content(file)
        with app.suspend():
            done = subprocess.run(argv, cwd=file.parent, check=False)
    except acts.Refused as error:
        app.notify(str(error), severity="warning", markup=False)
        return
    except (OSError, ValueError) as error:
        app.notify(f"The editor cannot be started: {error}. Set EDITOR.", severity="warning",
                   markup=False)  # fmt: skip
        return
    except SuspendNotSupported:
        app.notify(
            f"This terminal cannot be handed over; edit {clean_line(str(file))} in another.",
            markup=False,
        )
        return
    app.refresh(layout=True)
    if done.returncode:
        app.notify(f"The editor ended with {done.returncode}.", severity="warning", markup=False)
    if _content(file) != before:
        told = f"{clean_line(path)} is kept and read anew; its agent is told with the next round."
        room.act(lambda: acts.edited(journal, task.id, (path,)), told)


def _within(worktree: str, path: str) -> Path:
    """Find a file of a worktree, and refuse what a link leads out of it."""
    root = Path(worktree).resolve()
    file = (root / path).resolve()
    if not file.is_relative_to(root) or not file.is_file():
        raise acts.Refused(f"{path!a} is no file in the worktree now, so it cannot be edited.")
    return file


def _content(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None


def _command(file: Path, line: int) -> list[str]:
    """Return the command of the person's editor, at a line where we know how to say it."""
    argv = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    if not argv:
        raise acts.Refused("Set EDITOR to the editor you like.")
    name = os.path.basename(argv[0])
    if name in _BY_PLUS:
        return [*argv, f"+{line}", str(file)]
    return [*argv, f"{file}:{line}" if name in _BY_COLON else str(file)]
