"""What a person said about a change and leaves out of it, put over its lines."""

from __future__ import annotations

from conductor.review.address import NEW, OLD
from conductor.review.rows import HUNK, LINE, Insert
from conductor.rounds.said import Comment, Said
from conductor.tui.boxes import box
from conductor.tui.leaving import Leaving, hunk_of, leaving
from conductor.tui.overlay import Overlay
from conductor.tui.wording import plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conductor.review.files import File
    from conductor.review.rows import Row
    from conductor.rounds.said import Question
    from conductor.rounds.standing import Stands
    from conductor.tui.boxes import Rows
    from conductor.tui.inks import Run

LEFT, PART = "○", "◐"


class Margin(Overlay):
    """Comments, questions and remarks under their lines; marks beside what is left out."""

    def __init__(self) -> None:
        self.said = Said()
        self.stands: Mapping[str, Stands] = {}
        self.takes = False  # whether what is read is what would be approved
        self._drawn: dict[str, Rows] = {}
        self._leaving: dict[File, tuple[object, Leaving | None]] = {}

    def show(self, said: Said, stands: Mapping[str, Stands], *, takes: bool) -> None:
        """Put this over the change."""
        self.said, self.stands, self.takes = said, stands, takes
        self._leaving.clear()

    def leaving(self, file: File) -> Leaving | None:
        """Return what is left out of a file, if that can be said."""
        if not self.takes:
            return None
        known = self._leaving.get(file)
        if known is None or known[0] is not file.body:
            known = (file.body, leaving(file, self.said.left.get(file.path, ())))
            self._leaving[file] = known
        return known[1]

    def left_of(self, file: File) -> Leaving | None:
        """Return what is left out of a file, if anything is: cheap for the many others."""
        return self.leaving(file) if self.said.left.get(file.path) else None

    def about(self, key: str) -> Comment | Question | None:
        """Return what a box is about."""
        return self.said.comments.get(key) or self.said.questions.get(key)

    def _of(self, file: File) -> list[tuple[str, int, Comment | Question]]:
        """List what was said about a file: side, last line, and what."""
        found: list[tuple[str, int, Comment | Question]] = []
        for one in self.said.everything:
            stands = self.stands.get(one.id)
            path, last = (stands.path, stands.last) if stands else (one.path, one.last)
            if path == file.path or (one.side == OLD and path == file.old_path):
                found.append((one.side, last, one))
        return found

    # What the lines are drawn with.

    def inserts(self, file: File, width: int) -> Mapping[tuple[str, int], Sequence[Insert]]:
        """Return the boxes under lines."""
        placed: dict[tuple[str, int], list[Insert]] = {}
        for side, last, one in self._of(file):
            rows = self._drawn[one.id] = box(one, self.stands.get(one.id), width, _hint(one))
            placed.setdefault((side, last), []).append(Insert(one.id, len(rows)))
        return placed

    def draw(self, key: str, at: int, width: int) -> Sequence[Run]:
        """Draw one row of a box."""
        rows = self._drawn.get(key, [])
        return rows[at] if at < len(rows) else ()

    def mark(self, file: File, row: Row) -> Run | None:
        """Mark what is left out."""
        now = self.left_of(file)
        if now is None or not now.left:
            return None
        if row.kind == HUNK and row.hunk is not None:
            lines = hunk_of(now, row.hunk.number + 1)
            gone = lines & now.lines
            return ((LEFT if gone == lines else PART), "waiting") if gone else None
        return (LEFT, "waiting") if self._is_left(now, row) else None

    def ground(self, file: File, row: Row) -> str:
        """Let a line that is left out stand on no ground of its side."""
        now = self.left_of(file)
        return "void" if now is not None and now.lines and self._is_left(now, row) else ""

    @staticmethod
    def _is_left(now: Leaving, row: Row) -> bool:
        """Say whether all that changed on a row is left out."""
        meant = changed_on(row) & now.changed
        return bool(meant) and meant <= now.lines

    def told(self, file: File) -> Sequence[Run]:
        """Say of a file what was said about it, whether it was viewed, and what is left out."""
        return self._about(file, "viewed", "left out", "part left out", "parts left out")

    def brief(self, file: File) -> Sequence[Run]:
        """Say the same by signs and numbers."""
        return self._about(file)

    def _about(self, file: File, viewed: str = "", gone: str = "", *parts: str) -> Sequence[Run]:
        runs: list[Run] = []
        if self.said.viewed.get(file.path) == file.new_blob:
            runs.append((f"  ✓ {viewed}".rstrip(), "done"))
        if about := self._of(file):
            runs.append((f"  ✎ {len(about)}", "title"))
        now = self.left_of(file)
        if now is not None and now.left:
            some = plural(now.count, *parts) if parts else f"{now.count}"
            told = gone if now.all_gone else some
            runs.append((f"  {LEFT} {told}".rstrip(), "waiting"))
        return runs


def changed_on(row: Row) -> frozenset[tuple[str, int]]:
    """Return the addresses of what changed on a row."""
    if row.kind != LINE or row.hunk is None:
        return frozenset()
    found = set()
    if row.left >= 0 and row.old and row.hunk.signs[row.left] == ord("-"):
        found.add((OLD, row.old))
    if row.right >= 0 and row.new and row.hunk.signs[row.right] == ord("+"):
        found.add((NEW, row.new))
    return frozenset(found)


def _hint(one: Comment | Question) -> str:
    if isinstance(one, Comment) and one.author == "agent":
        return "enter: accept or drop"
    return ""
