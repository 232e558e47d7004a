"""A screen kept by libghostty, the terminal emulator in the `pyghostty` wheel.

Where it is known to differ from tmux 3.3: after inserting or deleting lines the cursor goes to
the first column, as DEC has it; bytes that are no UTF-8 show as U+FFFD, and tmux drops them. And
its formatter gives a gap that nothing was ever written to the colours of what stands left of it:
a row with such a gap is formatted in pieces.
"""

from __future__ import annotations

import ctypes
import re
import weakref
from ctypes import byref, c_bool, c_int, c_size_t, c_uint16, c_void_p
from typing import TYPE_CHECKING

from conductor.terminals.emulator import Cursor, CursorShape, clean
from conductor.terminals.errors import TerminalError
from conductor.terminals.libghostty import (
    VERSION,
    Cells,
    FormatOptions,
    Mode,
    Ref,
    Selection,
    library,
    must,
    point,
)
from conductor.terminals.modes import Modes

if TYPE_CHECKING:
    from collections.abc import Sequence

_VT = 1  # GHOSTTY_FORMATTER_FORMAT_VT
_CURSOR_X, _CURSOR_Y, _CURSOR_VISIBLE = 3, 4, 7  # GHOSTTY_TERMINAL_DATA_*
_ACTIVE_SCREEN, _KITTY, _MODE = 6, 8, 37
_IMAGE_LIMIT, _SCROLLBACK_LINES = 15, 28  # GHOSTTY_TERMINAL_OPT_*
_DIRTY, _ROW_ITERATOR, _CURSOR_STYLE = 3, 4, 10  # GHOSTTY_RENDER_STATE_DATA_*
_CELLS_RAW = 5  # GHOSTTY_RENDER_STATE_ROW_DATA_*
_CLEAN, _PARTIAL = 0, 1  # GHOSTTY_RENDER_STATE_DIRTY_*
_SHAPES = (CursorShape.BAR, CursorShape.BLOCK, CursorShape.UNDERLINE, CursorShape.BLOCK)

_GRAPHEMES = b"\x1b[?2027h"  # joined emoji and flags take two columns, as in tmux
_EMOJI_STYLE = "\ufe0f".encode()  # takes no column in tmux; terminals are of two minds
_EMPTY = bytes(8)  # a cell that nothing was ever written to
_ON_BLANKS = re.compile(b"\x1b\\[(?:4|7|9|10|53)")  # a ground, a line, the reverse: a gap shows it
_OTHER_KEYS = re.compile(b"\x1b\\[>4(?:;([0-9]))?m")  # what ghostty knows of it, it does not tell


