"""A change without the parts that a person left out, made in memory: no checkout is touched.

Reading is for everybody: `read` finds the parts of a change. `commit` is the runner's: it makes a
commit of exactly the taken ones on top of the base, from a private index.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from worktrees import changes, git, hunks, patches, refs
from worktrees.errors import GitError, disk_trouble
from worktrees.repository import Identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from worktrees.places import Place
    from worktrees.repository import Repository

_NONE, _NOTHING = "0" * 40, "000000"
_REGULAR = frozenset({"100644", "100755"})
_AUTHOR = Identity("Conductor", "conductor@localhost")


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
    return [_with_edits(file, by_name) for file in listed]


def tree(
    folder: Path | Place, head: str, files: Iterable[File], left: Mapping[str, Iterable[str]]
) -> str:
    """Write the tree of a change without what is left out of these files; return its name."""
    gone: list[bytes] = []
    there: list[bytes] = []
    for file in files:
        for entry in _entries(folder, file, frozenset(left.get(file.path, ()))):
            (gone if entry.startswith(b"0 ") else there).append(entry)
    with disk_trouble("Making a commit"), tempfile.TemporaryDirectory(prefix="conductor-") as own:
        env = {"GIT_INDEX_FILE": str(Path(own) / "index")}
        git.run(folder, "read-tree", f"{head}^{{tree}}", env=env)
        entries = b"".join([*gone, *there])
        words = ("update-index", "-z", "--index-info")
        git.run(folder, *words, input=entries, env=env, timeout=300.0)
        return git.run(folder, "write-tree", env=env).decode().strip()


def commit(
    repo: Repository, base: str, offered: str, left: Mapping[str, Iterable[str]], ref: str
) -> str:
    """Make a commit of what is taken of an offered change, kept under `ref`; return its name.

    Its parents are the agent's own last commit, as a snapshot's are, and the offered one.
    """
    made = tree(repo.place, offered, read(repo.place, base, offered, tuple(left)), left)
    if made == git.run(repo.place, "rev-parse", f"{base}^{{tree}}").decode().strip():
        raise GitError("Nothing of the change was taken", "Take a part of it, or reject it.")
    own = repo.commit_of(f"{offered}^1")
    who = {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", _AUTHOR.name), ("EMAIL", _AUTHOR.email))
    }
    words = ("commit-tree", made, "-p", own, "-p", offered)
    out = git.run(repo.place, *words, input=b"What was taken\n", env=who)
    name = out.decode().strip()
    refs.move_ref(repo.place, ref, name, refs.resolve(repo.place, ref), "taken")
    return name


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


def _with_edits(file: File, by_name: Mapping[bytes, patches.FilePatch]) -> File:
    """Add the edits, where git finds lines and both sides are plain files."""
    patch = by_name.get(_diff_line(file.old_path or file.path, file.path))
    plain = {file.old_mode, file.new_mode} - {_NOTHING} <= _REGULAR
    edits = hunks.edits(patch, file.path) if patch is not None and plain else ()
    whole: list[tuple[str, str]] = []
    ends = (file.old_mode, file.old_blob, file.new_mode, file.new_blob)
    about = [one.encode(errors="surrogateescape") for one in (file.path, *ends)]
    if not edits and (file.old_blob != file.new_blob or not plain):
        whole.append((hunks.WHOLE, hunks.address(b"whole", *about)))
    elif _NOTHING not in {file.old_mode, file.new_mode} and file.old_mode != file.new_mode:
        modes = (file.old_mode.encode(), file.new_mode.encode())
        whole.append((hunks.MODE, hunks.address(b"mode", about[0], *modes)))
    if file.old_path is not None:
        old = file.old_path.encode(errors="surrogateescape")
        whole.append((hunks.NAME, hunks.address(b"name", about[0], old)))
    return File(
        file.path, file.old_path, file.old_mode, file.new_mode, file.old_blob, file.new_blob,
        edits, tuple(whole),
    )  # fmt: skip


def _diff_line(old: str, new: str) -> bytes:
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


def _entries(folder: Path | Place, file: File, left: frozenset[str]) -> list[bytes]:
    """Say to the index what becomes of one file: which names go, and what stands where."""
    out = frozenset(kind for kind, name in file.whole if name in left)
    gone = [hunks.read(edit, left) for edit in file.edits]
    all_gone = all(
        lines == hunks.all_of(edit) for lines, edit in zip(gone, file.edits, strict=True)
    )
    old = file.old_path or file.path
    path = old if hunks.NAME in out else file.path
    mode, blob = file.new_mode, file.new_blob
    if all_gone and len(out) == len(file.whole):
        mode, blob = file.old_mode, file.old_blob
    elif _NOTHING in {file.old_mode, file.new_mode}:
        if any(gone):
            mode = file.old_mode if mode == _NOTHING else mode
            blob = _taken_blob(folder, file, left)
    else:
        mode = file.old_mode if out & {hunks.MODE, hunks.WHOLE} else mode
        if hunks.WHOLE in out:
            blob = file.old_blob
        elif any(gone):
            blob = _taken_blob(folder, file, left)
    entries = [_entry("0", _NONE, name) for name in {old, file.path} - {path}]
    return [*entries, _entry("0" if mode == _NOTHING else mode, blob, path)]


def _taken_blob(folder: Path | Place, file: File, left: frozenset[str]) -> str:
    before = b""
    if file.old_mode != _NOTHING:
        before = git.run(folder, "cat-file", "blob", file.old_blob)
    made = hunks.taken(before, file.edits, left)
    return (
        git.run(folder, "hash-object", "-w", "-t", "blob", "--stdin", input=made).decode().strip()
    )


def _entry(mode: str, blob: str, path: str) -> bytes:
    return f"{mode} {blob}\t".encode() + os.fsencode(path) + b"\0"
