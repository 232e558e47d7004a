"""Holding a checkout still while its branch moves, in a way that a later process can take up.

A note in the checkout's git directory says what is being moved; it is locked (`flock`) by us and by
every git that writes for us, so that nobody takes over while any of them lives. Git's own
`index.lock` keeps the person's git away; it is a hard link to a file of ours, so that after a crash
ours can be told from theirs.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worktrees import refs
from worktrees.errors import GitError, disk_trouble
from worktrees.places import small_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from worktrees.places import Place

_NOTE = "conductor-move"
_TOKEN = "conductor-move.lock"  # noqa: S105  # a file's name, not a secret
_PATIENCE = 15.0


class Occupied(GitError):
    """A checkout cannot follow its branch now, so nothing was moved."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A move of a branch with its checkout: noted before it begins, cleared when it is complete."""

    ref: str
    old: str
    new: str


@dataclass(slots=True)
class Hold:
    """A checkout that is held; `keep` is the lock, for every git that writes to inherit."""

    place: Place
    keep: tuple[int]
    _promised: bool = False

    @contextlib.contextmanager
    def promise(self) -> Iterator[None]:
        """From here on the note is kept unless everything goes well: it must be finished."""
        self._promised = True
        yield
        self._promised = False

    def clear(self) -> None:
        """Drop the note, unless it is a promise."""
        if not self._promised:
            os.ftruncate(self.keep[0], 0)


def noted(git_dir: Path) -> Interrupted | None:
    """The move that is under way or was interrupted in the checkout with this git directory."""
    words = small_text(git_dir / _NOTE)
    if words is None:
        return None
    fields = words.removesuffix("\n").split(" ")
    # A note without its newline was cut off while being written: nothing had moved yet.
    if len(fields) != 3 or not words.endswith("\n"):
        return None
    return Interrupted(*fields)


def unfinished(git_dir: Path) -> bool:
    """Whether whoever moved this checkout was cut off and left something to be put right."""
    return noted(git_dir) is not None or os.path.lexists(git_dir / _TOKEN)


def settled(place: Place) -> None:
    """Wait until nobody moves anything here, a git that outlived its starter included."""
    if os.path.lexists(place.git_dir / _NOTE):
        with queued(place, os.O_RDONLY):
            pass


@contextlib.contextmanager
def held(place: Place, move: Interrupted | None) -> Iterator[Hold]:
    """Hold a checkout for `move`, or (None) to take up what was interrupted."""
    with queued(place) as keep:
        hold = Hold(place, keep)
        if move is not None:
            _refuse_unfinished(place, move)
        with _index_locked(place):
            if move is not None:
                _write(keep[0], move)
            try:
                yield hold
            finally:
                hold.clear()


@contextlib.contextmanager
def queued(place: Place, how: int = os.O_RDWR | os.O_CREAT) -> Iterator[tuple[int]]:
    """Move nothing here at the same time as another; what is yielded keeps the turn."""
    with disk_trouble(f"Holding {place.folder} still"):
        note = os.open(place.git_dir / _NOTE, how | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
        try:
            _lock(note, place)
            yield (note,)
        finally:
            os.close(note)


def _lock(descriptor: int, place: Place) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise Occupied(
                    f"{place.folder} is being moved by another process", "Try again in a moment."
                ) from None
            time.sleep(0.02)
        else:
            return


def _refuse_unfinished(place: Place, move: Interrupted) -> None:
    left = noted(place.git_dir)
    if left and left != move and refs.resolve(place, left.ref) == left.new:
        raise Occupied(
            f"{place.folder} has not followed its branch to {left.new} yet",
            "An earlier move was interrupted: it must be finished first.",
        )


@contextlib.contextmanager
def _index_locked(place: Place) -> Iterator[None]:
    lock, token = place.git_dir / "index.lock", place.git_dir / _TOKEN
    _unlock(lock, token)
    token.touch(mode=0o600)
    try:
        os.link(token, lock)
    except FileExistsError:
        token.unlink()
        raise Occupied(
            f"Git is at work in {place.folder}: it holds {lock}",
            "Try again in a moment. If no git is running there, remove that file.",
        ) from None
    try:
        yield
    finally:
        _unlock(lock, token)


def _unlock(lock: Path, token: Path) -> None:
    """Remove our lock, and only ours."""
    with contextlib.suppress(FileNotFoundError):
        if os.path.samefile(lock, token):
            lock.unlink()
    token.unlink(missing_ok=True)


def _write(descriptor: int, move: Interrupted) -> None:
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, f"{move.ref} {move.old} {move.new}\n".encode())
    os.fsync(descriptor)
