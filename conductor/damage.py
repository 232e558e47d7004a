"""What is wrong with a journal that cannot be used, and what to do: one sentence."""

from __future__ import annotations

import os


def sentence(error: BaseException, folder: str) -> str:
    """Say what SQLite, or the system, has against the journal in a folder, and what to do."""
    file = os.path.join(folder, "journal.db")
    said = str(error)
    if isinstance(error, OSError) and error.strerror:  # without its number
        said = f"{error.strerror} ({error.filename})" if error.filename else error.strerror
    return f"The journal {file} cannot be used: {said}. {_advice(said, folder)}"


def _advice(error: str, folder: str) -> str:
    if "full" in error or "No space" in error or ("I/O" in error and _no_room(folder)):
        return "The disk is full: free some space; nothing that was acknowledged is lost."
    if (
        "readonly" in error
        or "unable to open" in error
        or "ermission" in error
        or "Read-only" in error
    ):
        return "Make its folder writable, or set CONDUCTOR_HOME to one that is."
    if "malformed" in error or "not a database" in error or "decode" in error:
        return "Rename its folder and start anew; sqlite3's .recover reads what is left in it."
    return "Try again; if it stays, `conductor doctor` says more."


def _no_room(folder: str) -> bool:
    """Say whether the disk is full, which SQLite tells as an error of input and output."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < 1 << 20
