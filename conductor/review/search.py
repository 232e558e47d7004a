"""Finding words in a change: in files' names and in their lines, as far as they have come."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conductor.review.address import NEW, OLD, Spot
from conductor.review.document import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conductor.review.document import Document
    from conductor.review.files import File


def pattern(words: str) -> re.Pattern[str]:
    """Return what finds words: in any case unless one of their letters is a capital."""
    return re.compile(re.escape(words), re.IGNORECASE if words == words.lower() else 0)


def search(document: Document, words: str, begin: Place, step: int) -> Place | None:
    """Find the next place of some words, going round at the end."""
    files = len(document.files)
    if not words or not files:
        return None
    wanted = _bytes(words)
    for far in range(files + 1):
        at = (begin.file + step * far) % files
        rows = sorted(_rows(document, at, words, wanted))
        if step < 0:
            rows.reverse()
        for row in rows:
            if far == 0 and not (row > begin.row if step > 0 else row < begin.row):
                continue
            return Place(at, row)
    return None


def _bytes(words: str) -> re.Pattern[bytes]:
    flags = re.IGNORECASE if words == words.lower() else 0
    return re.compile(re.escape(words.encode("utf-8", "surrogateescape")), flags)


def _rows(document: Document, at: int, words: str, wanted: re.Pattern[bytes]) -> set[int]:
    file = document.files[at]
    rows = {0} if pattern(words).search(file.path) else set()
    if not file.folded:
        rows |= {document.at(at).find(spot) for spot in _spots(file, wanted)}
    return rows


def _spots(file: File, wanted: re.Pattern[bytes]) -> Iterator[Spot]:
    if file.body is None or wanted.search(file.body) is None:
        return
    for hunk in file.hunks:
        for at, line in enumerate(hunk.lines):
            if wanted.search(line, 1):
                old = hunk.signs[at] == ord("-")
                number = hunk.old_at(at) if old else hunk.new_at(at)
                yield Spot(file.path, OLD if old else NEW, number)


def again(file: File, spot: Spot, words: bytes) -> Spot:
    """Find a line by what it says in a newer diff of its file: the nearest, or its old number."""
    others = b"+\\" if spot.side == OLD else b"-\\"
    found = []
    for hunk in file.hunks if words.strip() else ():
        number = hunk.old_at if spot.side == OLD else hunk.new_at
        found += [
            number(at)
            for at, line in enumerate(hunk.lines)
            if line[1:] == words and hunk.signs[at] not in others
        ]
    nearest = min(found, key=lambda one: abs(one - spot.line), default=spot.line)
    return Spot(spot.path, spot.side, nearest)
