"""Rows of terminal text that Textual passes on as they are, cut to the cell."""

from __future__ import annotations

import re
from functools import lru_cache

from rich.cells import cell_len, set_cell_size
from rich.color import Color as RichColor
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console
    from textual.color import Color
    from textual.filter import LineFilter

_SGR = re.compile(r"(\x1b\[[0-9;:]*m)")
_BACK = re.compile(r"\x1b\[(0{0,2}|39|49)(;|m)")
_BACKS = re.compile(r"\x1b\[(?:(?:(?:0{0,2}|39|49);)+(?:(?:0{0,2}|39|49)m)?|(?:0{0,2}|39|49)m)")
RESET = "\x1b[0m"


class RawStrip(Strip):
    """A line that is terminal text already; taken apart only where something lies over it."""

    __slots__ = ("_ansi", "_parsed")

    def __init__(self, ansi: str, width: int) -> None:
        self._parsed: list[Segment] | None = None
        super().__init__((), width)
        self._ansi = ansi
        self._render_cache = ansi

    @property
    def _segments(self) -> list[Segment]:
        if self._parsed is None:
            self._parsed = parse(self._ansi)
        return self._parsed

    @_segments.setter
    def _segments(self, _: Iterable[Segment]) -> None:
        """Take no notice: the parent's constructor sets what is made here when it is needed."""

    def render(self, console: Console) -> str:
        """Return the terminal text."""
        return self._ansi

    def divide(self, cuts: Iterable[int]) -> list[Strip]:
        """Cut the line, unless the cut is its whole width."""
        wanted = list(cuts)
        return [self] if wanted == [self.cell_length] else list(super().divide(wanted))

    def crop(self, start: int, end: int | None = None) -> Strip:
        """Crop the line, unless nothing is cut off."""
        if start == 0 and (end is None or end >= self.cell_length):
            return self
        return super().crop(start, end)

    def apply_filter(self, filter: LineFilter, background: Color) -> Strip:  # noqa: A002 — Textual's name
        """Apply a filter to what the line is made of."""
        return Strip(self._segments, self.cell_length).apply_filter(filter, background)


def parse(ansi: str) -> list[Segment]:
    """Take terminal text apart into styled pieces."""
    segments = []
    style: Style | None = None
    for piece in _SGR.split(ansi):
        if piece.startswith("\x1b["):
            style = _styled(style, piece[2:-1])
        elif piece:
            segments.append(Segment(piece, style))
    return segments


_ATTRIBUTES = {
    "1": "bold", "2": "dim", "3": "italic", "4": "underline", "5": "blink", "7": "reverse",
    "8": "conceal", "9": "strike", "22": "not bold not dim", "23": "not italic",
    "24": "not underline", "25": "not blink", "27": "not reverse", "28": "not conceal",
    "29": "not strike", "39": "default", "49": "on default",
}  # fmt: skip


@lru_cache(maxsize=4096)
def _styled(before: Style | None, codes: str) -> Style | None:
    style = before or Style.null()
    parts = codes.replace(":", ";").split(";")
    while parts:
        code = parts.pop(0).lstrip("0")
        if not code:
            style = Style.null()
        elif code in ("38", "48"):
            colour = _colour(parts)
            if colour is not None:
                style += Style(color=colour) if code == "38" else Style(bgcolor=colour)
        elif code in _ATTRIBUTES:
            style += Style.parse(_ATTRIBUTES[code])
        elif code.isdigit() and (number := int(code)) < 108:
            for first, bright in ((30, 0), (90, 8)):
                if first <= number < first + 8:
                    style += Style(color=RichColor.from_ansi(number - first + bright))
                elif first + 10 <= number < first + 18:
                    style += Style(bgcolor=RichColor.from_ansi(number - first - 10 + bright))
    return style or None


def _colour(parts: list[str]) -> RichColor | None:
    """Take a colour's numbers off the front of an SGR sequence."""
    kind, given = (parts.pop(0) if parts else ""), []
    for _ in range({"5": 1, "2": 3}.get(kind, 0)):
        part = parts.pop(0) if parts else ""
        given.append(min(255, int(part)) if part.isdigit() else 0)
    if kind == "5":
        return RichColor.from_ansi(given[0])
    return RichColor.from_rgb(*given) if kind == "2" else None


def plain_text(row: str) -> str:
    """Return a row's text without its colours."""
    return _SGR.sub("", row)


def fit(text: str, width: int) -> str:
    """Cut or pad plain text to so many cells, marking a cut."""
    if text.isascii():
        length = len(text)
        if length > width:
            return text[: width - 1] + "…" if width > 0 else ""
        return text + " " * (width - length)
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(set_cell_size(text, width - 1).rstrip() + "…", width) if width > 0 else ""


