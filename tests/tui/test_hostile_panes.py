"""Whatever a pane prints: what our painted lines send on is text and colours, in its place."""

from __future__ import annotations

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console

from conductor.terminals.captured import stand_alone
from conductor.terminals.ghostty import Emulated
from conductor.tui.ansi import RawStrip, crop, folded, plain_text
from conductor.tui.inks import Inks
from conductor.tui.looks import Look
from conductor.tui.widgets import tile
from conductor.tui.widgets.face import Face, Frame

SAFE = re.compile(
    "(?:\x1b\\[[0-9;:]*m"
    "|[^\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\U000e0000-\U000e007f])*"
)
BEGIN = r"""
\x1b[ \x1b]52;c; \x1b]0; \x1b]8;;http://x/ \x1bP \x1bP+q \x1bPtmux; \x1b_ \x1b_G \x1b^ \x1bX \x1b#8
\x1bc \x1bk \x1b(0 \x1b)0\x0e \x9b \x9d \x90 \x1b[? \x1b[> \x1b[= \x1b% \x1b \x07
\x08 \x7f \x00 \x0f
\x1b\\ \x1b[38;2; \x1b[4:3 \x1b[58;5;
"""
END = r"m h l u n c t q J K H r @ P L X S b \x07 \x1b\\ \x9c"
TEXT = r"""
\u202e \u2066 \u200b \u200d \ufe0f \u0301 \ufeff \U000e0041 \u2028 \u65e5 \ud55c
\U0001f642 \u2764\ufe0f
\u05e9\u05dc\u05d5 \U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea
\u0645\u0631\u062d
\u0e01\u0e47 \u2501 [red]b[/red] [link=x] {{ \t \r\n \r \xad \u1160 \u3164 \ue000 \U0010ffff \x85
"""


def _read(table: str) -> list[str]:
    return [word.encode().decode("unicode_escape") for word in table.split()]


words = st.one_of(
    st.sampled_from(_read(BEGIN)),
    st.sampled_from(_read(END)),
    st.sampled_from([*_read(TEXT), "a" * 300, "e\u0301\u0302" * 40]),
    st.integers(0, 70000).map(str),
    st.just(";"),
    st.text(max_size=8),
)
streams = st.one_of(
    st.lists(words, max_size=40).map(lambda parts: "".join(parts).encode(errors="replace")),
    st.lists(st.one_of(words.map(lambda w: w.encode(errors="replace")), st.binary(max_size=6)),
             max_size=30).map(b"".join),
)  # fmt: skip
SYSTEMS = {
    ColorSystem.STANDARD: "standard",
    ColorSystem.EIGHT_BIT: "256",
    ColorSystem.TRUECOLOR: "truecolor",
}
LOOK = Look("●", "works", "busy")


class Painting(Inks):
    """Colours without an app."""

    def __init__(self, system: ColorSystem) -> None:
        self._instead = None
        self.system = system
        self.console = Console(force_terminal=True, color_system=SYSTEMS[system])

    def begin(self, name: str) -> str:
        """Return what begins a class."""
        return "\x1b[38;5;7m\x1b[48;5;0m" if self.system is not ColorSystem.STANDARD else "\x1b[37m"


def _face(said: str) -> Face:
    return Face("t1", "s1", LOOK, said, said, "1/s", "1m", said, "", False, said, "1", spark=said)


@settings(max_examples=150)
@given(streams, st.integers(1, 50), st.sampled_from(list(SYSTEMS)), st.booleans())
@example("a\u202eb\u2066c\u200bd\ufeff".encode(), 7, ColorSystem.STANDARD, False)
@example("\x1b]52;c;aGk=\x07\u2764\ufe0f".encode(), 1, ColorSystem.TRUECOLOR, True)
def test_painted_tiles_are_text_and_colours(
    data: bytes, step: int, system: ColorSystem, inside: bool
) -> None:
    screen = Emulated((40, 12))
    try:
        for start in range(0, len(data), step):
            screen.feed(data[start : start + step])
        screen.modes()
        inks = Painting(system)
        face = _face(data.decode(errors="replace"))
        for dense in (False, True):
            frame = Frame(True, inside, dense)
            for size in ((42, 14), (30, 8), (90, 9)):
                for line in tile.draw(face, frame, screen, size, inks):
                    assert SAFE.fullmatch(line), line
    finally:
        screen.close()


@settings(max_examples=150)
@given(st.lists(st.text(), max_size=6), st.integers(1, 30))
def test_captured_rows_and_the_past_are_text_and_colours(rows: list[str], width: int) -> None:
    for row in stand_alone([row.replace("\n", "") for row in rows]):
        assert SAFE.fullmatch(row)
        for part in folded(row, width):
            assert SAFE.fullmatch(part)
            assert SAFE.fullmatch(crop(part, width, ColorSystem.TRUECOLOR, ""))
        strip = RawStrip(row, 5)
        assert "\x1b" not in strip.text


def test_emoji_take_the_columns_that_the_frame_leaves_them() -> None:
    texts = [
        "\u26a0\ufe0f \u2764\ufe0f", "\U0001f469\u200d\U0001f469\u200d\U0001f467", "1\ufe0f\u20e3",
        "\U0001f1e9\U0001f1ea", "\u0e01\u0e47", "\U0001f44d\U0001f3fd", "\u65e5\u672c", "e\u0301",
        "\U0001f9d1\u200d\U0001f4bb",
    ]  # fmt: skip
    screen = Emulated((40, 12))
    screen.feed("\r\n".join(texts).encode())
    for dense in (False, True):
        lines = tile.draw(
            _face("x"),
            Frame(True, True, dense),
            screen,
            (30, 12),
            Painting(ColorSystem.TRUECOLOR),
        )
        terminal = Emulated((30, 12))
        terminal.feed("".join(f"\x1b[{n};1H{line}" for n, line in enumerate(lines, 1)).encode())
        for y in range(1, 11):
            row = plain_text(terminal.row(y))
            assert cell_len(row) == 30, row
            assert dense or row.endswith("┃")
