"""Editing in the person's own editor: a file of a change, or the files of a conflict."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

from conductor import acts
from conductor.cleaning import clean_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from textual.app import App

    from conductor.state import Task
    from conductor.tui.screens.room import Room

_BY_PLUS = frozenset({"vi", "vim", "nvim", "gvim", "nano", "emacs", "micro", "kak", "joe", "ne"})
_BY_COLON = frozenset({"hx", "helix", "zed", "subl"})


def edit(room: Room, task: Task, path: str, line: int) -> None:
    """Let the person edit a file while its agent rests; what they changed is read anew."""
    journal = room.world.journal
    try:
        file = _within(acts.editable(journal, task.id).worktree or "", path)
        before = _content(file)
        by_hand(room.app, line, file)
    except acts.Refused as error:
        room.app.notify(str(error), severity="warning", markup=False)
        return
    if _content(file) != before:
        told = f"{clean_line(path)} is kept and read anew; its agent is told with the next round."
        room.act(lambda: acts.edited(journal, task.id, (path,)), told)


def by_hand(app: App[object], line: int, *files: Path) -> None:
    """Hand the terminal to the person's editor until they leave it; refuse where that fails."""
    from textual.app import SuspendNotSupported

    try:
        argv = _command(line, *files)
        with app.suspend():
            done = subprocess.run(argv, cwd=files[0].parent, check=False)
    except (OSError, ValueError) as error:
        raise acts.Refused(f"The editor cannot be started: {error}. Set EDITOR.") from None
    except SuspendNotSupported:
        raise acts.Refused(
            f"This terminal cannot be handed over; edit {clean_line(str(files[0]))} in another."
        ) from None
    app.refresh(layout=True)
    if done.returncode:
        app.notify(f"The editor ended with {done.returncode}.", severity="warning", markup=False)


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


def _command(line: int, *files: Path) -> list[str]:
    """Return the command of the person's editor, at a line where we know how to say it."""
    argv = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    if not argv:
        raise acts.Refused("Set EDITOR to the editor you like.")
    first, *others = map(str, files)
    name = os.path.basename(argv[0])
    if name in _BY_PLUS:
        return [*argv, f"+{line}", first, *others]
    return [*argv, f"{first}:{line}" if name in _BY_COLON else first, *others]
