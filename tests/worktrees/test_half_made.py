"""A worktree that another git is making at this very moment is waited for."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from worktrees import git, trees

if TYPE_CHECKING:
    from pathlib import Path

    from tests.worktrees.conftest import Sandbox


def half_made(box: Sandbox, tmp_path: Path) -> Path:
    """Leave a worktree's record as git has it for a moment while it makes one."""
    box.git("worktree", "add", "-q", "-b", "other", str(tmp_path / "other"))
    commondir = box.root / ".git" / "worktrees" / "other" / "commondir"
    commondir.write_text("")
    return commondir


def test_we_wait_for_it(box: Sandbox, tmp_path: Path) -> None:
    commondir = half_made(box, tmp_path)
    timer = threading.Timer(0.2, commondir.write_text, ("../..\n",))
    timer.start()
    base = box.repo.target().commit
    assert trees.create(box.repo, tmp_path / "mine", "mine", base).branch == "mine"
    timer.join()


def test_one_that_stays_is_told(
    box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git, "_LOOKS", 2)
    half_made(box, tmp_path)
    base = box.repo.target().commit
    with pytest.raises(git.GitError, match="commondir"):
        trees.create(box.repo, tmp_path / "mine", "mine", base)