class Emulated:
    """A screen that reads what a program writes, as a terminal would."""

    def __init__(self, size: tuple[int, int]) -> None:
        loaded = library()
        if loaded is None:
            raise TerminalError(f"pyghostty {VERSION} is not installed; use a captured screen")
        self._lib = loaded
        self._size = size
        self._terminal, self._state, self._rows = c_void_p(), c_void_p(), c_void_p()
        must(loaded.terminal_new(None, byref(self._terminal), *size))
        must(loaded.render_state_new(None, byref(self._state)))
        must(loaded.render_state_row_iterator_new(None, byref(self._rows)))
        self._begin()
        # Scrollback is tmux's to keep, and pictures are never drawn in a tile.
        for option in (_SCROLLBACK_LINES, _IMAGE_LIMIT):
            zero = ctypes.c_uint64(0)
            must(loaded.terminal_set(self._terminal, option, byref(zero)))
        self._held = b""
        self._other_keys = 0
        self._at = -1  # the row that the iterator stands on, while the screen is as it was
        self._buffer = ctypes.create_string_buffer(16384)
        self._selection = Selection(ctypes.sizeof(Selection))
        for end in (self._selection.start, self._selection.end):
            end.size = ctypes.sizeof(Ref)
        self._options = FormatOptions(ctypes.sizeof(FormatOptions), _VT)
        self._options.extra.size = ctypes.sizeof(self._options.extra)
        self._options.extra.screen.size = ctypes.sizeof(self._options.extra.screen)
        self._options.selection = ctypes.pointer(self._selection)
        self._free = weakref.finalize(
            self, _free, loaded, self._rows.value, self._state.value, self._terminal.value
        )

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        return self._size

    def feed(self, data: bytes) -> None:
        """Read what the program wrote."""
        # `ESC k title ESC \\` is tmux's and screen's own; ghostty would print the title. As an
        # OSC it is read and dropped. The two bytes may come apart.
        if self._held:
            data, self._held = self._held + data, b""
        if data.endswith(b"\x1b"):
            data, self._held = data[:-1], b"\x1b"
        if b"\x1bk" in data:
            data = data.replace(b"\x1bk", b"\x1b]2;")
        if b"\x1b[>4" in data:
            for found in _OTHER_KEYS.finditer(data):
                self._other_keys = int(found[1] or 0)
        if _EMOJI_STYLE in data:
            data = data.replace(_EMOJI_STYLE, b"")
        self._lib.terminal_vt_write(self._terminal, data, len(data))
        self._at = -1
        if b"\x1bc" in data:
            self._begin()

    def _begin(self) -> None:
        self._lib.terminal_vt_write(self._terminal, _GRAPHEMES, len(_GRAPHEMES))

    def reset(self) -> None:
        """Forget everything that was read."""
        self._held, self._other_keys, self._at = b"", 0, -1
        self._lib.terminal_reset(self._terminal)
        self._begin()

    def resize(self, cols: int, rows: int) -> None:
        """Take another size, as the program's window did."""
        if (cols, rows) != self._size and cols > 0 and rows > 0:
            must(self._lib.terminal_resize(self._terminal, cols, rows, 8, 16))
            self._size, self._at = (cols, rows), -1

    def dirty(self) -> Sequence[int]:
        """Return the rows that changed since the last call."""
        lib, state = self._lib, self._state
        self._at = -1
        must(lib.render_state_update(state, self._terminal))
        how = c_int()
        must(lib.render_state_get(state, _DIRTY, byref(how)))
        if how.value == _CLEAN:
            return ()
        changed: Sequence[int] = range(self._size[1])
        if how.value == _PARTIAL:
            must(lib.render_state_get(state, _ROW_ITERATOR, byref(self._rows)))
            y, rows = c_uint16(), []
            while lib.render_state_row_iterator_next_dirty(self._rows, byref(y)):
                rows.append(y.value)
            changed = rows
        must(lib.render_state_clean(state))
        return changed

    def row(self, y: int) -> str:
        """Return one row: printable text and colours (SGR), nothing else; it may be short."""
        text = self._format(y, 0, self._size[0] - 1)
        if _ON_BLANKS.search(text):
            text = self._with_gaps(y) or text
        return clean(text.decode(errors="replace"))

    def _with_gaps(self, y: int) -> bytes:
        """Format the pieces between a row's gaps, so that none has another's colours, if any."""
        cells, out, begin = self._cells(y), [], 0
        while (gap := _find_empty(cells, begin)) >= 0:
            if gap > begin:
                out.append(self._format(y, begin, gap - 1))
            begin = gap + 1
            while cells.startswith(_EMPTY, begin * 8):
                begin += 1
            out.append(b" " * (begin - gap))
        if out and begin * 8 < len(cells):
            out.append(self._format(y, begin, len(cells) // 8 - 1))
        return b"".join(out)

    def _cells(self, y: int) -> bytes:
        """Return a row's cells as they are kept, without the empty ones at its end."""
        lib, cells = self._lib, Cells()
        if not 0 <= self._at <= y:
            must(lib.render_state_update(self._state, self._terminal))
            must(lib.render_state_get(self._state, _ROW_ITERATOR, byref(self._rows)))
            self._at = -1
        for _ in range(self._at, y):
            lib.render_state_row_iterator_next(self._rows)
        self._at = y
        must(lib.render_state_row_get(self._rows, _CELLS_RAW, byref(cells)))
        kept = ctypes.string_at(cells.first, cells.count * 8) if cells.first else b""
        return kept[: -(-len(kept.rstrip(b"\0")) // 8) * 8]

    def _format(self, y: int, first: int, last: int) -> bytes:
        lib, selection = self._lib, self._selection
        must(lib.terminal_grid_ref(self._terminal, point(first, y), byref(selection.start)))
        must(lib.terminal_grid_ref(self._terminal, point(last, y), byref(selection.end)))
        formatter, length = c_void_p(), c_size_t()
        must(lib.formatter_terminal_new(None, byref(formatter), self._terminal, self._options))
        try:
            if lib.formatter_format_buf(formatter, self._buffer, len(self._buffer), byref(length)):
                # It says how much room it needs: many colours, or many combining marks.
                self._buffer = ctypes.create_string_buffer(length.value)
                must(
                    lib.formatter_format_buf(
                        formatter, self._buffer, len(self._buffer), byref(length)
                    )
                )
            return ctypes.string_at(self._buffer, length.value)
        finally:
            lib.formatter_free(formatter)

    def cursor(self) -> Cursor:
        """Return the cursor."""
        x, y, visible, style = c_uint16(), c_uint16(), c_bool(), c_int()
        for key, out in (
            (_CURSOR_X, x),
            (_CURSOR_Y, y),
            (_CURSOR_VISIBLE, visible),
        ):
            must(self._lib.terminal_get(self._terminal, key, byref(out)))
        self._at = -1
        must(self._lib.render_state_update(self._state, self._terminal))
        must(self._lib.render_state_get(self._state, _CURSOR_STYLE, byref(style)))
        return Cursor(x.value, y.value, visible.value, _SHAPES[style.value])

    def modes(self) -> Modes:
        """Return what the program asked its terminal for."""
        screen, kitty = c_int(), ctypes.c_uint8()
        must(self._lib.terminal_get(self._terminal, _ACTIVE_SCREEN, byref(screen)))
        must(self._lib.terminal_get(self._terminal, _KITTY, byref(kitty)))
        return Modes(
            mouse=max(mode if self._is_set(mode) else 0 for mode in (1000, 1002, 1003)),
            sgr=self._is_set(1006),
            utf8=self._is_set(1005),
            alternate=screen.value == 1,
            focus=self._is_set(1004),
            kitty=kitty.value,
            others=self._other_keys,
        )

    def _is_set(self, mode: int) -> bool:
        asked = Mode(mode, value=False)
        must(self._lib.terminal_get(self._terminal, _MODE, byref(asked)))
        return bool(asked.value)

    def close(self) -> None:
        """Free the terminal now; it is freed with the object otherwise."""
        self._free()


def _find_empty(cells: bytes, begin: int) -> int:
    """Return the first empty cell from there on, or -1."""
    at = cells.find(_EMPTY, begin * 8)
    while at % 8 and at > 0:  # the end of one cell and the begin of the next
        at = cells.find(_EMPTY, at + 8 - at % 8)
    return at // 8


def _free(lib: ctypes.CDLL, rows: int | None, state: int | None, terminal: int | None) -> None:
    lib.render_state_row_iterator_free(rows)
    lib.render_state_free(state)
    lib.terminal_free(terminal)
