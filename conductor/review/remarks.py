"""What stands out in the lines of a change: found by plain words, a file at a time."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from conductor.cleaning import mask
from conductor.review.address import NEW, OLD, Spot
from conductor.review.kinds import FOLDED, is_test

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conductor.review.files import File
    from conductor.review.hunks import Hunk

LEFT_OPEN, DEBUG, SKIPPED, TEST, SECRET, MARKER = (
    "left open", "debug", "skipped", "test", "secret", "marker",
)  # fmt: skip

_KINDS: tuple[tuple[str, bytes], ...] = (
    (LEFT_OPEN, rb"\b(?:TODO|FIXME|XXX|HACK)\b"),
    (DEBUG, (rb"\b(?:console\.log\(|debugger;|breakpoint\(\)|pdb\.set_trace|dbg!\(|binding\.pry"
            rb"|var_dump\()")),
    (SKIPPED, (rb"(?:mark\.(?:skip|xfail)|unittest\.skip|\b(?:it|test|describe)\.skip\(|\bxit\("
              rb"|\bt\.Skip\(|@Ignore\b|@Disabled\b|#\[ignore)")),
    (SECRET, (rb"(?:sk-|ghp_|gho_|github_pat_|glpat-|xox[abp]-|AKIA|AIza|hf_|pypi-)[\w-]{16}"
             rb"|-----BEGIN [A-Z ]*PRIVATE KEY")),
    (MARKER, rb"(?m:^.(?:<{7} |>{7} ))"),
    (TEST, rb"(?:\bdef test_|\bfunc Test|@Test\b|#\[test\]|(?<![\w.])(?:it|test)\([\"'`])"),
)  # fmt: skip
_ALL = re.compile(b"|".join(b"(" + words + b")" for _, words in _KINDS))
_HINTS = tuple(
    b"TODO FIXME XXX HACK console.log debugger; breakpoint( set_trace dbg! binding.pry var_dump"
    b" .skip mark.xfail xit( .Skip( @Ignore @Disabled #[ignore #[test sk- ghp_ gho_ github_pat_"
    b" glpat- xox AKIA AIza hf_ pypi- -----BEGIN <<<<<<< >>>>>>> test_ Test it(".split()
)
# Whether a text holds any of some words is told much faster by one search for each than by a
# pattern of all.


class Remark(NamedTuple):
    """Something of a kind in one line, which is told once for each kind."""

    kind: str
    added: bool
    spot: Spot


def remarks(file: File) -> Iterator[Remark]:
    """Find what stands out in a file's changed lines."""
    body = file.body
    if body is None or file.kind in FOLDED or file.binary or file.status == "D":
        return
    hints = [hint for hint in _HINTS if hint in body]
    if not hints:
        return
    for hunk in file.hunks:
        for run in hunk.runs:
            for at in range(*run):
                line = hunk.lines[at]
                if any(hint in line for hint in hints):
                    yield from _remark(file, hunk, at)


def _remark(file: File, hunk: Hunk, at: int) -> Iterator[Remark]:
    line = hunk.lines[at]
    kinds = dict.fromkeys(_KINDS[(found.lastindex or 1) - 1][0] for found in _ALL.finditer(line))
    added = hunk.signs[at] == ord("+")
    for kind in kinds:
        if kind == SECRET and mask(text := line.decode("utf-8", "replace")) == text:
            continue
        if kind in (TEST, SKIPPED) and not (is_test(file.path) or b"#[" in line):
            continue
        number = hunk.new_at(at) if added else hunk.old_at(at)
        yield Remark(kind, added, Spot(file.path, NEW if added else OLD, number))


class Tally:
    """Counts remarks of many files, and keeps the first of each kind."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, bool]] = Counter()
        self.first: dict[tuple[str, bool], Spot] = {}

    def take(self, some: Iterable[Remark]) -> None:
        """Count some more."""
        for remark in some:
            key = (remark.kind, remark.added)
            self.counts[key] += 1
            self.first.setdefault(key, remark.spot)
