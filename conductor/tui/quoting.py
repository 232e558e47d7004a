"""The text of lines of a change as they are shown, for being quoted."""

from __future__ import annotations

from conductor.review.address import NEW
from conductor.review.text import ready

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.review.address import Span
    from conductor.review.files import File


def quoted(file: File, span: Span) -> str:
    """Return the text of some lines, as far as it is there."""
    found = []
    for number in range(span.first, span.last + 1):
        raw = _line(file, span.side, number)
        if raw is not None:
            found.append(ready(raw)[0])
    return "\n".join(found)


def _line(file: File, side: str, number: int) -> bytes | None:
    for hunk in file.hunks:
        at = hunk.find(side, number)
        if at is not None:
            return hunk.lines[at][1:]
    content = file.content or []
    return content[number - 1] if side == NEW and 0 < number <= len(content) else None
