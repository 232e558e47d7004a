"""The lines of a file in a commit, for being quoted."""

from __future__ import annotations

from pathlib import Path

from worktrees import objects

LARGEST = 8 << 20


def lines_of(repo: str, commit: str, path: str) -> list[str] | None:
    """Return a file's lines without their ends; None if there is no such text in that commit."""
    (found,) = objects.blobs(Path(repo), commit, [path], LARGEST)
    if found is None or b"\0" in found.start:
        return None
    return [line.removesuffix("\r") for line in _decoded(found.start).split("\n")]


def _decoded(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").removesuffix("\n")
