"""Moving a branch that somebody has checked out, together with the files they look at.

The order makes a kill at any point harmless:

1. A note with the branch, its old and its new commit goes into the checkout's git directory and
   is held locked; git's own `index.lock` is taken, so the person's git waits its turn.
2. The move of the files is rehearsed on a copy of the index. Any tracked file that is changed, or
   an untracked one that is in the way, ends it here: nothing has happened.
3. The ref moves by compare-and-swap. Before this, a note is void; after it, it is a promise.
4. Files move (`read-tree -m -u`, which overwrites nothing it does not know), into a private index.
5. The private index becomes the index by rename; lock and note go.

`finish` reads the note after a crash: the ref says which half it was. Files that are already as
in the new commit count as done, files as in the old one are moved, and any other is left alone.
"""

from __future__ import annotations

import itertools
import os
import shlex
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from worktrees import git, refs
from worktrees.errors import GitError, Moved
from worktrees.holding import Hold, Interrupted, Occupied, held, noted, queued, settled, unfinished
from worktrees.listing import Worktree, listing
from worktrees.places import small_text
from worktrees.status import status, under_way

if TYPE_CHECKING:
    from worktrees.places import Place
    from worktrees.repository import Repository

_INDEX = "conductor-index"


@dataclass(frozen=True, slots=True)
class Checkout:
    """Where a branch is checked out, and what stands in the way of moving it."""

    worktree: Worktree
    branch: str
    dirty: tuple[str, ...]
    under_way: str | None

    @property
    def clean(self) -> bool:
        """Whether no tracked file is changed and nothing is half done."""
        return not self.dirty and self.under_way is None

    @property
    def place(self) -> Place:
        """Where git runs for it."""
        return self.worktree.place


def checkout_of(repo: Repository, branch: str) -> Checkout | None:
    """The worktree that has `branch` checked out, or is in the middle of rebasing it."""
    for tree in listing(repo):
        if tree.missing:
            continue
        if tree.branch == branch or branch in _being_rebased(tree):
            dirty = tuple(entry.path for entry in status(tree.place).tracked)
            return Checkout(tree, branch, dirty, under_way(tree.place))
    return None


def move_branch(repo: Repository, branch: str, new: str, old: str, why: str = "") -> Path | None:
    """Move a branch from `old` to `new` with its checkout, all or nothing.

    Returns the checkout that moved along, None if there is none. Raises `Moved` when the branch is
    elsewhere by now, `Occupied` when the checkout is not clean.
    """
    ref = f"refs/heads/{branch}"
    new, old = repo.commit_of(new), repo.commit_of(old)
    checkout = checkout_of(repo, branch)
    if checkout is None:
        with queued(repo.place) as keep:
            refs.move_ref(repo.place, ref, new, old, why, keep=keep)
        return None
    with held(checkout.place, Interrupted(ref, old, new)) as hold:
        _require_clean(hold.place, ref, old)
        _rehearse(hold.place, old, new)
        refs.move_ref(repo.place, ref, new, old, why, keep=hold.keep)
        with hold.promise():
            _bring(hold, old, new, resumed=False)
    return checkout.worktree.path


def step_aside(repo: Repository, branch: str) -> tuple[Path, str] | None:
    """Put a checkout with work in it on a branch of its own, so that `branch` can move without it.

    Not a file and not the index is touched: what differs, differs as before. Returns the checkout
    and the new branch's name, None if nobody has `branch` checked out.
    """
    checkout = checkout_of(repo, branch)
    if checkout is None:
        return None
    if checkout.under_way:
        raise Occupied(
            f"A {checkout.under_way} is under way in {checkout.place.folder}",
            f"Finish it, or give it up with `git {checkout.under_way} --abort`.",
        )
    old = repo.commit_of(f"refs/heads/{branch}")
    with held(checkout.place, None) as hold:
        kept = _kept_branch(repo, branch, old)
        why = f"conductor: {branch} moves on without this checkout"
        words = ("symbolic-ref", "-m", why, "HEAD", f"refs/heads/{kept}")
        git.run(hold.place, *words, keep=hold.keep)
    return checkout.worktree.path, kept


