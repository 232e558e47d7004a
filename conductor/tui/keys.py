"""Keys as the person presses them, in tmux's words, so that the agent gets what it asked for."""

from __future__ import annotations

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
    "at": "@", "left_square_bracket": "[", "backslash": "\\", "circumflex_accent": "^",
    "underscore": "_", "space": "Space", "slash": "/", "minus": "-", "question_mark": "?",
}  # fmt: skip
_WITH = {"ctrl": "C-", "alt": "M-", "shift": "S-", "meta": "M-"}


def hand_on(screens: Screens, session: str, key: str, character: str | None) -> None:
    """Give a key that the person pressed to an agent."""
    if character is not None and character.isprintable():
        screens.type(session, character)
    elif name := tmux_key(key):
        screens.press(session, name)


def tmux_key(key: str) -> str | None:
    """Say a key that is no letter in tmux's words; None for one it has no word for."""
    if key in _NAMES:
        return _NAMES[key]
    *held, plain = key.split("+")
    if any(name not in _WITH for name in held):
        return None
    name = _NAMES.get(plain) or _SIGNS.get(plain) or _plain(plain)
    return "".join(_WITH[one] for one in held) + name if name else None


def _plain(key: str) -> str | None:
    if len(key) == 1:
        return key
    return key.upper() if key[:1] == "f" and key[1:].isdigit() else None
