"""What reaches the person's terminal: as wide as it is, and coloured only where colour is shown.

Texts printed here must be clean already; what the fold has stored is.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_PAINTS = {
    "dim": "2", "bold": "1", "red": "31", "green": "32", "yellow": "33", "blue": "34",
    "magenta": "35", "cyan": "36",
}  # fmt: skip

PAINT_OF_STATE = {
    "running": "green", "busy": "green", "starting": "green", "waiting": "yellow",
    "review": "cyan", "landing": "blue", "landed": "dim", "failed": "red", "blocked": "magenta",
    "limited": "magenta", "rejected": "dim", "cancelled": "dim", "held": "dim", "ended": "dim",
    "done": "dim",
}  # fmt: skip


def width() -> int:
    """Return how many cells a line of standard output has."""
    try:
        return max(40, os.get_terminal_size(1).columns)
    except OSError:
        given = os.environ.get("COLUMNS", "")
        return max(40, int(given)) if given.isdecimal() and len(given) < 5 else 120


def coloured() -> bool:
    """Say whether standard output shows colours."""
    return "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb" and sys.stdout.isatty()


def paint(text: str, colour: str | None) -> str:
    """Return text in a colour, if colours are shown."""
    if not colour or not text or not coloured():
        return text
    return f"\x1b[{_PAINTS[colour]}m{text}\x1b[0m"


def cells(text: str) -> int:
    """Count the cells a clean line takes on a terminal."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(
        0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text
    )


def fit(text: str, room: int) -> str:
    """Return text cut or filled to exactly this many cells."""
    taken = cells(text)
    if taken <= room:
        return text + " " * (room - taken)
    while text and cells(text) > room - 1:
        text = text[:-1] if cells(text) - room < 2 else text[: -max(1, (cells(text) - room) // 2)]
    return text + "…" + " " * (room - 1 - cells(text))


def cut(text: str, beside: int) -> str:
    """Return text cut to what a line has left beside so many cells, if that is worth showing."""
    return fit(text, min(cells(text), max(16, width() - beside))).rstrip()


def folded(text: str, room: int, most: int = 99) -> list[str]:
    """Return a text's words in lines of so many cells; in the last one allowed is all the rest."""
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and len(lines) < most and cells(lines[-1]) + 1 + cells(word) > room:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return lines


def beside(text: str, cells_taken: int) -> str:
    """Return text as it stands beside so many cells; one line where nobody sits and watches."""
    if not sys.stdout.isatty():
        return text
    return ("\n" + " " * cells_taken).join(folded(text, width() - cells_taken))


def table(
    heads: tuple[str, ...],
    rows: Sequence[tuple[str, ...]],
    paints: Sequence[str | None] | None = None,
    notes: Sequence[str | None] | None = None,
) -> str:
    """Lay rows out in columns; the last one takes the room that is left, the second the colour.

    A note stands under its row, indented and dim; each of its lines may need two.
    """
    sizes = [max(cells(row[column]) for row in (heads, *rows)) for column in range(len(heads) - 1)]
    room = max(12, width() - sum(sizes) - 2 * len(sizes))

    def line(row: tuple[str, ...], colour: str | None = None) -> str:
        parts = [fit(cell, size) for cell, size in zip(row[:-1], sizes, strict=True)]
        if len(parts) > 1:
            parts[1] = paint(parts[1], colour)
        return "  ".join([*parts, fit(row[-1], room).rstrip()]).rstrip()

    lines = [paint(line(heads), "dim")]
    for number, row in enumerate(rows):
        lines.append(line(row, paints[number] if paints else None))
        if notes and (note := notes[number]):
            room = width() - 4
            parts = [folded(part, room, most=2) for part in note.split("\n")]
            lines += [paint(f"    {fit(p, room).rstrip()}", "dim") for part in parts for p in part]
    return "\n".join(lines)


def age(seconds: float) -> str:
    """Say a length of time in the largest unit that fits."""
    seconds = max(0, int(seconds))
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def count(number: float) -> str:
    """Say a number in at most five characters."""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= size:
            return (
                f"{number / size:.1f}{unit}"
                if number < 100 * size
                else f"{number / size:.0f}{unit}"
            )
    return str(round(number))


def happening() -> Callable[[float, str, str], str]:
    """Return what lays out a line of history: when, about what, and what happened."""
    import time

    room = width() - 24
    begin, end = paint("|", "dim").split("|")

    def line(at: float, subject: str, said: str) -> str:
        subject = subject if len(subject) <= 6 else ""  # a path: what is said names it
        when = time.strftime("%m-%d %H:%M:%S", time.localtime(at))
        return f"{begin}{when}{end}  {fit(subject, 6)}  {fit(said, room).rstrip()}"

    return line


def document(content: object) -> None:
    """Print one JSON document, in ASCII, so that nothing in it can steer a terminal."""
    import json

    print(json.dumps(content, indent=2 if sys.stdout.isatty() else None))


class Misused(Exception):
    """A command line that cannot be meant; the text says how it is."""


def aside(text: str) -> None:
    """Tell the person something that is no part of the answer."""
    print(f"conductor: {text}", file=sys.stderr)


class Progress:
    """A line that says how far something is, where somebody sits and watches."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._shown = False

    def at(self, done: int, of: int) -> None:
        """Say how many bytes of how many are done, if there are many."""
        if of > _MANY and sys.stderr.isatty():
            self._shown = True
            print(f"\r{self._what}: {done >> 20} of {of >> 20} MB", end="", file=sys.stderr)

    def done(self) -> None:
        """Take the line away."""
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr)


_MANY = 64 << 20