def _kept_branch(repo: Repository, branch: str, commit: str) -> str:
    """A branch at a commit for a checkout that stays there; one cut off before is taken up."""
    taken = {tree.branch for tree in listing(repo)}
    for number in itertools.count(1):
        name = f"{branch}-kept-{number}"
        at = refs.resolve(repo.place, f"refs/heads/{name}")
        if at is None:
            refs.move_ref(repo.place, f"refs/heads/{name}", commit, None, "conductor: kept here")
            return name
        if at == commit and name not in taken:
            return name
    raise AssertionError("numbers never end")


def needs_advance(checkout: Checkout) -> Interrupted | None:
    """The move that was interrupted here after its branch had moved, if there is one."""
    left = noted(checkout.place.git_dir)
    return left if left and refs.resolve(checkout.place, left.ref) == left.new else None


def advance(checkout: Checkout, old: str, new: str) -> None:
    """Bring files and index from `old` to `new` after the branch itself has moved."""
    move = Interrupted(f"refs/heads/{checkout.branch}", old, new)
    with held(checkout.place, move) as hold, hold.promise():
        _bring(hold, old, new, resumed=True)


def finish(repo: Repository) -> list[Path]:
    """Complete every move that was interrupted, and clear away what others left behind."""
    done = []
    settled(repo.place)
    for tree in listing(repo):
        if tree.missing or not unfinished(tree.git_dir):
            continue
        try:
            place = tree.place
        except GitError:
            if tree.main:
                raise
            continue  # what somebody did to one worktree must not keep the others from landing
        with held(place, None) as hold:
            left = noted(hold.place.git_dir)
            head = git.ask(hold.place, "symbolic-ref", "--quiet", "HEAD")
            here = os.fsdecode(head.out).strip()
            if left and here == left.ref and refs.resolve(hold.place, here) == left.new:
                with hold.promise():
                    _bring(hold, left.old, left.new, resumed=True)
                done.append(tree.path)
    return done


def _being_rebased(tree: Worktree) -> tuple[str, ...]:
    """The branch that a rebase in this worktree will move when it ends."""
    kept = (tree.git_dir / folder / "head-name" for folder in ("rebase-merge", "rebase-apply"))
    return tuple(ref.strip().removeprefix("refs/heads/") for ref in map(small_text, kept) if ref)


def _require_clean(place: Place, ref: str, old: str) -> None:
    at = refs.resolve(place, ref)
    if at != old:
        raise Moved(ref, old, at)
    if word := under_way(place):
        raise Occupied(
            f"A {word} is under way in {place.folder}",
            f"Finish it, or give it up with `git {word} --abort`.",
        )
    if dirty := [entry.path for entry in status(place).tracked]:
        more = f" and {len(dirty) - 5} more" if len(dirty) > 5 else ""
        raise Occupied(
            f"{place.folder} has changes that are not committed: {', '.join(dirty[:5])}{more}",
            _as_before(place, ref, old) or "Commit or stash them.",
        )


def _as_before(place: Place, ref: str, now: str) -> str:
    """Say what helps where a branch was moved by something that left its checkout behind.

    To commit what differs there would take back what the branch was moved to.
    """
    was = refs.last_at(place)
    if was is None or was == now:
        return ""
    words = shlex.join(("git", "-C", str(place.folder), "read-tree", "-m", "-u", was, "HEAD"))
    return (
        f"{ref.removeprefix('refs/heads/')} was moved to {now[:10]} without this checkout, which "
        f"was at {was[:10]}: `{words}` brings its files along, and overwrites no change of yours."
    )


