"""The bottom line: the keys that do something here and now, taken from the bindings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conductor.tui.inks import Run
from conductor.tui.widgets.painted import Painted

if TYPE_CHECKING:
    from textual import events
    from textual.strip import Strip

_SHORT = {
    "question_mark": "?", "escape": "esc", "enter": "⏎", "plus": "+", "minus": "-", "space": "␣",
    "right_square_bracket": "]", "left_square_bracket": "[", "left": "←", "right": "→",
    "up": "↑", "down": "↓", "full_stop": ".", "comma": ",", "ctrl+right_square_bracket": "^]",
    "slash": "/",
}  # fmt: skip


class KeyLine(Painted):
    """Keys and what they do; a click does it too."""

    def __init__(self) -> None:
        super().__init__()
        self._ends: list[tuple[int, str]] = []
        self.instead: str | None = None

    def say(self, instead: str | None) -> None:
        """Show a sentence in place of the keys, or the keys again."""
        if instead != self.instead:
            self.instead = instead
            self.refresh()

    def paint(self, y: int, width: int) -> Strip:
        """Return the line."""
        self._ends = []
        if self.instead is not None:
            return self.inks.line([(f" {self.instead}", "frame-in")], width, "bar")
        runs: list[Run] = []
        at = 0
        shown: set[str] = set()
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if not binding.show or not active.enabled or binding.action in shown:
                continue
            shown.add(binding.action)
            key, words = f" {key_name(binding.key)}", f" {binding.description} "
            if at + len(key) + len(words) > width:
                break
            runs += [(key, "key bar"), (words, "dim bar")]
            at += len(key) + len(words)
            self._ends.append((at, binding.key))
        return self.inks.line(runs, width, "bar")

    def on_click(self, event: events.Click) -> None:
        """Press the key that is clicked."""
        for end, key in self._ends:
            if event.x < end:
                self.app.simulate_key(key)
                return


def key_name(key: str) -> str:
    """Say a key as it stands on the keyboard."""
    if key in _SHORT:
        return _SHORT[key]
    if key.startswith("ctrl+"):
        return f"^{key_name(key[5:])}"
    if key.startswith("shift+"):
        return f"⇧{key_name(key[6:])}"
    return key.upper() if key.startswith("f") and key[1:].isdigit() else key
