"""A screen as tmux knows it, turned into what a terminal must read to show the same.

Tmux does not tell the pen (colour) a program was writing with; it is the default until the
program sets it, which full-screen programs do with every piece they write. Its captures leave
out cells that were erased in a colour at the end of a row: they come back when rewritten.
"""

from __future__ import annotations

from codecs import escape_decode
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conductor.terminals.modes import UNTOLD, Modes, ask_again

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conductor.terminals.protocol import Lines

_STATE = (
    "pane_width",
    "pane_height",
    "cursor_x",
    "cursor_y",
    "cursor_flag",
    "alternate_on",
    "alternate_saved_x",
    "alternate_saved_y",
    "scroll_region_upper",
    "scroll_region_lower",
    "insert_flag",
    "origin_flag",
    "wrap_flag",
    "mouse_standard_flag",
    "mouse_button_flag",
    "mouse_all_flag",
    "mouse_sgr_flag",
    "mouse_utf8_flag",
    "keypad_cursor_flag",
    "keypad_flag",
    "cursor_shape",  # empty before tmux 3.6
    UNTOLD,
)
_SHAPES = {b"block": b"\x1b[2 q", b"underline": b"\x1b[4 q", b"bar": b"\x1b[6 q"}
_LINE_DRAWING = b"\x1b)0"  # captured rows switch to it by SO and back by SI


@dataclass(frozen=True, slots=True)
class Seed:
    """One moment of a pane."""

    width: int
    height: int
    x: int
    y: int
    visible: bool
    alternate: bool
    saved: tuple[int, int]
    region: tuple[int, int]
    insert: bool
    origin: bool
    wrap: bool
    modes: Modes
    keypad: tuple[bool, bool]  # whether its arrows, and its digits, are an application's
    shape: bytes
    untold: bytes  # of `modes`, as kept by whoever saw it
    rows: Lines
    behind: Lines  # the main screen, while the alternate one shows
    pending: bytes  # the beginning of a sequence whose end has not come yet


def seed_commands(pane: str) -> list[str]:
    """Return the commands whose answers `read_seed` understands."""
    state = " ".join(f"#{{{name}}}" for name in _STATE)
    return [
        f"display-message -p -t {pane} '{state}'",
        f"capture-pane -p -e -N -t {pane}",
        f"capture-pane -p -e -N -a -q -t {pane}",
        f"capture-pane -p -P -C -t {pane}",
    ]


def read_seed(answers: Sequence[Lines]) -> Seed:
    """Read the answers to `seed_commands`."""
    state, rows, behind, pending = answers
    words = state[0].split(b" ")
    numbers = [int(word) if word.isdigit() else 0 for word in words[: len(_STATE) - 2]]
    saved = (numbers[6], numbers[7])
    return Seed(
        width=numbers[0],
        height=numbers[1],
        x=numbers[2],
        y=numbers[3],
        visible=bool(numbers[4]),
        alternate=bool(numbers[5]),
        # Never saved is told as the largest number there is.
        saved=saved if max(saved) < 65535 else (0, 0),
        region=(numbers[8], numbers[9]),
        insert=bool(numbers[10]),
        origin=bool(numbers[11]),
        wrap=bool(numbers[12]),
        modes=Modes(
            mouse=max(n * m for n, m in zip(numbers[13:16], (1000, 1002, 1003), strict=True)),
            sgr=bool(numbers[16]),
            utf8=bool(numbers[17]),
            alternate=bool(numbers[5]),
        ),
        keypad=(bool(numbers[18]), bool(numbers[19])),
        shape=words[-2],
        untold=words[-1],
        rows=rows,
        behind=behind if numbers[5] else [],
        pending=escape_decode(b"".join(pending))[0],
    )


def paint(seed: Seed) -> bytes:
    """Return what makes a fresh terminal of the seed's size show that moment."""
    out = [_LINE_DRAWING]
    if seed.alternate:
        out += [_rows(seed.behind, None), b"\x1b[m", _goto(*seed.saved), b"\x1b[?1049h\x1b[H"]
    at_end = seed.x >= seed.width
    out += [_rows(seed.rows, seed.y if at_end else None)]
    if seed.region != (0, seed.height - 1):
        out.append(b"\x1b[%d;%dr" % (seed.region[0] + 1, seed.region[1] + 1))
    if seed.origin:
        out.append(b"\x1b[?6h")
    if at_end:
        out.append(b"\x1b8")
    else:
        out.append(_goto(seed.x, seed.y - seed.region[0] if seed.origin else seed.y))
    out.append(b"\x1b[m")
    if seed.insert:
        out.append(b"\x1b[4h")
    if not seed.wrap:
        out.append(b"\x1b[?7l")
    if not seed.visible:
        out.append(b"\x1b[?25l")
    out += [_asked(seed), _SHAPES.get(seed.shape, b""), seed.pending]
    return b"".join(out)


def _rows(rows: Sequence[bytes], keep: int | None) -> bytes:
    """Paint rows in order, for a row's colours go on in the next; wrapping is off meanwhile.

    The row `keep` is painted with wrapping on and the cursor saved behind its last column:
    the only way to come back to "the next letter goes to the next line".
    """
    out = [b"\x1b[?7l"]
    for y, row in enumerate(rows):
        if y == keep:
            out += [_goto(0, y), b"\x1b[?7h", row, b"\x1b7\x1b[?7l"]
        else:
            out += [_goto(0, y), row]
    out.append(b"\x0f\x1b[?7h")
    return b"".join(out)


def _asked(seed: Seed) -> bytes:
    """Return what the program wrote to be told of keys and the mouse."""
    modes = seed.modes
    return b"".join((
        b"\x1b[?%dh" % modes.mouse if modes.mouse else b"",
        b"\x1b[?1006h" if modes.sgr else b"",
        b"\x1b[?1005h" if modes.utf8 else b"",
        b"\x1b[?1h" if seed.keypad[0] else b"",
        b"\x1b=" if seed.keypad[1] else b"",
        ask_again(seed.untold),
    ))  # fmt: skip


def _goto(x: int, y: int) -> bytes:
    return b"\x1b[%d;%dH" % (y + 1, x + 1)
