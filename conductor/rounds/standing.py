"""How what was said stands today: answered, outdated or open, by what git says changed under it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from conductor.rounds.following import OUTDATED, Change, Followed, follow, standing
from conductor.rounds.said import OLD, Comment, Question
from conductor.values import Value
from worktrees import changes
from worktrees.errors import GitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class Stands(Value):
    """Where something said stands now, and how."""

    state: str  # open | answered | outdated
    path: str
    first: int
    last: int


def stand(
    repo: str, about: Iterable[Comment | Question], base: str, head: str
) -> dict[str, Stands]:
    """Find out how comments and questions stand in the change between these commits."""
    history = _History(Path(repo))
    return {one.id: _stands(history, one, base, head) for one in about}


def _stands(history: _History, one: Comment | Question, base: str, head: str) -> Stands:
    sent = isinstance(one, Question) or bool(one.sent)
    applied = isinstance(one, Comment) and one.applied is not None
    try:
        if one.side == OLD and isinstance(one, Comment):
            path, found, shown = _follow_removed(history, one, base, head)
        else:
            path, found = history.follow(one.commit, head, one.path, one.first, one.last)
            shown = found
    except GitError:  # a commit that somebody has had thrown away
        return Stands(OUTDATED, one.path, one.first, one.last)
    first, last = (shown.first, shown.last) if shown else (one.first, one.last)
    return Stands(standing(sent=sent, applied=applied, found=found), path, first, last)


def _follow_removed(
    history: _History, one: Comment, base: str, head: str
) -> tuple[str, Followed | None, Followed | None]:
    """Follow lines that a change removed: by what happened where they had been."""
    _, shown = history.follow(one.base, base, one.path, one.first, one.last)
    _, there = history.follow(one.base, one.commit, one.path, one.first, one.last)
    if there is None:  # the file went with them
        back = history.came(one.commit, head, one.path)
        return one.path, Followed(1, 1, touched=back), shown
    path, found = history.follow(one.commit, head, one.path, there.first, there.last)
    return path, found, shown


class _History:
    """What git says of files between commits, each asked for once."""

    def __init__(self, repo: Path) -> None:
        self._repo = repo
        self._files = cache(self._read_files)
        self._changes = cache(self._read_changes)

    def follow(
        self, before: str, after: str, path: str, first: int, last: int
    ) -> tuple[str, Followed | None]:
        """Follow lines from one commit to another; None if their file is not there any more."""
        if before == after:
            return path, Followed(first, last)
        file = self._files(before, after).get(path)
        if file is None:
            return path, Followed(first, last)
        if file.status == "D":
            return path, None
        return file.path, follow(first, last, self._changes(before, after, file))

    def came(self, before: str, after: str, path: str) -> bool:
        """Say whether there is a file that was not there before."""
        return before != after and any(
            one.path == path for one in self._files(before, after).values()
        )

    def _read_files(self, before: str, after: str) -> dict[str, changes.ChangedFile]:
        return {
            one.old_path or one.path: one
            for one in changes.changed_files(self._repo, before, after)
        }

    def _read_changes(
        self, before: str, after: str, file: changes.ChangedFile
    ) -> tuple[Change, ...]:
        text = changes.file_diff(self._repo, before, after, file, 0)
        return tuple(
            Change(
                hunk.old_line - (1 if hunk.old_count else 0), hunk.old_count,
                hunk.new_line - (1 if hunk.new_count else 0), hunk.new_count,
            )
            for patch in changes.index(text)
            for hunk in patch.hunks
        )  # fmt: skip
