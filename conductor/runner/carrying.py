"""A conversation's own files, copied from one home of a vendor to another of the same vendor.

Only the conversation is copied, as the vendor wrote it; credentials and settings are each home's
own. What stands at the other place is never lost: unless the copy continues it, it is kept beside.
"""

from __future__ import annotations

import itertools
import os
import shutil
from pathlib import Path

BITE = 1 << 20


def carry(records: tuple[str, ...], old: Path, new: Path) -> tuple[str, ...]:
    """Copy a conversation's records, and what lies beside them under their names; say where."""
    old, new = Path(os.path.realpath(old)), Path(os.path.realpath(new))
    copies = []
    for record in records:
        source = Path(os.path.realpath(record))
        if old == new or not source.is_relative_to(old) or not source.is_file():
            continue
        target = new / source.relative_to(old)
        if not Path(os.path.realpath(target)).is_relative_to(new):
            raise OSError(f"{target} leads out of {new}")
        _copy(source, target)
        copies.append(str(target))
        beside = source.with_suffix("")  # what a conversation keeps in a folder of its name
        if beside.is_dir():
            shutil.copytree(beside, target.with_suffix(""), dirs_exist_ok=True, symlinks=True)
    return tuple(copies)


def carry_beside(records: tuple[str, ...], old: Path, new: Path) -> None:
    """Copy the records of other conversations, too, unless they are there already."""
    old, new = Path(os.path.realpath(old)), Path(os.path.realpath(new))
    for record in map(os.path.realpath, records):
        if Path(record).is_relative_to(old) and not (new / Path(record).relative_to(old)).exists():
            carry((record,), old, new)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if target.exists() and not _continues(source, target):
        kept = (target.with_name(f"{target.name}.kept-{n}") for n in itertools.count(1))
        target.rename(next(one for one in kept if not one.exists()))
    draft = target.with_name(f".{target.name}.new")
    shutil.copyfile(source, draft)
    draft.chmod(0o600)
    draft.replace(target)


def _continues(source: Path, target: Path) -> bool:
    """Say whether a file begins with all that stands in another."""
    with source.open("rb") as longer, target.open("rb") as shorter:
        while piece := shorter.read(BITE):
            if longer.read(len(piece)) != piece:
                return False
    return True
