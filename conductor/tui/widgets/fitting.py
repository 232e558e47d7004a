"""Terminals that have the size of their tile for as long as the person looks closely at them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.tui.sources import Screens

READABLE = (38, 6)
"""A tile with less inside shows a part of its agent's screen, also to who is inside."""


class Fitting:
    """Remembers what size each terminal had before, and gives it back."""

    def __init__(self) -> None:
        self.screens: Screens | None = None
        self._before: dict[str, tuple[int, int]] = {}

    def fit(self, session: str, columns: int, rows: int, *, back: bool = True) -> None:
        """Give a terminal this size, to be given `back`, unless that is too small to work in."""
        screen = self.screens.screen(session) if self.screens else None
        if screen is None or columns < READABLE[0] or rows < READABLE[1]:
            return
        if back:
            self._before.setdefault(session, screen.size)
        assert self.screens is not None
        self.screens.resize(session, columns, rows)

    def give_back(self) -> None:
        """Give every fitted terminal the size it had."""
        before, self._before = self._before, {}
        for session, size in before.items():
            if self.screens is not None and self.screens.screen(session) is not None:
                self.screens.resize(session, *size)
