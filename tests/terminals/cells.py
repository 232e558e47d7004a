"""Rows of ANSI text as cells, so that two pictures of one screen can be compared exactly."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.cells import cell_len  # only widths; not the code under test

if TYPE_CHECKING:
    from collections.abc import Iterable

_PIECE = re.compile("\x1b\\[([0-9;:]*)m|(.)", re.DOTALL)
_FLAGS = {1: "b", 2: "f", 3: "i", 4: "u", 5: "k", 7: "r", 8: "h", 9: "s", 53: "o"}
_OFF = {22: "bf", 23: "i", 24: "u", 25: "k", 27: "r", 28: "h", 29: "s", 55: "o"}

Cell = tuple[str, str, str, str]


def cells(row: str, width: int) -> list[Cell]:
    """One cell a column: text, colours, attributes; a wide letter's second cell is empty."""
    flags: set[str] = set()
    colours = {"fg": "", "bg": ""}
    out: list[Cell] = []
    for found in _PIECE.finditer(row):
        if found[1] is not None:
            _pen(found[1], flags, colours)
            continue
        wide = cell_len(found[2])
        style = (colours["fg"], colours["bg"], "".join(sorted(flags)))
        if wide == 0:
            if out:
                at = -2 if out[-1][0] == "" and len(out) > 1 else -1
                out[at] = (out[at][0] + found[2], *out[at][1:])
            continue
        out.append((found[2], *style))
        if wide == 2:
            out.append(("", *style))
    out = [_plain(cell) for cell in out]
    # Tmux's capture leaves out cells that were only erased in a colour.
    while out and out[-1][0] == " " and not out[-1][3]:
        out.pop()
    return out + [(" ", "", "", "")] * (width - len(out))


def _plain(cell: Cell) -> Cell:
    # A blank shows no letter's colour.
    if cell[0] == " " and not set(cell[3]) & set("urso"):
        return (" ", "", cell[2], "")
    return cell


def _pen(text: str, flags: set[str], colours: dict[str, str]) -> None:
    codes = text.split(";") if text else ["0"]
    while codes:
        word = codes.pop(0)
        head, *sub = word.split(":")
        code = int(head or 0)
        if code == 0:
            flags.clear()
            colours.update(fg="", bg="")
        elif code == 4 and sub:
            flags.discard("u")
            flags.update("u" if sub[0] != "0" else "")
        elif code in _FLAGS:
            flags.add(_FLAGS[code])
        elif code in _OFF:
            flags.difference_update(_OFF[code])
        elif code in (38, 48, 58):
            value = sub or _extended(codes)
            value = [part for part in value if part]
            if code != 58:
                colours["fg" if code == 38 else "bg"] = _colour(value)
        elif code in (39, 49):
            colours["fg" if code == 39 else "bg"] = ""
        elif 30 <= code <= 37 or 40 <= code <= 47:
            colours["fg" if code < 40 else "bg"] = str(code % 10)
        elif 90 <= code <= 97 or 100 <= code <= 107:
            colours["fg" if code < 100 else "bg"] = str(code % 10 + 8)


def _extended(codes: list[str]) -> list[str]:
    count = 1 if codes and codes[0] == "5" else 3
    value, codes[: count + 1] = codes[: count + 1], []
    return value


def _colour(value: Iterable[str]) -> str:
    kind, *numbers = value
    return numbers[0] if kind == "5" else ",".join(numbers)
