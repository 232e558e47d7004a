"""Reading files out of commits and trees, many in one call and none without bound."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worktrees import git

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from worktrees.places import Place


@dataclass(frozen=True, slots=True)
class Blob:
    """The beginning of a file's content, and how long it is in all."""

    start: bytes
    size: int


def blobs(
    folder: Path | Place, tree: str, paths: Sequence[str], most: int = 1 << 20
) -> list[Blob | None]:
    """The files at `paths` in a commit or tree; None where there is no file of that name."""
    if not paths:
        return []
    out = git.run(folder, "ls-tree", "-z", "-l", "--full-tree", tree, "--", *paths)
    found: dict[str, tuple[str, int]] = {}
    for line in filter(None, os.fsdecode(out).split("\0")):
        about, _, path = line.partition("\t")
        _, kind, oid, size = about.split()
        if kind == "blob":
            found[path] = (oid, int(size))
    small = {oid: size for oid, size in found.values() if size <= most}
    content = dict(_read(folder, small))
    content |= {oid: _start(folder, oid, most) for oid, big in found.values() if big > most}
    return [
        Blob(content[found[path][0]], found[path][1]) if path in found else None for path in paths
    ]


def _read(folder: Path | Place, sizes: dict[str, int]) -> Iterator[tuple[str, bytes]]:
    """Whole contents in one call: git answers `name blob size`, the bytes and a newline."""
    if not sizes:
        return
    names = "".join(f"{oid}\n" for oid in sizes).encode()
    out = git.run(folder, "cat-file", "--batch", input=names)
    at = 0
    for oid, size in sizes.items():
        at = out.index(b"\n", at) + 1
        yield oid, out[at : at + size]
        at += size + 1


def _start(folder: Path | Place, oid: str, most: int) -> bytes:
    got = b""
    with closing(git.stream(folder, "cat-file", "blob", oid)) as pieces:
        for piece in pieces:
            got += piece
            if len(got) >= most:
                break
    return got[:most]
