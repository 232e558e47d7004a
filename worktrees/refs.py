"""Reading refs and moving them: always by compare-and-swap, so no one's work is overwritten."""

from __future__ import annotations

import contextlib
import re
import time
from functools import lru_cache
from typing import TYPE_CHECKING

from worktrees import git
from worktrees.errors import GitError, Moved
from worktrees.places import Place, locate, small_text

if TYPE_CHECKING:
    from pathlib import Path

_OURS = "refs/conductor/"
_ABANDONED = 120.0
"""Seconds after which a lock on a ref of ours is nobody's: git holds one for a moment."""

_OID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def is_oid(name: str) -> bool:
    """Whether `name` is a whole object name, which can be mistaken for nothing else."""
    return _OID.fullmatch(name) is not None


def resolve(folder: Path | Place, name: str) -> str | None:
    """The commit that a ref or object name stands for, if it is one."""
    answer = git.ask(
        folder, "rev-parse", "--quiet", "--verify", "--end-of-options", f"{name}^{{commit}}"
    )
    return answer.out.decode().strip() if answer.code == 0 else None


def commit(place: Place, name: str) -> str | None:
    """As `resolve`, without asking git again what a branch's file, or a whole name, has told.

    What was a commit once is one for ever; should it be gone, whoever needs it says so.
    """
    filed = name.startswith(("refs/heads/", "refs/conductor/")) and is_valid(name)
    oid = _words(place.common_dir / name) if filed else name
    if not is_oid(oid):
        return resolve(place, name)
    try:
        return _known(place, oid)
    except LookupError:
        return None


@lru_cache(maxsize=4096)
def _known(place: Place, oid: str) -> str:
    found = resolve(place, oid)
    if found is None:
        raise LookupError(oid)  # so that it is not kept: it may come
    return found


def head(place: Place) -> str:
    """The ref that HEAD stands for; empty where it stands for a commit by itself.

    Read from its file where that says all, since every look at a repository begins with it.
    """
    words = _words(place.git_dir / "HEAD")
    ref = words.removeprefix("ref:").strip()
    if is_oid(words):
        return ""
    if ref != words and ref.startswith("refs/") and is_valid(ref):
        return ref
    answer = git.ask(place, "symbolic-ref", "--quiet", "HEAD")
    return answer.out.decode("utf-8", "surrogateescape").strip()


def has_commit(place: Place) -> bool:
    """Whether anything was ever committed where HEAD is."""
    ref = head(place)
    filed = place.common_dir / ref if ref else place.git_dir / "HEAD"
    return is_oid(_words(filed)) or resolve(place, "HEAD") is not None


def last_at(place: Place) -> str | None:
    """The commit that a checkout stood at last by its own log of HEAD, if it keeps one."""
    try:
        told = small_text(place.git_dir / "logs" / "HEAD", last=True) or ""
    except OSError:
        return None
    old_and_new = told.rstrip("\n").rpartition("\n")[2].split(" ")[:2]
    return next((oid for oid in reversed(old_and_new) if is_oid(oid) and oid.strip("0")), None)


def _words(file: Path) -> str:
    try:
        return (small_text(file) or "").strip()
    except OSError:
        return ""  # git is asked, and says what is wrong


def is_valid(ref: str) -> bool:
    """Whether git's rules allow this whole ref name (`refs/heads/…`)."""
    parts = ref.split("/")
    return (
        len(ref.encode("utf-8", "surrogateescape")) <= 1000
        and len(parts) > 1
        and all(
            part and not part.startswith((".", "-")) and not part.endswith((".lock", "."))
            for part in parts
        )
        and not re.search(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{", ref)
    )


def _unlock(folder: Path | Place, ref: str, began: float) -> None:
    """Take away the locks of a git of ours that was killed while it moved a ref."""
    place = folder if isinstance(folder, Place) else locate(folder)
    for lock in (place.git_dir / "HEAD.lock", place.common_dir / f"{ref}.lock"):
        with contextlib.suppress(OSError):
            if lock.lstat().st_mtime >= began - 1:  # an older one is another's
                lock.unlink()


def _was_abandoned(folder: Path | Place, ref: str) -> bool:
    """Say whether the lock on a ref, if it is ours, was left by a git that was killed: it goes."""
    lock = (folder if isinstance(folder, Place) else locate(folder)).common_dir / f"{ref}.lock"
    try:
        left = ref.startswith(_OURS) and time.time() - lock.lstat().st_mtime > _ABANDONED
        if left:
            lock.unlink()
    except OSError:
        return False
    return left


def move_ref(
    folder: Path | Place,
    ref: str,
    new: str,
    old: str | None,
    why: str = "",
    *,
    keep: tuple[int, ...] = (),
) -> None:
    """Move `ref` from `old` (None: it does not exist yet) to `new`, or raise `Moved`."""
    if not is_valid(ref) or not ref.startswith("refs/"):
        raise GitError(f"{ref} is not a ref name", "A ref looks like refs/heads/main.")
    words = ("update-ref", "--no-deref", "-m", why or "conductor", ref, new)
    began = time.time()
    answer = git.ask(folder, *words, old if old is not None else "0" * len(new), keep=keep)
    if answer.code == 0:
        return
    killed = answer.code < 0
    if killed:
        _unlock(folder, ref, began)
    actual = git.ask(folder, "rev-parse", "--quiet", "--verify", "--end-of-options", ref)
    found = actual.out.decode().strip() or None
    if killed and found == new:
        return  # it was done, but for the telling
    if found != old:
        raise Moved(ref, old, found)
    if _was_abandoned(folder, ref):
        move_ref(folder, ref, new, old, why, keep=keep)
        return
    raise GitError(
        answer.words or f"git could not move {ref}",
        "If it names a .lock file and no git is running, remove that file.",
    )
