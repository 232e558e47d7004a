"""The parts of a change: its files, and in each what a person may take or leave. Reading only."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worktrees import changes, git, hunks, patches, refs
from worktrees.errors import GitError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from worktrees.places import Place

NOTHING = "000000"
"""The mode of a file that is not there."""

_REGULAR = frozenset({"100644", "100755"})


@dataclass(frozen=True, slots=True)
class File:
    """A changed file and its parts: `whole` are those that are no lines, as kind and address."""

    path: str
    old_path: str | None
    old_mode: str
    new_mode: str
    old_blob: str
    new_blob: str
    edits: tuple[hunks.Edit, ...]
    whole: tuple[tuple[str, str], ...]

    @property
    def parts(self) -> tuple[str, ...]:
        """The addresses of all its parts."""
        return (*(name for _, name in self.whole), *(edit.address for edit in self.edits))

    def in_hunk(self, number: int) -> tuple[str, ...]:
        """The addresses of the edits that one hunk of the diff shows."""
        return tuple(edit.address for edit in self.edits if edit.hunk == number)

    @property
    def hunk_count(self) -> int:
        """How many hunks the diff shows."""
        return max((edit.hunk for edit in self.edits), default=0)

    def still_left(self, left: Iterable[str]) -> tuple[str, ...]:
        """Of what was left out, the parts that are in this change: others mean nothing here."""
        known = frozenset(self.parts)
        return tuple(one for one in left if one.partition("/")[0] in known)


def read(
    folder: Path | Place, base: str, head: str, paths: Sequence[str] | None = None
) -> list[File]:
    """Find the parts of a change, or of these files of it."""
    listed = list(_listed(folder, base, head))
    if paths is not None:
        listed = [file for file in listed if file.path in paths]
    names = [name for file in listed for name in (file.old_path, file.path) if name]
    wanted = None if paths is None else names
    text = b"".join(changes.diff_text(folder, base, head, wanted)) if listed else b""
    by_name = {_name_line(patch): patch for patch in patches.index(text)}
    return [
        with_edits(file, by_name.get(diff_line(file.old_path or file.path, file.path)))
        for file in listed
    ]


def _listed(folder: Path | Place, base: str, head: str) -> Iterator[File]:
    """The files of a change with their modes and blobs, and the parts of them that are no lines."""
    ends = (base, head)
    if not all(refs.is_oid(one) for one in ends):
        raise GitError(f"{base}..{head} is not a change", "Name both by their commits.")
    words = ("diff-tree", "-r", "-M", "-z", "--raw", "--no-abbrev", *ends)
    fields = iter(os.fsdecode(git.run(folder, *words, timeout=300.0)).split("\0"))
    for about in fields:
        if not about:
            continue
        old_mode, new_mode, old_blob, new_blob, status = about.removeprefix(":").split()
        old_path = next(fields) if status[0] in "RC" else None
        path = next(fields)
        yield File(path, old_path, old_mode, new_mode, old_blob, new_blob, (), ())


def _name_line(patch: patches.FilePatch) -> bytes:
    return patch.text.partition(b"\n")[0]


def with_edits(file: File, patch: patches.FilePatch | None) -> File:
    """Name the parts of a file whose diff this is: its edits, where both sides are plain files."""
    plain = {file.old_mode, file.new_mode} - {NOTHING} <= _REGULAR
    edits = hunks.edits(patch, file.path) if patch is not None and plain else ()
    whole: list[tuple[str, str]] = []
    ends = (file.old_mode, file.old_blob, file.new_mode, file.new_blob)
    about = [one.encode(errors="surrogateescape") for one in (file.path, *ends)]
    if not edits and (file.old_blob != file.new_blob or not plain):
        whole.append((hunks.WHOLE, hunks.address(b"whole", *about)))
    elif NOTHING not in {file.old_mode, file.new_mode} and file.old_mode != file.new_mode:
        modes = (file.old_mode.encode(), file.new_mode.encode())
        whole.append((hunks.MODE, hunks.address(b"mode", about[0], *modes)))
    if file.old_path is not None:
        old = file.old_path.encode(errors="surrogateescape")
        whole.append((hunks.NAME, hunks.address(b"name", about[0], old)))
    return File(
        file.path, file.old_path, file.old_mode, file.new_mode, file.old_blob, file.new_blob,
        edits, tuple(whole),
    )  # fmt: skip


def diff_line(old: str, new: str) -> bytes:
    """The line with which git begins a file's part of a diff, its names quoted as git quotes."""
    return b"diff --git " + _quoted(f"a/{old}") + b" " + _quoted(f"b/{new}")


def _quoted(name: str) -> bytes:
    raw = os.fsencode(name)
    signs = {7: b"a", 8: b"b", 9: b"t", 10: b"n", 11: b"v", 12: b"f", 13: b"r", 34: b'"', 92: b"\\"}
    made = b"".join(
        b"\\" + signs[one] if one in signs
        else b"\\%03o" % one if one < 32 or one >= 127
        else bytes((one,))
        for one in raw
    )  # fmt: skip
    return raw if made == raw else b'"' + made + b'"'
