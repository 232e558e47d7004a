"""Whether this machine has a tmux we can use, and the line that installs one if not."""

from __future__ import annotations

import re
import shutil
import subprocess

from conductor.cleaning import clean_line
from conductor.terminals.errors import TerminalError

OLDEST = (3, 2)


def require() -> str:
    """Return the version of tmux, or say what is missing and how to install it."""
    path = shutil.which("tmux")
    if path is None:
        raise TerminalError(f"tmux is not installed; install it with: {_install_line()}")
    try:
        asked = subprocess.run([path, "-V"], capture_output=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TerminalError(f"{path} cannot be run: {error}") from error
    said = asked.stdout.decode(errors="replace").strip()
    if "\n" in said:
        raise TerminalError(
            f"{path} says something before tmux does: {clean_line(said, 60)!r}."
            " Have it write that to standard error"
        )
    version = said.removeprefix("tmux ")
    found = numbers(version)
    # OpenBSD's own tmux ("openbsd-7.5") is numbered after the system and is always recent.
    if not version.startswith("openbsd-") and (found is None or found < OLDEST):
        raise TerminalError(
            f"tmux {version or 'of unknown version'} is too old, 3.2 or newer is needed;"
            f" install it with: {_install_line()}"
        )
    return version


def numbers(version: str) -> tuple[int, int] | None:
    """Read `3.3a` or `next-3.6` as (3, 3) or (3, 6)."""
    found = re.search(r"(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if found else None


def _install_line() -> str:
    for tool, line in (
        ("brew", "brew install tmux"),
        ("apt-get", "sudo apt-get install tmux"),
        ("dnf", "sudo dnf install tmux"),
        ("pacman", "sudo pacman -S tmux"),
        ("apk", "sudo apk add tmux"),
    ):
        if shutil.which(tool):
            return line
    return "your system's package manager (apt-get, dnf or brew install tmux)"