def _rehearse(place: Place, old: str, new: str) -> None:
    """Have git say whether the files can move, on a copy of the index that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="conductor-") as folder:
        index = Path(folder, "index")
        shutil.copy2(place.git_dir / "index", index)
        env = {"GIT_INDEX_FILE": str(index)}
        git.run(place, "update-index", "-q", "--refresh", env=env, ok=(0, 1), timeout=300.0)
        answer = git.ask(place, "read-tree", "-n", "-m", "-u", old, new, env=env, timeout=300.0)
    if answer.code < 0:
        raise GitError(f"git read-tree ended with {answer.code}")  # and said nothing either way
    words = answer.words if answer.code else ""
    if not words and (lost := _overwritten(place, old, new)):
        words = f"It would overwrite files that are in no commit: {', '.join(lost[:5])}"
    if words:
        raise Occupied(
            f"{place.folder} cannot follow its branch. {words}",
            "Move or commit the files that are in the way, then land again.",
        )


def _overwritten(place: Place, old: str, new: str) -> list[str]:
    """Files in the way that git itself would not spare, because they are ignored."""
    out = git.run(place, "diff-tree", "-r", "-z", "--name-status", "--no-renames", old, new)
    fields = os.fsdecode(out).split("\0")
    changes = list(zip(fields[1::2], fields[0::2], strict=False))
    leaving = {path for path, kind in changes if kind == "D"}
    lost = (path for name, kind in changes if kind == "A" for path in _lying_at(place, name))
    return sorted({path for path in lost if path not in leaving})


def _lying_at(place: Place, name: str) -> list[str]:
    """The files on disk that must go for `name` to be written: itself, above it, or below it."""
    parts = name.split("/")
    for depth in range(1, len(parts) + 1):
        path = "/".join(parts[:depth])
        whole = os.path.join(place.folder, path)
        if not os.path.lexists(whole):
            return []
        if os.path.islink(whole) or not os.path.isdir(whole):
            return [path]
    return [
        os.path.relpath(os.path.join(folder, file), place.folder)
        for folder, _, files in os.walk(os.path.join(place.folder, name))
        for file in files
    ]


def _bring(hold: Hold, old: str, new: str, *, resumed: bool) -> None:
    """Move the files and write the index beside the real one, which it then replaces.

    Every git that writes keeps the lock, so that whoever takes this up meets none of them.
    """
    place, keep = hold.place, hold.keep
    index = place.git_dir / _INDEX
    env = {"GIT_INDEX_FILE": str(index)}
    shutil.copy2(place.git_dir / "index", index)
    Path(f"{index}.lock").unlink(missing_ok=True)
    if resumed and (done := _already_moved(place, old, new)):
        git.run(place, "update-index", "-z", "--index-info", input=done, env=env, keep=keep)
    refresh = ("update-index", "-q", "--refresh")
    git.run(place, *refresh, env=env, ok=(0, 1), timeout=300.0, keep=keep)
    git.run(place, "read-tree", "-m", "-u", old, new, env=env, timeout=600.0, keep=keep)
    index.replace(place.git_dir / "index")


def _already_moved(place: Place, old: str, new: str) -> bytes:
    """The files that are as in `new` already, as index entries: a move was cut short there."""
    out = os.fsdecode(git.run(place, "diff-tree", "-r", "-z", "--raw", "--no-renames", old, new))
    fields = out.split("\0")
    with tempfile.TemporaryDirectory(prefix="conductor-") as folder:
        env = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
        git.run(place, "read-tree", new, env=env, timeout=300.0)
        git.run(place, "update-index", "-q", "--refresh", env=env, ok=(0, 1), timeout=300.0)
        differs = git.run(place, "diff-files", "-z", "--name-only", env=env, timeout=300.0)
    other = set(os.fsdecode(differs).split("\0"))
    lines = []
    for about, path in zip(fields[0::2], fields[1::2], strict=False):
        _, mode, _, oid, _ = about.split()
        gone = mode == "000000"
        there = os.path.lexists(os.path.join(place.folder, path))
        if (gone and not there) or (not gone and path not in other):
            lines.append(f"{'0' if gone else mode} {oid} 0\t{path}\0")
    return os.fsencode("".join(lines))
