"""What agents changed, as git tells it: read in the repository, or in a live worktree."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path

from conductor.tui.sources import Scope, SourceError
from worktrees import living, readings
from worktrees.errors import GitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

    from conductor.state import Session, State, Task


class GitReading:
    """Two trees of one repository."""

    def __init__(self, ends: readings.Ends, alive: living.Living | None = None) -> None:
        self._ends = ends
        self._alive = alive

    def listed(self) -> Sequence[readings.Listed]:
        """List the files that differ."""
        with _said():
            return readings.listed(self._ends)

    def patch(
        self, paths: Sequence[str] | None = None, *, ignore_space: bool = False
    ) -> Generator[bytes]:
        """Yield the diff, piece by piece."""
        with _said():
            yield from readings.patch(self._ends, paths, ignore_space=ignore_space)

    def text(self, blob: str, most: int) -> bytes:
        """Return the beginning of what a file holds."""
        with _said():
            return readings.text(self._ends, blob, most)

    def sizes(self, blobs: Sequence[str]) -> Mapping[str, int]:
        """Say how large some contents are."""
        with _said():
            return readings.sizes(self._ends, blobs)

    @property
    def left_out(self) -> Sequence[str]:
        """The new files that are too large to be followed."""
        return self._alive.left_out if self._alive is not None else ()

    def close(self) -> None:
        """Remove what was written beside the repository for a live worktree."""
        if self._alive is not None:
            self._alive.close()


class GitChanges:
    """Changes as git tells them."""

    def read(self, task: Task, session: Session, scope: Scope) -> GitReading:
        """Find both ends of what is to be read."""
        with _said():
            if scope.head is None:
                return self._alive(task, session, scope)
            base = scope.base
            if base is None and scope.key.startswith("commit:"):
                base = readings.parent(Path(task.repo), scope.head)
            if base is None:
                raise SourceError(f"{task.id} has changed nothing yet.")
            return GitReading(readings.Ends(Path(task.repo), base, scope.head))

    @staticmethod
    def _alive(task: Task, session: Session, scope: Scope) -> GitReading:
        folder = session.worktree
        if session.gone or folder is None or not Path(folder).is_dir():
            raise SourceError(
                f"The worktree of {session.id} is gone. What it had done up to its last turn is "
                "kept: read the whole change instead (d)."
            )
        alive = living.Living(Path(folder))
        try:
            tree, head = alive.tree()
        except GitError:
            alive.close()
            raise
        base = head if scope.key == "uncommitted" else scope.base
        ends = readings.Ends(Path(folder), base or readings.NOTHING, tree, alive.env)
        return GitReading(ends, alive)

    def commits(self, task: Task, session: Session) -> Sequence[Scope]:
        """List the commits an agent made."""
        head = session.branch or session.commit
        if session.base is None or head is None:
            return ()
        with _said():
            found = readings.commits(Path(task.repo), session.base, head)
        return [
            Scope(
                f"commit:{one.commit}", f"commit {one.commit[:8]}: {one.subject}", None, one.commit
            )
            for one in found
        ]

    def clashes(self, state: State, task: Task) -> tuple[str, Sequence[str]]:
        """Merge a change with its target in memory, and name the files that conflict."""
        from conductor.acts import Refused
        from conductor.clashing import read
        from conductor.config import ConfigError

        try:
            with _said():
                name, found = read(state, task)
        except (Refused, ConfigError) as error:
            raise SourceError(str(error)) from error
        return name, [one.path for one in found.files]


@contextmanager
def _said() -> Iterator[None]:
    """Turn what git complains of into a sentence for a screen."""
    try:
        yield
    except GitError as error:
        hint = getattr(error, "hint", "")
        raise SourceError(f"{error}. {hint}" if hint else str(error)) from error
