"""Terminals that have the size of their tile for as long as the person looks closely at them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.tui.sources import Screens

READABLE = (38, 8)
"""In less than this an agent can neither be read nor typed to."""


def is_readable(size: tuple[int, int]) -> bool:
    """Say whether a terminal of this size can be worked in."""
    return size[0] >= READABLE[0] and size[1] >= READABLE[1]


class Fitting:
    """Remembers what size each terminal had before, and gives it back."""

    def __init__(self) -> None:
        self.screens: Screens | None = None
        self._before: dict[str, tuple[int, int]] = {}

    def fit(self, session: str, size: tuple[int, int], *, back: bool = True) -> None:
        """Give a terminal this size, to be given `back`, unless that is too small to work in."""
        screen = self.screens.screen(session) if self.screens else None
        if screen is None or not is_readable(size):
            return
        if back:
            self._before.setdefault(session, screen.size)
        assert self.screens is not None
        self.screens.resize(session, *size)

    def give_back(self) -> None:
        """Give every fitted terminal the size it had."""
        before, self._before = self._before, {}
        for session, size in before.items():
            if self.screens is not None and self.screens.screen(session) is not None:
                self.screens.resize(session, *size)
