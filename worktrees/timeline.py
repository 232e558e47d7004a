"""A session's snapshots as a time line: when each was taken, why, and what it changed. Reading."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from worktrees import git, refs
from worktrees.changes import merge_base
from worktrees.snapshots import MAIL, STAGED

if TYPE_CHECKING:
    from worktrees.places import Place

MOST = 10_000

_HEADS = re.compile(r"(?:(?<=\0)|^|(?<=\n))[0-9a-f]{40,64} [0-9a-f]{40,64}\n")


@dataclass(frozen=True, slots=True)
class Point:
    """One snapshot, counted from the first; `files` differ from the one before."""

    number: int
    commit: str
    at: int
    why: str
    head: str  # the commit that its worktree was at
    files: tuple[str, ...] = ()
    added: int = 0
    removed: int = 0


def points(place: Place, ref: str, base: str | None) -> list[Point]:
    """Every snapshot below a ref, the first first; that is compared with where it left `base`."""
    if refs.resolve(place, ref) is None:
        return []
    without = [f"^{base}"] if base and refs.resolve(place, base) else []
    out = git.run(
        place, "log", f"--max-count={MOST}", "-z", "--format=%H%x1f%P%x1f%ct%x1f%ce%x1f%s",
        ref, *without, "--",
    )  # fmt: skip
    found: dict[str, tuple[list[str], int, str]] = {}
    tip = ""
    for line in filter(None, out.decode("utf-8", "replace").split("\0")):
        commit, parents, at, mail, why = line.split("\x1f", 4)
        tip = tip or commit
        if mail == MAIL and why != STAGED:
            found[commit] = (parents.split(), int(at), why)
    chain: list[str] = []
    at_commit: str | None = refs.resolve(place, ref)
    while at_commit in found and at_commit is not None:
        chain.append(at_commit)
        before = [one for one in found[at_commit][0][:2] if one in found]
        at_commit = before[-1] if before else None
    if base and chain:
        base = merge_base(place, base, chain[-1]) or base
    return _counted(place, chain[::-1], found, base)


def _counted(
    place: Place,
    chain: list[str],
    found: dict[str, tuple[list[str], int, str]],
    base: str | None,
) -> list[Point]:
    known = [one for one in (base, *chain) if one]
    changed = _changed(place, list(pairwise(known)))
    if len(changed) < len(chain):
        changed = [((), 0, 0), *changed]
    return [
        Point(
            number, commit, found[commit][1], found[commit][2], (found[commit][0] or [""])[0], *what
        )
        for number, (commit, what) in enumerate(zip(chain, changed, strict=True), 1)
    ]


def _changed(place: Place, pairs: list[tuple[str, str]]) -> list[tuple[tuple[str, ...], int, int]]:
    """The files and lines that differ between each two commits, read in one call."""
    if not pairs:
        return []
    asked = "".join(f"{one}^{{tree}}\n" for pair in pairs for one in pair).encode()
    trees = git.run(place, "cat-file", "--batch-check=%(objectname)", input=asked).decode().split()
    rows = "".join(f"{one} {two}\n" for one, two in zip(trees[::2], trees[1::2], strict=True))
    words = ("diff-tree", "--stdin", "-r", "-z", "--numstat", "--no-renames")
    out = os.fsdecode(git.run(place, *words, input=rows.encode(), timeout=300.0))
    made: list[tuple[tuple[str, ...], int, int]] = []
    for part in _HEADS.split(out)[1:]:
        lines = [line.split("\t", 2) for line in part.split("\0") if line]
        made.append(
            (
                tuple(path for _, _, path in lines),
                sum(int(plus) for plus, _, _ in lines if plus.isdigit()),
                sum(int(minus) for _, minus, _ in lines if minus.isdigit()),
            )
        )
    return made
