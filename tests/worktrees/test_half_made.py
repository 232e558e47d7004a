"""A worktree that another git is making at this very moment is waited for."""

from __future__ import annotations

import errno
import os
import threading
from typing import TYPE_CHECKING

import pytest

from worktrees import git, making, trees
from worktrees.errors import GitError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.worktrees.conftest import Sandbox


def half_made(box: Sandbox, tmp_path: Path) -> Path:
    """Leave a worktree's record as git has it for a moment while it makes one."""
    box.git("worktree", "add", "-q", "-b", "other", str(tmp_path / "other"))
    commondir = box.root / ".git" / "worktrees" / "other" / "commondir"
    commondir.write_text("")
    return commondir


def listed(box: Sandbox) -> bytes:
    return git.run(box.repo.place, "worktree", "list")


def test_we_wait_for_it(box: Sandbox, tmp_path: Path) -> None:
    commondir = half_made(box, tmp_path)
    timer = threading.Timer(0.2, commondir.write_text, ("../..\n",))
    timer.start()
    assert b"other" in listed(box)
    timer.join()


def test_one_that_stays_is_told(
    box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git, "_LOOKS", 2)
    half_made(box, tmp_path)
    with pytest.raises(git.GitError, match="commondir"):
        listed(box)


def test_ours_are_made_found_and_taken_away_beside_records_that_would_stop_git(
    box: Sandbox, tmp_path: Path
) -> None:
    """A pipe where git expects a file would keep `git worktree add` and `remove` for ever."""
    half_made(box, tmp_path)
    os.mkfifo(box.root / ".git" / "worktrees" / "other" / "HEAD.new")
    os.rename(
        box.root / ".git" / "worktrees" / "other" / "HEAD.new",
        box.root / ".git" / "worktrees" / "other" / "HEAD",
    )
    tree = trees.create(box.repo, tmp_path / "mine", "mine", box.repo.target().commit)
    assert (tree.branch, trees.find(box.repo, tree.path)) == ("mine", tree)
    assert (tree.path / "README").read_text() == "one\ntwo\nthree\n"
    trees.remove(box.repo, tree, keep_ref="refs/conductor/mine")
    assert [one.path.name for one in trees.listing(box.repo)] == ["project", "other"]
    assert [one.branch for one in trees.listing(box.repo)] == ["main", None]


def test_one_of_ours_that_a_full_disk_cut_off_is_completed(
    box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, write = tmp_path / "mine", making.replace_file

    def full(file: Path, text: str) -> None:
        if file == path / ".git":
            (path / ".git.new").touch()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(file, text)

    monkeypatch.setattr(making, "replace_file", full)
    with pytest.raises(GitError, match="No space left"):
        trees.create(box.repo, path, "mine", box.repo.target().commit)
    monkeypatch.undo()
    tree = trees.create(box.repo, path, "mine", box.repo.target().commit)
    assert tree == trees.find(box.repo, path)
    assert box.git("status", "--porcelain", cwd=path) == ""
