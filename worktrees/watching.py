"""Being told which files of worktrees change, by the file system itself: nothing is asked again.

Only folders that git would look into are watched; what is ignored may be written to without end.
On Linux this is inotify, a watch a folder; elsewhere see listening.py.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import struct
import sys
from typing import TYPE_CHECKING, Protocol

from worktrees import git
from worktrees.errors import GitError
from worktrees.listening import Recursive

if TYPE_CHECKING:
    from collections.abc import Iterable, Set
    from pathlib import Path

    from worktrees.places import Place

_CLOSE_WRITE, _ATTRIB, _MOVED, _MOVED_FROM = 0x8, 0x4, 0xC0, 0x40
_CREATE, _DELETE, _IS_DIR = 0x100, 0x200, 0x40000000
_ONLY_DIR, _NO_FOLLOW, _EXCLUDE_UNLINKED = 0x1000000, 0x2000000, 0x4000000
_OVERFLOW, _IGNORED = 0x4000, 0x8000
_WANTED = _CLOSE_WRITE | _ATTRIB | _MOVED | _CREATE | _DELETE
_HEAD = struct.Struct("iIII")


class Watch(Protocol):
    """Tells which paths of which worktrees have changed since it was last asked."""

    def fileno(self) -> int:
        """The descriptor that becomes readable when something has changed."""

    def close(self) -> None:
        """Stop being told."""

    def add(self, root: str, folders: Set[str]) -> None:
        """Be told of what happens in these folders of a worktree; "" is its top."""

    def drop(self, root: str) -> None:
        """Be told no more of a worktree."""

    def changes(self) -> dict[str, set[str] | None]:
        """What changed, by worktree; None where more did than can be told."""


def begin() -> Watch:
    """Watch in the way this system can."""
    return Inotify() if sys.platform == "linux" else Recursive()


class Inotify:
    """A watch a folder."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd = int(self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
        if self._fd < 0:
            raise _refused()
        self._folders: dict[int, tuple[str, str]] = {}  # watch → root, folder below it
        self._watches: dict[tuple[str, str], int] = {}

    def fileno(self) -> int:
        """The descriptor that becomes readable when something has changed."""
        return self._fd

    def close(self) -> None:
        """Stop being told."""
        os.close(self._fd)

    def add(self, root: str, folders: Iterable[str]) -> None:
        """Be told of what happens in these folders of a worktree; "" is its top."""
        for folder in folders:
            if (root, folder) in self._watches:
                continue
            path = os.fsencode(os.path.join(root, folder))
            flags = _WANTED | _ONLY_DIR | _NO_FOLLOW | _EXCLUDE_UNLINKED
            watch = int(self._libc.inotify_add_watch(self._fd, path, flags))
            if watch >= 0:
                self._folders[watch] = (root, folder)
                self._watches[root, folder] = watch
            elif ctypes.get_errno() not in {errno.ENOENT, errno.ENOTDIR, errno.EACCES}:
                raise _refused()

    def drop(self, root: str, folder: str = "") -> None:
        """Be told no more of a worktree, or of a folder in it."""
        own = f"{folder}/" if folder else ""
        for key in [k for k in list(self._watches) if k[0] == root and f"{k[1]}/".startswith(own)]:
            watch = self._watches.pop(key)
            self._folders.pop(watch, None)
            self._libc.inotify_rm_watch(self._fd, watch)

    def changes(self) -> dict[str, set[str] | None]:
        """What changed, by worktree; None where more did than can be told."""
        found: dict[str, set[str] | None] = {}
        with contextlib.suppress(BlockingIOError):
            while raw := os.read(self._fd, 1 << 16):
                self._take(raw, found)
        return found

    def _take(self, raw: bytes, found: dict[str, set[str] | None]) -> None:
        at = 0
        while at < len(raw):
            watch, mask, _, length = _HEAD.unpack_from(raw, at)
            name = raw[at + _HEAD.size : at + _HEAD.size + length].rstrip(b"\0")
            at += _HEAD.size + length
            if mask & _OVERFLOW:
                found.update(dict.fromkeys({root for root, _ in list(self._watches)}))
            elif mask & _IGNORED:
                if key := self._folders.pop(watch, None):
                    self._watches.pop(key, None)
            elif (known := self._folders.get(watch)) and name and name != b".git":
                root, folder = known
                path = os.path.join(folder, os.fsdecode(name))
                if mask & _MOVED_FROM and mask & _IS_DIR:
                    self.drop(root, path)  # its watches go with it, and would tell its old name
                paths = found.setdefault(root, set())
                if paths is not None:
                    paths.add(path)


def folders(place: Place) -> set[str]:
    """The folders of a worktree that hold what git knows."""
    names = os.fsdecode(git.run(place, "ls-files", "-z", timeout=120.0)).split("\0")
    known = {""}
    for name in names:
        folder = os.path.dirname(name)
        while folder and folder not in known:
            known.add(folder)
            folder = os.path.dirname(folder)
    return known


def new_folders(place: Place, paths: Iterable[str]) -> set[str]:
    """Of what is new in a worktree: the folders, those in them too, that git does not ignore."""
    tops = {path for path in paths if _is_folder(os.path.join(place.folder, path))}
    found = tops - ignored(place, tops) if tops else set()
    level = found
    while level:
        inside = {
            os.path.join(folder, entry.name)
            for folder in level
            for entry in _entries(place.folder, folder)
            if entry.is_dir(follow_symlinks=False) and entry.name != ".git"
        }
        level = inside - ignored(place, inside) if inside else set()
        found |= level
    return found


def ignored(place: Place, paths: set[str]) -> set[str]:
    """Those of the paths that git ignores."""
    asked = b"".join(b"./" + os.fsencode(path) + b"\0" for path in paths)
    answer = git.ask(
        place, "check-ignore", "-z", "--stdin", input=asked, env={"GIT_LITERAL_PATHSPECS": "0"}
    )
    if answer.code not in {0, 1}:
        raise GitError(answer.words)
    return {os.fsdecode(name)[2:] for name in answer.out.split(b"\0") if name}


def _is_folder(path: str) -> bool:
    return os.path.isdir(path) and not os.path.islink(path)


def _entries(root: Path, folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(os.path.join(root, folder)) as entries:
            return list(entries)
    except OSError:
        return []  # gone again, or not ours to read


def _refused() -> OSError:
    code = ctypes.get_errno()
    return OSError(code, os.strerror(code), "inotify")
