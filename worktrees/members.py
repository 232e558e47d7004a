"""What is on record of a pool of worktrees: which there are, and what each is good for.

The record of a worktree lies outside of it, in the pool's own folder, where no agent's work leads:
whether a worktree may be given to somebody is not for whoever works in it to say.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

RECORDS = ".pool"
PREFIX = "tree-"


class Stage(StrEnum):
    """How far a worktree of the pool is."""

    MAKING = "making"  # its files, or what its set-up makes, are not complete
    READY = "ready"
    LENT = "lent"
    BACK = "back"  # its work is kept; it is to be made ready again


@dataclass(frozen=True, slots=True)
class Member:
    """One worktree of a pool."""

    name: str
    stage: Stage
    commit: str = ""  # what its files are at, while nobody works in it
    recipe: str = ""  # what it was set up by
    holder: str = ""
    branch: str = ""
    size: int = 0  # bytes on disk
    since: float = 0.0
    settled: bool = False  # whether its index knows every file by its time


def members(workshop: Path) -> list[Member]:
    """The pool of one repository, in order of its names; a torn record is none."""
    found: list[Member] = []
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        names = [name for name in os.listdir(workshop / RECORDS) if name.endswith(".json")]
        found = [one for name in names if (one := _read(workshop / RECORDS / name))]
    return sorted(found, key=lambda one: number(one.name))


def number(name: str) -> int:
    """The number in a name such as tree-12."""
    digits = name.rpartition("-")[2]
    return int(digits) if digits.isascii() and digits.isdecimal() else 0


def note(workshop: Path, member: Member) -> Member:
    """Write a record in one step."""
    folder = workshop / RECORDS
    folder.mkdir(mode=0o700, exist_ok=True)
    beside = folder / f"{member.name}.new"
    beside.write_text(json.dumps(asdict(member)), encoding="utf-8")
    beside.replace(folder / f"{member.name}.json")
    return member


def drop(workshop: Path, name: str) -> None:
    """Take a record away."""
    (workshop / RECORDS / f"{name}.json").unlink(missing_ok=True)


def _read(path: Path) -> Member | None:
    try:
        body = json.loads(path.read_bytes())
        known = {one.name for one in fields(Member)}
        member = Member(**{key: part for key, part in body.items() if key in known})
        return _sound(member, path.stem)
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def _sound(member: Member, name: str) -> Member | None:
    if member.name != name or not name.startswith(PREFIX) or not number(name):
        return None
    return replace(member, stage=Stage(member.stage), size=int(member.size))
