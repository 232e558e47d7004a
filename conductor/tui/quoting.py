"""The text of lines of a change as they are shown, for being quoted."""

from __future__ import annotations

from conductor.cleaning import clean
from conductor.review.address import NEW

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.review.address import Span
    from conductor.review.files import File


def quoted(file: File, span: Span) -> str:
    """Return the text of some lines, as far as it is there, made safe to draw."""
    return clean(_text(file, span))


def exact(file: File, span: Span) -> str | None:
    """Return the text of lines as it is; None where what is drawn of it would be something else."""
    text = _text(file, span)
    return text if text == clean(text) and "\N{REPLACEMENT CHARACTER}" not in text else None


def _text(file: File, span: Span) -> str:
    found = (_line(file, span.side, number) for number in range(span.first, span.last + 1))
    there = [raw.removesuffix(b"\r").decode("utf-8", "replace") for raw in found if raw is not None]
    return "\n".join(there)


def _line(file: File, side: str, number: int) -> bytes | None:
    for hunk in file.hunks:
        at = hunk.find(side, number)
        if at is not None:
            return hunk.lines[at][1:]
    content = file.content or []
    return content[number - 1] if side == NEW and 0 < number <= len(content) else None
