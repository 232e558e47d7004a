"""Conflicts read three-way: for each file what both sides began with, and what each made of it."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from worktrees import git
from worktrees.errors import GitError, disk_trouble

if TYPE_CHECKING:
    from worktrees.repository import Repository

LARGEST = 1 << 20
"""Bytes of a file that is taken apart; a larger one is named, and that is all."""

MARK = 7
_OWN_MARK = 61  # long enough that no text of anybody's is taken for it


@dataclass(frozen=True, slots=True)
class Region:
    """Lines that both sides changed, and the line of the merged text they stand at."""

    line: int
    base: tuple[str, ...]
    ours: tuple[str, ...]
    theirs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clash:
    """A file on which two sides disagree; a side is None where it has no such file."""

    path: str
    kind: str  # changed | added | deleted here | deleted there | binary | large | other
    base: bytes | None
    ours: bytes | None
    theirs: bytes | None
    regions: tuple[Region, ...]
    marked: str

    @property
    def text(self) -> bool:
        """Whether it can be settled by editing the marked text."""
        return self.kind in {"changed", "added"}


@dataclass(frozen=True, slots=True)
class Clashes:
    """All that keeps a change from fitting, and between which commits."""

    onto: str
    change: str
    tree: str
    files: tuple[Clash, ...]


def clashes(repo: Repository, onto: str, change: str, names: tuple[str, str]) -> Clashes:
    """Merge two commits in memory and take apart what conflicts; `names` are the sides' names."""
    words = ("merge-tree", "--write-tree", "-z", "--no-messages")
    answer = git.ask(repo.place, *words, repo.commit_of(onto), repo.commit_of(change))
    if answer.code not in {0, 1}:
        raise GitError(answer.words or "git could not merge", "Look whether both share a history.")
    tree, *entries = os.fsdecode(answer.out).split("\0")
    sides: dict[str, dict[str, tuple[str, str]]] = {}
    for entry in filter(None, entries):
        about, _, path = entry.partition("\t")
        mode, oid, stage = about.split(" ")
        sides.setdefault(path, {})[stage] = (mode, oid)
    files = tuple(_clash(repo, path, found, names) for path, found in sides.items())
    return Clashes(onto, change, tree, files)


def _clash(
    repo: Repository, path: str, found: dict[str, tuple[str, str]], names: tuple[str, str]
) -> Clash:
    modes = {mode[:2] for mode, _ in found.values()}
    base, ours, theirs = (_content(repo, found.get(stage)) for stage in "123")
    there = [one for one in (base, ours, theirs) if one is not None]
    if modes != {"10"}:
        kind = "other"  # links, submodules
    elif any(len(one) > LARGEST for one in there):
        kind = "large"
    elif any(b"\0" in one[:8000] for one in there):
        kind = "binary"
    elif "2" not in found:
        kind = "deleted here"
    elif "3" not in found:
        kind = "deleted there"
    else:
        kind = "changed" if "1" in found else "added"
    marked = ""
    regions: tuple[Region, ...] = ()
    if kind in {"changed", "added"}:
        own = _merge_file(repo, (base or b"", ours or b"", theirs or b""), names, _OWN_MARK)
        regions, marked = _regions(own), _merge_file(
            repo, (base or b"", ours or b"", theirs or b""), names, MARK
        )  # fmt: skip
    return Clash(path, kind, base, ours, theirs, regions, marked)


def _content(repo: Repository, entry: tuple[str, str] | None) -> bytes | None:
    if entry is None or entry[0] == "160000":
        return None
    size = int(git.run(repo.place, "cat-file", "-s", entry[1]))
    if size > LARGEST:
        return b"\0" * (LARGEST + 1)
    return git.run(repo.place, "cat-file", "blob", entry[1])


def _merge_file(
    repo: Repository, three: tuple[bytes, bytes, bytes], names: tuple[str, str], mark: int
) -> str:
    """Merge one text, with markers that show the common base too."""
    with tempfile.TemporaryDirectory(prefix="conductor-") as folder:
        base, ours, theirs = (Path(folder, name) for name in ("base", "ours", "theirs"))
        with disk_trouble("Writing a conflict out to be merged"):
            for file, content in zip((base, ours, theirs), three, strict=True):
                file.write_bytes(content)
        answer = git.ask(
            repo.place,
            *("merge-file", "-p", "--diff3", f"--marker-size={mark}"),
            *("-L", names[0], "-L", "what both began with", "-L", names[1]),
            *(str(ours), str(base), str(theirs)),
        )
    if answer.code > 127:
        raise GitError(answer.words or "git could not merge the file")
    return answer.out.decode("utf-8", "replace")


def _regions(marked: str) -> tuple[Region, ...]:
    """Find the lines between the markers."""
    starts = {sign * _OWN_MARK: sign for sign in "<|=>"}
    found: list[Region] = []
    sides: dict[str, list[str]] = {}
    at, side = 0, ""
    for number, line in enumerate(marked.split("\n"), 1):
        sign = starts.get(line[:_OWN_MARK], "")
        if sign == ">":
            ours, base, theirs = (tuple(sides.get(one, ())) for one in "<|=")
            found.append(Region(at, base, ours, theirs))
            sides, side = {}, ""
        elif sign:
            at, side = (number if sign == "<" else at), sign
        elif side:
            sides.setdefault(side, []).append(line)
    return tuple(found)


def has_markers(text: str) -> bool:
    """Say whether a text still holds a conflict that nobody has settled."""
    lines = text.split("\n")
    begun = any(line.startswith("<" * MARK + " ") for line in lines)
    return begun or any(line.startswith(">" * MARK + " ") for line in lines)
