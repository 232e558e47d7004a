"""The terminal emulator in the `pyghostty` wheel, as far as we call it, bound by ctypes.

By ctypes, because pyghostty's own import compiles its whole header (126 ms against 11).
The structures below mirror the header of exactly the version named here; any other version
is not touched: `library` returns None, and screens are captured from tmux instead.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.util
from ctypes import POINTER, c_bool, c_char_p, c_int, c_size_t, c_uint16, c_uint32, c_void_p
from pathlib import Path

from conductor.terminals.errors import TerminalError

VERSION = "0.1.3"


class Ref(ctypes.Structure):
    """Where a cell is kept."""

    _fields_ = (("size", c_size_t), ("node", c_void_p), ("x", c_uint16), ("y", c_uint16))


class Coordinate(ctypes.Structure):
    """Stands for a union of 16 bytes, which ctypes will not pass by value."""

    _fields_ = (("x", c_uint16), ("y", c_uint32), ("rest", ctypes.c_uint64))


class Point(ctypes.Structure):
    """A place on the screen, counted from 0."""

    _fields_ = (("tag", c_int), ("value", Coordinate))


class Selection(ctypes.Structure):
    """From one cell to another."""

    _fields_ = (("size", c_size_t), ("start", Ref), ("end", Ref), ("rectangle", c_bool))


class _ScreenExtra(ctypes.Structure):
    _fields_ = (("size", c_size_t), ("flags", c_bool * 6))


class _TerminalExtra(ctypes.Structure):
    _fields_ = (("size", c_size_t), ("flags", c_bool * 6), ("screen", _ScreenExtra))


class Mode(ctypes.Structure):
    """A mode of the terminal, and whether it is on."""

    _fields_ = (("mode", c_uint16), ("value", c_bool))


class Cells(ctypes.Structure):
    """A row's cells, eight bytes each."""

    _fields_ = (("first", c_void_p), ("count", c_size_t))


class FormatOptions(ctypes.Structure):
    """What of a screen is written, and how."""

    _fields_ = (
        ("size", c_size_t),
        ("emit", c_int),
        ("unwrap", c_bool),
        ("trim", c_bool),
        ("extra", _TerminalExtra),
        ("selection", POINTER(Selection)),
    )


_SIGNATURES: dict[str, tuple[type | None, tuple[type, ...]]] = {
    "terminal_new": (c_int, (c_void_p, POINTER(c_void_p), c_uint16, c_uint16)),
    "terminal_free": (None, (c_void_p,)),
    "terminal_reset": (None, (c_void_p,)),
    "terminal_resize": (c_int, (c_void_p, c_uint16, c_uint16, c_uint32, c_uint32)),
    "terminal_set": (c_int, (c_void_p, c_int, c_void_p)),
    "terminal_get": (c_int, (c_void_p, c_int, c_void_p)),
    "terminal_vt_write": (None, (c_void_p, c_char_p, c_size_t)),
    "terminal_grid_ref": (c_int, (c_void_p, Point, POINTER(Ref))),
    "formatter_terminal_new": (c_int, (c_void_p, POINTER(c_void_p), c_void_p, FormatOptions)),
    "formatter_format_buf": (c_int, (c_void_p, c_void_p, c_size_t, POINTER(c_size_t))),
    "formatter_free": (None, (c_void_p,)),
    "render_state_new": (c_int, (c_void_p, POINTER(c_void_p))),
    "render_state_free": (None, (c_void_p,)),
    "render_state_update": (c_int, (c_void_p, c_void_p)),
    "render_state_get": (c_int, (c_void_p, c_int, c_void_p)),
    "render_state_clean": (c_int, (c_void_p,)),
    "render_state_row_iterator_new": (c_int, (c_void_p, POINTER(c_void_p))),
    "render_state_row_iterator_free": (None, (c_void_p,)),
    "render_state_row_iterator_next": (c_bool, (c_void_p,)),
    "render_state_row_get": (c_int, (c_void_p, c_int, c_void_p)),
    "render_state_row_iterator_next_dirty": (c_bool, (c_void_p, POINTER(c_uint16))),
}


@functools.cache
def library() -> ctypes.CDLL | None:
    """Return the library of the installed wheel, or None where it is missing or another one."""
    found = importlib.util.find_spec("pyghostty")
    if found is None or not found.submodule_search_locations:
        return None
    package = Path(found.submodule_search_locations[0])
    # The wheel's own record of its version; importlib.metadata would cost more than the library.
    if not (package.parent / f"pyghostty-{VERSION}.dist-info").is_dir():
        return None
    for ending in (".so", ".dylib"):
        path = package / "_lib" / f"libghostty-vt{ending}"
        if path.exists():
            try:
                loaded = ctypes.CDLL(str(path))
            except OSError:
                return None  # built for another machine: the fallback serves
            for name, (result, arguments) in _SIGNATURES.items():
                function = loaded[f"ghostty_{name}"]
                function.restype, function.argtypes = result, arguments
                setattr(loaded, name, function)
            return loaded
    return None


def point(x: int, y: int) -> Point:
    """Name a cell of the screen."""
    return Point(0, Coordinate(x, y, 0))


def must(result: int) -> None:
    """Raise what the library answered, unless it did as it was told."""
    if result:
        raise TerminalError(f"libghostty refused with code {result}; please report this")