@lru_cache(maxsize=8192)
def crop(row: str, width: int, system: ColorSystem, ground: str = "") -> str:
    """Cut or pad a coloured row to so many cells, on our ground, in colours the terminal has."""
    text = _SGR.sub("", row)
    left = width - (len(text) if text.isascii() else cell_len(text))
    if left >= 0 and system is ColorSystem.TRUECOLOR:
        return f"{ground}{_grounded(row, ground)}{RESET}{ground}{' ' * left}{RESET}"
    out, left = [ground], width
    for piece in _SGR.split(row):
        if piece.startswith("\x1b["):
            rest = piece if system is ColorSystem.TRUECOLOR else _lower(piece, system)
            out.append(_grounded(rest, ground))
        elif piece:
            length = len(piece) if piece.isascii() else cell_len(piece)
            if length > left:
                out.append(set_cell_size(piece, left))
                left = 0
                break
            out.append(piece)
            left -= length
    return "".join(out) + RESET + ground + " " * left + RESET


def _grounded(row: str, ground: str) -> str:
    """Let a row fall back on our colours wherever it falls back on the terminal's own."""
    return _BACKS.sub(lambda found: _back(found[0], ground), row)


@lru_cache(maxsize=1024)
def _back(sequence: str, ground: str) -> str:
    begun, rest = "", sequence
    while back := _BACK.match(rest):
        begun += RESET + ground if back[1] in ("", "0", "00") else ground
        rest = f"\x1b[{rest[back.end() :]}" if back[2] == ";" else ""
    return begun + rest


_DRAWN = re.compile("[\u2500-\u259f]")


@lru_cache(maxsize=8192)
def folded(row: str, width: int) -> tuple[str, ...]:
    """Break a row of words that is wider than its place; what is drawn with lines stays whole."""
    text = _SGR.sub("", row).rstrip()
    measure = len if text.isascii() else cell_len
    if width < 1 or measure(text) <= width or (measure is cell_len and _DRAWN.search(text)):
        return (row,)
    if measure is len:
        return _folded_ascii(row, text, width)
    lines: list[str] = []
    line, pen, left = "", "", width
    for piece in _SGR.split(row.rstrip()):
        if piece.startswith("\x1b["):
            pen = piece if piece in ("\x1b[m", RESET) else pen + piece
            line += piece
            continue
        if measure(piece) <= left:
            line += piece
            left -= measure(piece)
            continue
        for word in _WORDS.findall(piece):
            rest, length = word, measure(word)
            if left < length <= width and left < width:
                lines.append(line)
                line, left = pen, width
                rest = rest.lstrip(" ")
                length = measure(rest)
            while length > left:
                part = set_cell_size(rest, left)
                if not rest.startswith(part):  # half of a wide character
                    part = part[:-1] or (rest[:1] if left == width else "")
                lines.append(line + part)
                line, left, rest = pen, width, rest[len(part) :]
                length = measure(rest)
            line += rest
            left -= length
    return (*lines, line)


def _folded_ascii(row: str, text: str, width: int) -> tuple[str, ...]:
    """Break a row where its text is best broken, and let each line begin in its colours."""
    lines: list[str] = []
    pens = _SGR.finditer(row)
    pen = next(pens, None)
    colours, taken, begin = "", 0, 0  # what is on, how long the colours so far are, where we are
    while begin < len(text):
        end = len(text)
        if end - begin > width:
            end = text.rfind(" ", begin + 1, begin + width + 1)
            end = begin + width if end < 0 or text[begin:end].isspace() else end
        while pen is not None and pen.start() - taken <= begin:
            colours, taken = _on(colours, pen[0]), taken + len(pen[0])
            pen = next(pens, None)
        first, before = begin + taken, colours
        while pen is not None and pen.start() - taken < end:
            colours, taken = _on(colours, pen[0]), taken + len(pen[0])
            pen = next(pens, None)
        lines.append(before + row[first : end + taken])
        begin = end
        while begin < len(text) and text[begin] == " ":
            begin += 1
    return tuple(lines)


def _on(colours: str, more: str) -> str:
    return more if more in ("\x1b[m", RESET) else colours + more


_WORDS = re.compile(" *[^ ]+ *?(?= |$)| +")


@lru_cache(maxsize=1024)
def _lower(sequence: str, system: ColorSystem) -> str:
    """Express a colour in what a terminal of fewer colours knows."""
    if "38" not in sequence and "48" not in sequence:
        return sequence
    if "38;5" in sequence and system is ColorSystem.EIGHT_BIT and ";2;" not in sequence:
        return sequence
    reset = RESET if sequence[2:].startswith(("0;", ";", "m")) else ""
    style = _styled(None, sequence[2:-1])
    return reset + style.render("\0", color_system=system).partition("\0")[0] if style else reset
