"""Ignored files that every worktree needs are brought along, and nothing else is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from worktrees.carrying import Luggage, carry, seen
from worktrees.errors import GitError

if TYPE_CHECKING:
    from tests.worktrees.conftest import Sandbox


def test_copies_and_links_of_what_is_ignored(box: Sandbox) -> None:
    box.write(".gitignore", ".env\nnode_modules/\ncache/\n")
    box.commit()
    box.write(".env", "KEY=1\n").chmod(0o600)
    box.write("node_modules/a/index.js", "a\n")
    (box.root / "node_modules" / "b").symlink_to("a")
    os.mkfifo(box.root / "node_modules" / "pipe")
    box.write("cache/big", "b" * 100_000)
    tree = box.worktree()
    luggage = Luggage((".env", "node_modules/", "gone"), ("cache",))
    assert carry(box.repo, tree, luggage) == ("gone",)
    assert (tree.path / ".env").read_text() == "KEY=1\n"
    assert (tree.path / ".env").stat().st_mode & 0o777 == 0o600
    assert (tree.path / "node_modules" / "b").is_symlink()
    assert not os.path.lexists(tree.path / "node_modules" / "pipe")
    assert (tree.path / "cache" / "big").samefile(box.root / "cache" / "big")
    assert not (tree.path / ".env").samefile(box.root / ".env")
    assert box.git("status", "--porcelain", cwd=tree.path) == ""
    box.write(".env", "KEY=22\n")
    carry(box.repo, tree, luggage)
    assert (tree.path / ".env").read_text() == "KEY=22\n"


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../x", "a/../../x", ".git/config", "a\0b"])
def test_a_path_that_leads_out_is_refused(box: Sandbox, name: str) -> None:
    with pytest.raises(GitError, match="not a path inside"):
        carry(box.repo, box.worktree(), Luggage((name,)))


def test_a_link_on_the_way_is_refused(box: Sandbox) -> None:
    away = box.folder / "away"
    away.mkdir()
    box.write("secret", "x", away)
    (box.root / "build").symlink_to(away)
    with pytest.raises(GitError, match="is a link"):
        carry(box.repo, box.worktree(), Luggage(("build/secret",)))


def test_what_git_knows_or_would_know_is_refused(box: Sandbox) -> None:
    tree = box.worktree()
    with pytest.raises(GitError, match="tracked by git"):
        carry(box.repo, tree, Luggage(("src",)))
    box.write(".env", "KEY=1\n")
    with pytest.raises(GitError, match="not ignored by git"):
        carry(box.repo, tree, Luggage((".env",)))
    assert not (tree.path / ".env").exists()


def test_a_change_of_a_named_file_shows(box: Sandbox) -> None:
    luggage = Luggage(("app.log",))
    before = seen(box.repo, luggage)
    box.write("app.log", "x")
    assert seen(box.repo, luggage) != before
