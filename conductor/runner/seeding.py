"""The files an agent finds at its start: ours written anew, the vendor's own changed with care.

A vendor's file is the person's too. It is replaced in one step or not at all, keeps its mode and
its place behind a link, and is left alone while one of the vendor's processes uses it.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
from collections.abc import Mapping
from pathlib import Path

from conductor.terminals import processes
from harnesses import HarnessError, Launch, Merge
from worktrees import names

TRIES = 5
"""How often a file is read again that somebody else changed meanwhile."""

_one_at_a_time = threading.Lock()


def sow(launch: Launch, folder: Path) -> dict[str, str]:
    """Write and change the files of a launch; return its environment."""
    for path, text in launch.seeds.items():
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        with open(os.open(names.under(folder, path), flags, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    env = dict(launch.env)
    for one in launch.merges:
        env.update(_merge(one))
    return env


def _merge(one: Merge) -> Mapping[str, str]:
    """Change a vendor's file, or return the environment that does as well."""
    path = Path(os.path.realpath(one.path))
    if not path.parent.is_dir():
        raise HarnessError(f"{path.parent} is not there: sign in with the agent's own CLI first")
    for _ in range(TRIES):
        with _one_at_a_time:
            before = _read(path)
            after = one.change(before)
            if after is None or after == before:
                return {}
            if users := _users(one.users):
                if one.instead is not None:
                    return one.instead
                raise HarnessError(
                    f"{path} needs a change before the start, but processes use it: "
                    f"{', '.join(map(str, users))}. Retry the task when they have ended"
                )
            if _replace(path, before, after):
                return {}
    raise HarnessError(f"{path} is changed by another program again and again; retry the task")


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise HarnessError(f"{path} is not UTF-8 ({error}); it was left as it is") from error


def _users(folder: Path | None) -> list[int]:
    """Find the living processes that say by a file `PID.json` that they are at work."""
    found = []
    for name in sorted(os.listdir(folder)) if folder and folder.is_dir() else ():
        pid = name.removesuffix(".json")
        if pid.isascii() and pid.isdigit() and name != pid:
            one = processes.find(int(pid))
            told = _start(folder / name) if one and folder else ""
            if one and not (told.isdigit() and one.started.isdigit() and told != one.started):
                found.append(one.pid)
    return found


def _start(path: Path) -> str:
    """Return what a process tells of its start there: one killed left its number to others."""
    try:
        told = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return ""
    return str(told.get("procStart", "")) if isinstance(told, dict) else ""


def _replace(path: Path, before: str | None, after: str) -> bool:
    """Replace the file, unless it is not what it was any more."""
    mode = 0o600 if before is None else path.stat().st_mode & 0o777
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(after.encode())
            file.flush()
            os.fsync(file.fileno())
        if _read(path) != before:
            return False
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    return True
