"""Reads a change in threads: its files at once, its first file next, then all of it as it comes."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

from conductor.cleaning import clean
from conductor.review.document import Document
from conductor.review.files import File, files_of, spelled
from conductor.review.index import Index
from conductor.review.pictures import described
from conductor.tui.sources import SourceError
from conductor.tui.widgets.diff_text import READING
from conductor.tui.wording import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from conductor.state import Session, Task
    from conductor.tui.screens.room import Room
    from conductor.tui.sources import Reading, Scope
    from conductor.tui.widgets.diff_view import DiffView

ASKED = 32 << 20
"""Bytes of one file that are read when the person asks for it."""
GLANCE = 1 << 17
"""Bytes of the first file that are enough to begin with."""
OFTEN = 0.15
"""Seconds until what has come is shown; later it is shown less often."""


class Shown:
    """One reading: what is read, and as what."""

    def __init__(self, task: Task, session: Session, scope: Scope, *, ignore_space: bool) -> None:
        self.task = task
        self.session = session
        self.scope = scope
        self.ignore_space = ignore_space
        self.reading: Reading | None = None
        self.files: list[File] = []
        self.done = False
        self.heard = True  # whether the screen has seen what was told last
        self.trouble = ""

    def close(self) -> None:
        """Let go of what was kept for it."""
        if self.reading is not None:
            self.reading.close()


class Reader:
    """Fills a `DiffView`; what comes too late, when something else is read, is dropped."""

    def __init__(self, room: Room, diff: DiffView) -> None:
        self._room = room
        self._diff = diff
        self.shown: Shown | None = None
        self.on_first: Callable[[Shown], None] = lambda _: None
        self.on_files: Callable[[Shown], None] = lambda _: None
        self.on_more: Callable[[Shown], None] = lambda _: None
        self.on_end: Callable[[Shown], None] = lambda _: None

    def close(self, note: str = "") -> None:
        """Show no change."""
        if self.shown is not None:
            self.shown.close()
        self.shown = None
        self._diff.clear(note)

    def open(
        self, task: Task, session: Session, scope: Scope, *, ignore_space: bool, keep: bool = False
    ) -> None:
        """Read something; `keep` leaves what is shown in place until the new is there."""
        before, shown = self.shown, Shown(task, session, scope, ignore_space=ignore_space)
        self.shown = shown
        if not keep:
            self._diff.clear("reading …")
        self._room.run_worker(
            lambda: self._read(shown, before, keep=keep),
            thread=True, group="files", exclusive=True,
        )  # fmt: skip

    # In the thread.

    def _tell(self, shown: Shown, what: Callable[..., None], *words: Any) -> None:
        """Have something said on the screen's own thread, if this is still what is read.

        Nobody waits for it: git would have to wait, too.
        """

        def say() -> None:
            if self.shown is shown:
                what(*words)

        self._room.call_later(say)

    def _read(self, shown: Shown, before: Shown | None, *, keep: bool) -> None:
        changes = self._room.world.changes
        assert changes is not None
        if before is not None:
            before.close()
        try:
            reading = changes.read(shown.task, shown.session, shown.scope)
            if self.shown is not shown:
                reading.close()
                return
            shown.reading = reading
            shown.files = files_of(reading.listed())
            self._begin(shown, reading, keep=keep)
            if self._stream(shown, reading):
                self._finish(shown, reading)
        except SourceError as error:
            self._tell(shown, self._cannot, shown, str(error))

    def _begin(self, shown: Shown, reading: Reading, *, keep: bool) -> None:
        """Show the list, and the first file that has lines."""
        first = next((file for file in shown.files if not file.folded), None)
        if first is not None and not keep:
            self._glance(shown, reading, first)
        if not keep:
            self._tell(shown, self._have_files, shown, keep)

    @staticmethod
    def _glance(shown: Shown, reading: Reading, file: File) -> None:
        """Read one file ahead of the others, or of a very long one its beginning."""
        index = Index([file])
        begun = bytearray()
        with closing(reading.patch(_paths(file), ignore_space=shown.ignore_space)) as pieces:
            for piece in pieces:
                index.add(piece)
                begun += piece
                if len(begun) > GLANCE:
                    file.body = bytes(begun[: begun.rfind(b"\n") + 1])  # until all of it has come
                    return
        index.end()

    def _stream(self, shown: Shown, reading: Reading) -> bool:
        """Take all of the diff as it comes, and say whether it came to its end."""
        files = [file for file in shown.files if not file.read]
        index = Index(files)
        fresh: list[File] = []
        told, pause = time.monotonic(), OFTEN
        with closing(reading.patch(ignore_space=shown.ignore_space)) as pieces:
            for piece in pieces:
                if self.shown is not shown:
                    return False
                fresh += index.add(piece)
                if fresh and shown.heard and time.monotonic() - told > pause:
                    told, shown.heard = time.monotonic(), False
                    pause = min(2 * pause, 1.0)  # to draw takes from reading
                    self._tell(shown, self._came, shown, fresh)
                    fresh = []
        fresh += index.end()
        for file in shown.files:
            if not file.read:
                file.read = True
                if file.old_blob != file.new_blob:
                    file.note = "only white space differs" if shown.ignore_space else ""
                fresh.append(file)
        self._tell(shown, self._came, shown, fresh)
        return True

    def _finish(self, shown: Shown, reading: Reading) -> None:
        """Say what is in files that have no lines, and that all has been read."""
        blind = [file for file in shown.files if file.binary]
        if blind:
            blobs = [blob for file in blind for blob in (file.old_blob, file.new_blob)]
            sizes = reading.sizes(blobs)
            for file in blind:
                file.note = described(file, sizes, reading.text)
            self._tell(shown, self._came, shown, blind)
        if reading.left_out:
            names = ", ".join(spelled(path, 80) for path in reading.left_out[:3])
            many = plural(len(reading.left_out), "new file is", "new files are")
            self._tell(shown, self._said, f"{many} too large to be shown here: {names}")
        self._tell(shown, self._ended, shown)

    # On the screen's own thread.

    def _cannot(self, shown: Shown, why: str) -> None:
        shown.trouble = why
        if not shown.files:
            self._diff.clear(clean(why))
        self.on_end(shown)

    def _have_files(self, shown: Shown, keep: bool) -> None:
        if not keep:
            self.on_first(shown)
        note = "" if shown.files else "Nothing differs here."
        self._diff.show(Document(shown.files), note=note, keep=keep)
        self.on_files(shown)

    def _came(self, shown: Shown, files: Sequence[File]) -> None:
        self._diff.came(*files)
        self.on_more(shown)
        shown.heard = True

    def _ended(self, shown: Shown) -> None:
        shown.done = True
        if self._diff.document.files != shown.files:
            self._keep_open(shown)
            self._have_files(shown, keep=True)
        self.on_end(shown)

    def _keep_open(self, shown: Shown) -> None:
        """Leave files as far opened as the person had them."""
        was = {file.path: file for file in self._diff.document.files}
        for file in shown.files:
            if (before := was.get(file.path)) is not None and before.read:
                if before.new_blob == file.new_blob:
                    file.content, file.opened = before.content, before.opened
                    file.folded = before.folded
                else:  # what was folded as viewed is another file now
                    file.folded = file.folded and before.folded

    # What the person asks for.

    def want(self, file: File) -> None:
        """Read a file's whole text, or its diff if that was too large to keep."""
        shown = self.shown
        if shown is not None and shown.reading is not None:
            reading = shown.reading
            self._room.run_worker(
                lambda: self._read_file(shown, reading, file), thread=True, group="diff"
            )

    def _read_file(self, shown: Shown, reading: Reading, file: File) -> None:
        try:
            if file.too_large:
                got = bytearray()
                with closing(
                    reading.patch(_paths(file), ignore_space=shown.ignore_space)
                ) as pieces:
                    for piece in pieces:
                        got += piece
                        if len(got) > ASKED:
                            file.note = f"only its first {ASKED >> 20} MB are shown"
                            break
                file.body, file.note = bytes(got), file.note.removeprefix(READING)
            if file.opened and file.content is None:
                text = reading.text(file.new_blob, ASKED)
                file.content = text.removesuffix(b"\n").split(b"\n") if text else []
        except SourceError as error:
            file.note = file.note.removeprefix(READING)
            self._tell(shown, self._said, str(error))
        self._tell(shown, self._came, shown, [file])

    def _said(self, why: str) -> None:
        self._room.app.notify(why, severity="warning")


def _paths(file: File) -> list[str]:
    return [file.path] if file.old_path is None else [file.old_path, file.path]
