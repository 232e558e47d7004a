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
    "slash": "/", "exclamation_mark": "!", "equals_sign": "=", "less_than_sign": "<",
    "left_curly_bracket": "{", "right_curly_bracket": "}", "greater_than_sign": ">",
}  # fmt: skip


class KeyLine(Painted):
    """Keys and what they do; a click does it too."""

    def __init__(self) -> None:
        super().__init__()
        self._ends: list[tuple[int, str]] = []
        self.instead: str | None = None
        self._note = ""

    def on_mount(self) -> None:
        """Follow what the keys do just now."""
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self.refresh())

    def say(self, instead: str | None) -> None:
        """Show a sentence in place of the keys, or the keys again."""
        if instead != self.instead:
            self.instead = instead
            self.refresh()

    def note(self, note: str) -> None:
        """Show a few words beside the keys."""
        if note != self._note:
            self._note = note
            self.refresh()

    def paint(self, y: int, width: int) -> Strip:
        """Return the line."""
        self._ends = []
        if self.instead is not None:
            return self.inks.line([(f" {self.instead}", "frame-in")], width, "bar")
        here, always = self._keys()
        right = _fitting(always, width)
        if self._note:
            right = [(f" {self._note[: width // 2]}  ", ""), *right]
        left = _fitting(here, width - sum(len(words) for words, _ in right) - 1)
        gap = " " * (width - sum(len(words) for words, _ in [*left, *right]))
        runs: list[Run] = []
        at = 0
        for words, key in [*left, (gap, ""), *right]:
            name = f" {key_name(key)}" if key else ""
            runs += [(name, "key bar"), (words[len(name) :], "dim bar" if key else "waiting bar")]
            at += len(words)
            self._ends.append((at, key))
        return self.inks.line(runs, width, "bar")

    def _keys(self) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """List what the keys say, those of this room and those that are the same everywhere."""
        order = [getattr(one, "id", None) for one in type(self.screen).BINDINGS]
        found: dict[str, tuple[int, str, str]] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if binding.show and active.enabled and binding.action not in found:
                words = f" {key_name(binding.key)} {binding.description} "
                at = order.index(binding.id) if binding.id in order else len(order)
                found[binding.action] = (-1 if active.node is self.app else at, words, binding.key)
        said = sorted(found.values(), key=lambda one: one[0])  # a key's priority moves it nowhere
        return (
            [(words, key) for at, words, key in said if at >= 0],
            [(words, key) for at, words, key in said if at < 0],
        )

    def on_click(self, event: events.Click) -> None:
        """Press the key that is clicked."""
        for end, key in self._ends:
            if event.x < end:
                if not key:
                    return
                self.app.simulate_key(key)
                return


def _fitting(said: list[tuple[str, str]], width: int) -> list[tuple[str, str]]:
    """Take as many as fit, the first ones first."""
    taken: list[tuple[str, str]] = []
    for words, key in said:
        width -= len(words)
        if width < 0:
            break
        taken.append((words, key))
    return taken


def key_name(key: str) -> str:
    """Say a key as it stands on the keyboard."""
    if key in _SHORT:
        return _SHORT[key]
    if key.startswith("ctrl+"):
        return f"^{key_name(key[5:])}"
    if key.startswith("shift+"):
        return f"⇧{key_name(key[6:])}"
    return key.upper() if key.startswith("f") and key[1:].isdigit() else key
