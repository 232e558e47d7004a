"""What others put over a change that is read: rows under a line, marks in the gutter."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conductor.review.files import File
    from conductor.review.rows import Insert, Row
    from conductor.tui.inks import Run


class Overlay:
    """Nothing over the change; comments, answers and marks are others of this kind.

    After a change of what it says, tell the `DiffView` by `overlaid()`.
    """

    def inserts(self, file: File, width: int) -> Mapping[tuple[str, int], Sequence[Insert]]:
        """Return the rows under lines, by side and line number; line 0 is the file's header."""
        return {}

    def draw(self, key: str, at: int, width: int) -> Sequence[Run]:
        """Draw one row of what is inserted."""
        return ()

    def mark(self, file: File, row: Row) -> Run | None:
        """Return the one cell before a row's numbers: of a line, or of a hunk's header."""
        return None

    def ground(self, file: File, row: Row) -> str:
        """Return the ground that a line stands on instead of its own, if any."""
        return ""

    def told(self, file: File) -> Sequence[Run]:
        """Return what is said behind a file's name."""
        return ()

    def brief(self, file: File) -> Sequence[Run]:
        """Return the same in a few cells, for a list."""
        return self.told(file)


__all__ = ["Overlay"]
