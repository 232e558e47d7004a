"""Keys as the person presses them, in tmux's words, so that the agent gets what it asked for."""

from __future__ import annotations

from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.tui.sources import Screens

LEAVE = frozenset({"f12", "ctrl+right_square_bracket"})
"""The keys that lead out of an agent's terminal: tmux's way out, and one for who has no F12."""

_NAMES = {
    "enter": "Enter", "escape": "Escape", "backspace": "BSpace", "delete": "DC", "insert": "IC",
    "tab": "Tab", "shift+tab": "BTab", "space": "Space", "up": "Up", "down": "Down",
    "left": "Left", "right": "Right", "home": "Home", "end": "End", "pageup": "PPage",
    "pagedown": "NPage",
}  # fmt: skip
_SIGNS = {
    "at": "@", "backslash": "\\", "underscore": "_", "slash": "/", "minus": "-", "plus": "+",
}  # fmt: skip
_WITH = {"ctrl": "C-", "alt": "M-", "shift": "S-", "meta": "M-"}
_BEGINNINGS = "[O"  # behind an escape, these begin the sequence of another key


class _Named(NamedTuple):
    """Stands for a member of Textual's `Keys` in its table of sequences."""

    value: str


def hand_on(screens: Screens, session: str, key: str, character: str | None) -> None:
    """Give a key that the person pressed to an agent."""
    held = key.split("+")[:-1] if len(key) > 1 else ()
    if character is not None and character.isprintable() and not {"alt", "ctrl"} & {*held}:
        screens.type(session, character)
    elif name := tmux_key(key):
        screens.press(session, name)


def tmux_key(key: str) -> str | None:
    """Say a key that is no letter in tmux's words; None for one it has no word for."""
    if key in _NAMES:
        return _NAMES[key]
    *held, plain = [*key[:-2].split("+"), "+"] if key.endswith("++") else key.split("+")
    if any(name not in _WITH for name in held):
        return None
    name = _NAMES.get(plain) or _SIGNS.get(plain) or _plain(plain)
    if name is None or len(name) > 1 or not name.isalpha() or "ctrl" in held:
        return "".join(_WITH[one] for one in held) + name if name else None
    if "shift" in held:
        held.remove("shift")
        name = name.upper()
    return "".join(_WITH[one] for one in held) + name


def _plain(key: str) -> str | None:
    if len(key) == 1:
        return key
    if key[:1] == "f" and key[1:].isdigit():
        number = int(key[1:])
        return f"F{number}" if number <= 12 else f"S-F{number - 12}" if number <= 24 else None
    from textual.keys import key_to_character

    return key_to_character(key)


def _as_pressed() -> dict[str, tuple[_Named, ...]]:
    """Return what Textual's parser is to make of what terminals send for Alt, and for Ctrl-H.

    It knows few of these, some as shortcuts of its own (Alt-F for a word to the right), and waits
    a tenth of a second for the end of the others.
    """
    named = {"\x08": "ctrl+h"}
    named |= {f"\x1b{chr(code)}": f"alt+{chr(code)}" for code in range(33, 127)}
    named |= {f"\x1b{chr(code)}": f"alt+ctrl+{chr(code | 96)}" for code in range(1, 27)}
    named |= {f"\x1b{chr(code)}": f"alt+ctrl+{chr(code | 64)}" for code in (0, 28, 29, 30, 31)}
    named |= {"\x1b\x7f": "alt+backspace", "\x1b\r": "alt+enter", "\x1b\t": "alt+tab"}
    named["\x1b "] = "alt+space"
    return {sent: (_Named(key),) for sent, key in named.items() if sent[-1] not in _BEGINNINGS}


def take_all(*, inside: bool) -> None:
    """Have every key told as it was pressed while the person is inside a tile."""
    from textual import _ansi_sequences as table

    known = table.ANSI_SEQUENCES_KEYS
    assert isinstance(known, dict)
    if inside == bool(_meant):
        return
    if inside:
        pressed = _as_pressed()
        _meant.update((sent, known.get(sent)) for sent in pressed)
        known.update(pressed)
    else:
        for sent, meant in _meant.items():
            if meant is None:
                del known[sent]
            else:
                known[sent] = meant
        _meant.clear()


_meant: dict[str, object] = {}
"""What Textual makes of these sequences while nobody is inside a tile."""
