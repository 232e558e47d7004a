"""Writing all files of a new worktree by several gits at once, each with a part of the index.

Git's own parallel checkout (`checkout.workers`) has one process tell others of every single file,
which takes back what it gains where processors are few. Here an index is cut into runs of entries,
one a processor; a git writes the files of each, and the runs, which by then know their files by
their times, are put together again. That is possible because an entry's length never changes.
"""

from __future__ import annotations

import contextvars
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from worktrees import git
from worktrees.errors import GitError, disk_trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

    from worktrees.places import Place

WORTH = 500
"""Files from which on more than one git pays."""

MOST = 8
MOST_KEPT = 8 << 20
"""Bytes of an index that is kept in mind: some eighty thousand files."""

_LONG = 600.0
_HEAD = 12  # "DIRC", a version, the number of entries
_STAT = 40  # times, device, inode, mode, owner and size; the object's name follows
_ATTRIBUTES = b".gitattributes"


@dataclass(frozen=True, slots=True)
class _Index:
    """The bytes of an index, and how long a digest is in it."""

    content: bytes
    digest: int

    @property
    def count(self) -> int:
        """How many entries there are."""
        return int.from_bytes(self.content[8:_HEAD])

    def entries(self) -> Iterator[tuple[int, bytes]]:
        """Where each entry begins, and its path."""
        content, flags, at = self.content, _STAT + self.digest, _HEAD
        for _ in range(self.count):
            name = at + flags + 2
            end = name + (int.from_bytes(content[at + flags : name]) & 0xFFF)
            if end - name == 0xFFF:  # or longer: then its end tells
                end = content.index(b"\0", name)
            yield at, content[name:end]
            at += (end - at + 8) & ~7
        yield at, b""


_fresh: dict[str, tuple[str, bytes]] = {}
"""By repository, the index of the commit that a worktree was made at last, knowing no file yet."""


def filled(place: Place, commit: str | None = None) -> None:
    """Write HEAD's files into a worktree that has none of its own yet, and its index.

    `commit` is where HEAD is, if that is known: the next worktree made there saves a git.
    """
    parts = min(MOST, os.cpu_count() or 1)
    if parts > 1 and not git.special(place) and os.listdir(place.folder) == [".git"]:
        with (
            disk_trouble("Writing a worktree's files"),
            TemporaryDirectory(prefix="conductor-", dir=place.git_dir) as folder,
        ):
            file = Path(folder, "index")
            index = _begun(place, file, commit)
            if index is not None and index.count >= WORTH:
                file.write_bytes(_in_parts(place, file, index, parts))
                file.replace(place.git_dir / "index")
                return
    git.run(place, "read-tree", "--reset", "-u", "HEAD", timeout=_LONG)


def _begun(place: Place, file: Path, commit: str | None) -> _Index | None:
    """The index of a commit whose files are still to be written, as `file` and as it is known."""
    store = str(place.common_dir)
    known, content = _fresh.get(store, ("", b""))
    if commit is not None and commit == known:
        file.write_bytes(content)
        return _read(file)
    git.run(place, "read-tree", commit or "HEAD", env=_with(file), timeout=_LONG)
    index = _read(file)
    if commit is not None and index is not None and len(index.content) <= MOST_KEPT:
        _fresh[store] = (commit, index.content)
    return index


def _read(file: Path) -> _Index | None:
    """An index, if it is of the kind that is known here: it proves so by its digest."""
    content = file.read_bytes()
    if content[:8] != b"DIRC\0\0\0\2":
        return None
    kinds = (hashlib.sha1(usedforsecurity=False), hashlib.sha256())
    for kind in kinds:
        kind.update(content[: -kind.digest_size])
        if kind.digest() == content[-kind.digest_size :]:
            return _Index(content, kind.digest_size)
    return None


def _signed(content: bytes, digest: int) -> bytes:
    kind = hashlib.sha256 if digest == hashlib.sha256().digest_size else hashlib.sha1
    return content + kind(content, usedforsecurity=False).digest()


def _in_parts(place: Place, file: Path, index: _Index, parts: int) -> bytes:
    """Write all files; return the index that knows them."""
    from concurrent.futures import ThreadPoolExecutor

    entries = list(index.entries())
    if _ATTRIBUTES in index.content:
        index = _attributes_first(place, file, [path for _, path in entries])
    at = [index.count * number // parts for number in range(parts + 1)]
    cuts = [entries[number][0] for number in at]
    for number in at[1:-1]:  # two gits that make the same folder are in each other's way
        _share(place.folder, entries[number - 1][1], entries[number][1])
    runs = [
        index.content[:8] + (end - start).to_bytes(4) + index.content[first:last]
        for start, end, first, last in zip(at, at[1:], cuts, cuts[1:], strict=False)
    ]
    with ThreadPoolExecutor(parts) as threads:
        jobs = [
            threads.submit(
                contextvars.copy_context().run,
                _write, place, file.with_name(f"part-{number}"), run, index.digest,
            )
            for number, run in enumerate(runs)
        ]  # fmt: skip
        done = b"".join(job.result() for job in jobs)
    whole = index.content[:_HEAD] + done + index.content[cuts[-1] : -index.digest]
    return _signed(whole, index.digest)


def _write(place: Place, file: Path, run: bytes, digest: int) -> bytes:
    """Write the files of some entries; return the entries, with the times of their files."""
    file.write_bytes(_signed(run, digest))
    os.utime(file, (0, 0))  # of an index without a time, git reads no file again to be sure of it
    words = ("-c", "checkout.workers=1", "checkout-index", "--all", "--index", "--quiet")
    git.run(place, *words, env=_with(file), timeout=_LONG)
    content = file.read_bytes()
    if content[:_HEAD] != run[:_HEAD]:
        raise GitError("git has written another kind of index than it read", "Try again.")
    return content[_HEAD : len(run)]


def _attributes_first(place: Place, file: Path, paths: list[bytes]) -> _Index:
    """Write what says how other files are written, so that no git finds half of it."""
    wanted = [path for path in paths if path.rpartition(b"/")[2] == _ATTRIBUTES]
    words = ("checkout-index", "--index", "--quiet", "-z", "--stdin")
    git.run(place, *words, input=b"\0".join(wanted), env=_with(file), timeout=_LONG)
    if (index := _read(file)) is None:
        raise GitError("git has written another kind of index than it read", "Try again.")
    return index


def _share(folder: Path, one: bytes, other: bytes) -> None:
    """Make the folders that two paths have in common."""
    common = os.path.commonpath([os.path.dirname(one) or b".", os.path.dirname(other) or b"."])
    os.makedirs(os.path.join(os.fsencode(folder), common), exist_ok=True)


def _with(index: Path) -> dict[str, str]:
    return {"GIT_INDEX_FILE": str(index)}
