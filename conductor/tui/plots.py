"""Plots and gauges of block characters: an eighth of a cell is the smallest step."""

from __future__ import annotations

from math import isfinite

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

UP = " ▁▂▃▄▅▆▇█"
ALONG = " ▏▎▍▌▋▊▉█"


def resample(values: Sequence[float], width: int) -> list[float]:
    """Return as many values as there are columns: averages, or each several times."""
    many = len(values)
    if not many or width < 1:
        return [0.0] * max(0, width)
    if many <= width:
        return [values[column * many // width] for column in range(width)]
    found = []
    for column in range(width):
        some = values[column * many // width : max((column + 1) * many // width, 1)]
        found.append(sum(some) / len(some))
    return found


def bars(values: Sequence[float], height: int, peak: float) -> list[str]:
    """Draw a column for each value, the rows from the top down; what is not nothing is seen."""
    steps = height * 8
    filled = [
        max(1, min(steps, round(value / peak * steps))) if value > 0 < peak else 0
        for value in values
    ]
    return [
        "".join(UP[max(0, min(8, level - 8 * row))] for level in filled)
        for row in reversed(range(height))
    ]


def nice(peak: float) -> float:
    """Return a round number that is at least this, for the top of a scale."""
    if not peak > 1e-12 or not isfinite(peak):
        return 1.0
    size = 1.0
    while size * 10 <= peak:
        size *= 10
    while size > peak:
        size /= 10
    steps = (size * step for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10))
    return next((top for top in steps if top >= peak), peak)


def level(part: float) -> str:
    """Draw a part of one as one character."""
    return UP[max(0 if part <= 0 else 1, min(8, round(part * 8)))]


def gauge(used: float, width: int, *, heads: float | None = None) -> tuple[str, str, str]:
    """Draw what is used, what will be at this pace, and the rest, in so many cells in all."""
    used = min(max(used, 0.0), 1.0)
    eighths = round(used * width * 8)
    if used > 0 and not eighths:
        eighths = 1
    full, part = divmod(eighths, 8)
    solid = "█" * full + (ALONG[part] if part else "")
    ends = round(min(max(heads or 0.0, used), 1.0) * width)
    coming = "▒" * max(0, ends - len(solid))
    return solid, coming, "░" * (width - len(solid) - len(coming))


_BIG = {
    "0": ("┏━┓", "┃ ┃", "┗━┛"), "1": ("╺┓ ", " ┃ ", "╺┻╸"), "2": ("╺━┓", "┏━┛", "┗━╸"),
    "3": ("╺━┓", " ━┫", "╺━┛"), "4": ("╻ ╻", "┗━┫", "  ╹"), "5": ("┏━╸", "┗━┓", "╺━┛"),
    "6": ("┏━╸", "┣━┓", "┗━┛"), "7": ("╺━┓", "  ┃", "  ╹"), "8": ("┏━┓", "┣━┫", "┗━┛"),
    "9": ("┏━┓", "┗━┫", "╺━┛"), ".": (" ", " ", "."), "k": ("╻ ╻", "┣┳┛", "╹┗╸"),
    "M": ("┏┳┓", "┃╹┃", "╹ ╹"), "G": ("┏━╸", "┃╺┓", "┗━┛"),
}  # fmt: skip


def big(text: str) -> list[str]:
    """Write a number three rows high."""
    shapes = [_BIG.get(char, ("   ", "   ", "   ")) for char in text]
    return [" ".join(shape[row] for shape in shapes) for row in range(3)]
