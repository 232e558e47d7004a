"""Pictures of a terminal one after another in one SVG; rows that stay the same are drawn once."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from rich.cells import cell_len
from rich.terminal_theme import TerminalTheme
from textual.color import Color

from conductor.tui.ansi import parse
from conductor.tui.themes import DARK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.segment import Segment

WIDE, HIGH, ROUND = 7.8, 15.4, 6.0
BASE = 11.6  # where letters stand, from the top of their row: not every viewer can centre them
_FONT = "'Fira Code','JetBrains Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace"
_NAMES = ("#3b4261", "#f7768e", "#9ece6a", "#e0af68", "#7aa2f7", "#bb9af7", "#7dcfff", "#a9b1d6")
_EIGHT = [Color.parse(one).rgb for one in _NAMES]
_GROUND, _INK = Color.parse(DARK.background or "").rgb, Color.parse(DARK.foreground or "").rgb
_THEME = TerminalTheme(_GROUND, _INK, _EIGHT, _EIGHT)


def moving(frames: Sequence[tuple[float, Sequence[str]]], columns: int) -> str:
    """Draw frames, each shown for its seconds, over and over."""
    rows: dict[str, int] = {}
    groups, styles = [], []
    whole = sum(seconds for seconds, _ in frames)
    at = 0.0
    for number, (seconds, lines) in enumerate(frames):
        uses = [
            f'<use href="#r{rows.setdefault(line, len(rows))}" y="{y * HIGH:g}"/>'
            for y, line in enumerate(lines)
            if line.strip()
        ]
        groups.append(f'<g class="f{number}">{"".join(uses)}</g>')
        begin, at = 100 * at / whole, at + seconds
        styles.append(
            f".f{number}{{animation:k{number} {whole:g}s step-end infinite;"
            f"visibility:{'hidden' if number else 'visible'}}}"
            f"@keyframes k{number}{{0%{{visibility:{'hidden' if number else 'visible'}}}"
            f"{begin:.3f}%{{visibility:visible}}{100 * at / whole:.3f}%{{visibility:hidden}}}}"
        )
    defs = "".join(f'<g id="r{number}">{_row(line)}</g>' for line, number in rows.items())
    width, height = columns * WIDE + 2 * ROUND, len(frames[0][1]) * HIGH + 2 * ROUND
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}">'
        f"<style>text{{font:13px {_FONT};white-space:pre}}"
        f"{''.join(styles)}</style><defs>{defs}</defs>"
        f'<rect width="100%" height="100%" rx="{ROUND:g}" fill="{DARK.background}"/>'
        f'<g transform="translate({ROUND:g} {ROUND:g})">{"".join(groups)}</g></svg>\n'
    )


def _row(line: str) -> str:
    """Draw one row: grounds first, then words, each stretched to its cells."""
    grounds, words = [], []
    x = 0
    for segment in parse(line):
        cells = cell_len(segment.text)
        ink, ground, extra = _colours(segment)
        if ground:
            size = f'width="{cells * WIDE:g}" height="{HIGH:g}"'
            grounds.append(f'<rect x="{x * WIDE:g}" {size} fill="{ground}"/>')
        if text := segment.text.strip(" "):
            lead = cell_len(segment.text) - cell_len(segment.text.lstrip(" "))
            words.append(
                f'<text x="{(x + lead) * WIDE:g}" y="{BASE:g}" fill="{ink}"{extra}'
                f' textLength="{cell_len(text) * WIDE:g}">{escape(text)}</text>'
            )
        x += cells
    return "".join(grounds + words)


def _colours(segment: Segment) -> tuple[str, str, str]:
    style = segment.style
    ink, ground, extra = str(DARK.foreground), "", ""
    if style is None:
        return ink, ground, extra
    if style.color and not style.color.is_default:
        ink = style.color.get_truecolor(_THEME).hex
    if style.bgcolor and not style.bgcolor.is_default:
        ground = style.bgcolor.get_truecolor(_THEME).hex
    if style.reverse:
        ink, ground = ground or str(DARK.background), ink
    extra += ' style="font-weight:bold"' if style.bold else ""
    extra += ' opacity=".6"' if style.dim else ""
    return ink, "" if ground == DARK.background else ground, extra
