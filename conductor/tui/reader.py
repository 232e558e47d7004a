"""Reads a change for the review, in threads: its files first, then the diff of the chosen one."""

from __future__ import annotations

from conductor.cleaning import clean
from conductor.tui.sources import SourceError
from conductor.tui.widgets import file_list

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conductor.state import Session, Task
    from conductor.tui.patch_lines import Patch
    from conductor.tui.screens.room import Room
    from conductor.tui.sources import FileChange
    from conductor.tui.widgets.diff_view import DiffView
    from conductor.tui.widgets.listing import Listing


class Reader:
    """Fills the list of files and the diff; what comes too late for another change is dropped."""

    def __init__(
        self,
        room: Room,
        files: Listing,
        diff: DiffView,
        shown: Callable[[Task, str | None], None],
    ) -> None:
        self._room = room
        self._shown = shown
        self._list = files
        self._diff = diff
        self._files: Sequence[FileChange] = ()
        self._open: tuple[Task, Session] | None = None
        self._mark: tuple[str, str | None] | None = None

    def close(self) -> None:
        """Show no change."""
        self._files, self._open, self._mark = (), None, None
        self._list.show([])
        self._diff.clear()

    def open(self, task: Task, session: Session, commit: str | None) -> None:
        """Read a change, unless this commit of it is shown already."""
        mark = (task.id, commit)
        self._open = (task, session)
        if mark == self._mark:
            return
        self._mark = mark
        self._files = ()
        self._list.show([])
        self._diff.clear("reading …")
        self._room.run_worker(
            lambda: self._read_files(task, session, mark),
            thread=True, group="files", exclusive=True,
        )  # fmt: skip

    def _read_files(self, task: Task, session: Session, mark: tuple[str, str | None]) -> None:
        changes = self._room.world.changes
        assert changes is not None
        tell = self._room.app.call_from_thread
        try:
            files = file_list.in_order(changes.files(task, session))
        except SourceError as error:
            tell(self._cannot, mark, str(error))
            return
        tell(self._have_files, task, mark, files)

    def _cannot(self, mark: tuple[str, str | None], why: str) -> None:
        if self._mark == mark:
            self._diff.clear(clean(why))

    def _have_files(
        self, task: Task, mark: tuple[str, str | None], files: Sequence[FileChange]
    ) -> None:
        if self._mark == mark:
            self._shown(task, mark[1])
            self._files = files
            self._list.chosen = None
            self._list.show(file_list.lines(files))
            if not files:
                self._diff.clear("It changed nothing.")

    def read_file(self) -> None:
        """Read the diff of the file that is chosen now."""
        key, opened, mark = self._list.chosen, self._open, self._mark
        if opened is None or mark is None or key is None or int(key) >= len(self._files):
            return
        file = self._files[int(key)]
        self._diff.clear("reading …")
        patch = self._diff.patch
        self._room.run_worker(
            lambda: self._read_diff(opened, file, patch, mark),
            thread=True, group="diff", exclusive=True,
        )  # fmt: skip

    def _read_diff(
        self,
        opened: tuple[Task, Session],
        file: FileChange,
        patch: Patch,
        mark: tuple[str, str | None],
    ) -> None:
        from textual.worker import get_current_worker

        worker = get_current_worker()
        changes = self._room.world.changes
        assert changes is not None
        tell = self._room.app.call_from_thread
        try:
            for piece in changes.patch(*opened, file):
                if worker.is_cancelled:
                    return
                tell(self._have_piece, patch, piece)
        except SourceError as error:
            tell(self._cannot, mark, str(error))

    def _have_piece(self, patch: Patch, piece: bytes) -> None:
        if patch is self._diff.patch:
            self._diff.add(piece)
