"""A line of a diff made ready to be drawn: decoded, cleaned, cut, coloured, its words marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from conductor.cleaning import clean
from conductor.review import syntax, words

if TYPE_CHECKING:
    from conductor.review.files import File
    from conductor.review.hunks import Hunk
    from conductor.review.syntax import Language, Token

LONGEST = 4000
"""Bytes of a line that are shown."""
BEFORE = 200
"""Lines before one that are looked at for a text or remark that is still open."""


class Drawn(NamedTuple):
    """A line as it is drawn."""

    text: str
    tokens: list[Token]
    marks: words.Marks = ()
    returns: bool = False  # whether it ends in a carriage return
    cut: int = 0  # characters that are not shown, or bytes where nobody has counted them


def ready(line: bytes | bytearray) -> tuple[str, bool, int]:
    """Make a line of a file harmless: its text, whether it ends in CR, and how much was cut."""
    returns = line.endswith(b"\r")
    cut = max(0, len(line) - LONGEST)
    text = line[:LONGEST].decode("utf-8", "replace").removesuffix("\r")
    if "\t" in text:
        text = text.expandtabs(4)
    text = clean(text).replace("\n", "\N{REPLACEMENT CHARACTER}")
    return text, returns, cut


class Pen:
    """Draws the lines of one file; remembers which texts and remarks are open where."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._tongue: Language | None = syntax.language(file.path)
        self._states: dict[tuple[int, bytes], dict[int, str]] = {}

    def line(self, hunk: Hunk, at: int) -> Drawn:
        """Return a line of a hunk."""
        raw = hunk.lines[at]
        text, returns, cut = ready(raw[1:])
        if hunk.signs[at] == ord("\\"):
            return Drawn("No newline at the end of the file", [])
        sign = raw[:1]
        marks: words.Marks = ()
        if sign in (b"-", b"+") and (other := hunk.partners.get(at)) is not None:
            partner = ready(hunk.lines[other][1:])[0]
            both = words.changed(text, partner) if sign == b"-" else words.changed(partner, text)
            marks = both[0 if sign == b"-" else 1]
        return Drawn(text, self._tokens(hunk, at, text), marks, returns, cut)

    def context(self, number: int) -> Drawn:
        """Return a line that did not change, by its newer number."""
        content = self._file.content or []
        if not 0 < number <= len(content):
            return Drawn("", [])
        text, returns, cut = ready(content[number - 1])
        found = syntax.tokens(text, self._tongue)[0] if self._tongue else []
        return Drawn(text, found, (), returns, cut)

    def _tokens(self, hunk: Hunk, at: int, text: str) -> list[Token]:
        tongue = self._tongue
        if tongue is None:
            return []
        if not (tongue.block or tongue.long):
            return syntax.tokens(text, tongue)[0]
        return syntax.tokens(text, tongue, self._open(hunk, at, tongue))[0]

    def _open(self, hunk: Hunk, at: int, tongue: Language) -> str:
        """Say what is still open before a line, on its own side."""
        not_mine = b"+" if hunk.signs[at] == ord("-") else b"-"
        known = self._states.setdefault((hunk.number, not_mine), {})
        begin = at
        while begin > 0 and begin not in known and at - begin < BEFORE:
            begin -= 1
        inside = known.get(begin, "")
        for n in range(begin, at):
            known[n] = inside
            if hunk.signs[n] not in not_mine + b"\\":
                inside = syntax.tokens(ready(hunk.lines[n][1:])[0], tongue, inside)[1]
        known[at] = inside
        return inside
