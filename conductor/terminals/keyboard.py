"""Keys by tmux's names for them, as bytes where tmux itself would not say them right.

Tmux knows no kitty keyboard protocol, and what it cannot say it types as the name of the key. So
letters with something held, and keys that old terminals have no bytes for, are said here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conductor.terminals.modes import Modes

_DISAMBIGUATE, _ALL = 1, 8  # kitty's flags
_HELD = {"S": 1, "M": 2, "C": 4}
_CODES = {"Enter": 13, "Tab": 9, "BSpace": 127, "Escape": 27, "Space": 32}
_LETTERS = {
    "Up": "A", "Down": "B", "Right": "C", "Left": "D", "End": "F", "Home": "H",
    "F1": "P", "F2": "Q", "F4": "S",
}  # fmt: skip
_NUMBERS = {
    "IC": 2, "DC": 3, "PPage": 5, "NPage": 6, "F3": 13, "F5": 15, "F6": 17, "F7": 18, "F8": 19,
    "F9": 20, "F10": 21, "F11": 23, "F12": 24,
}  # fmt: skip
_CONTROLS = {" ": 0, "@": 0, "2": 0, "3": 27, "4": 28, "5": 29, "6": 30, "7": 31, "/": 31, "-": 31,
             "8": 127, "?": 127}  # fmt: skip


def encode(key: str, modes: Modes) -> bytes | None:
    """Return a key's bytes, none for one that cannot be said; None leaves it to tmux."""
    held, name = apart(key)
    if modes.kitty & (_DISAMBIGUATE | _ALL):
        return _kitty(held, name, modes.kitty)
    if modes.others or not (name in _CODES or len(name) == 1):
        return None
    return _plain(held, name)


def apart(key: str) -> tuple[int, str]:
    """Take apart what is held and what is pressed: 1 shift, 2 alt, 4 control."""
    held = 0
    while len(key) > 2 and key[1] == "-" and key[0] in _HELD:
        held |= _HELD[key[0]]
        key = key[2:]
    return (held | 1, "Tab") if key == "BTab" else (held, key)


def _plain(held: int, name: str) -> bytes:
    """Say a key as a terminal without extensions would."""
    shift, alt, control = held & 1, held & 2, held & 4
    if name == "Tab" and shift:
        return b"\x1b[Z" if held == 1 else b""
    if name == "Enter" and held == 1:
        return b"\x1b\r"  # what agents take for a new line; the bare one would send the prompt
    text = chr(_CODES[name]) if name in _CODES else name
    if control and (name == "Space" or len(name) == 1):
        at = " " if name == "Space" else text.lower()
        if at.isascii() and (at.isalpha() or at in "[\\]^_"):
            if shift:
                return b""  # no other key than without shift, to such a terminal
            text = chr(ord(at) & 31 if at.isalpha() else ord(at) - 64)
        elif at in _CONTROLS:
            text = chr(_CONTROLS[at])
    elif control and name == "BSpace":
        text = "\x08"
    elif shift and len(name) == 1:
        text = text.upper()
    return (b"\x1b" if alt else b"") + text.encode()


def _kitty(held: int, name: str, flags: int) -> bytes:
    """Say a key by kitty's protocol; letters without anything held stay letters."""
    if name in _LETTERS:
        return (
            f"\x1b[1;{held + 1}{_LETTERS[name]}".encode()
            if held
            else b"\x1b[" + _LETTERS[name].encode()
        )
    if name in _NUMBERS:
        return f"\x1b[{_NUMBERS[name]}{f';{held + 1}' if held else ''}~".encode()
    if name == "@" and held & 4:
        name = "Space"  # old terminals say both by the same byte
    if len(name) == 1 and name.isupper() and held & 6:
        held, name = held | 1, name.lower()
    text = chr(_CODES[name]) if name in _CODES else name
    if len(text) != 1:
        return b""
    bare = not held or (held == 1 and len(name) == 1) or (held == 1 and name == "Space")
    if bare and name != "Escape" and not flags & _ALL:
        return (text.upper() if held else text).encode()
    return f"\x1b[{ord(text)}{f';{held + 1}' if held else ''}u".encode()
