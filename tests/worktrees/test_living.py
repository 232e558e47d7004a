"""A live worktree read as a tree, and nothing of the repository touched by that."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from worktrees import readings
from worktrees.errors import GitError
from worktrees.living import Living
from worktrees.snapshots import snapshot

if TYPE_CHECKING:
    from tests.worktrees.conftest import Sandbox


def test_a_live_worktree_is_read_without_a_trace(box: Sandbox) -> None:
    tree = box.worktree()
    box.write("README", "one\nTWO\nthree\n", root=tree.path)
    box.write("new\nname", "x\n", root=tree.path)
    box.write("staged", "y\n", root=tree.path)
    box.git("add", "staged", cwd=tree.path)
    (tree.path / "src/app.py").unlink()
    (tree.path / "link").symlink_to("/etc/passwd")
    box.write("big.log", "ignored", root=tree.path)
    index = tree.place.git_dir / "index"
    before = (index.read_bytes(), box.git("count-objects", "-v"), box.git("for-each-ref"))
    alive = Living(tree.path)
    try:
        found, head = alive.tree()
        ends = readings.Ends(tree.path, head or "", found, alive.env)
        files = {file.path: file.status for file in readings.listed(ends)}
        text = b"".join(readings.patch(ends))
        after = (index.read_bytes(), box.git("count-objects", "-v"), box.git("for-each-ref"))
    finally:
        alive.close()
    assert files == {"README": "M", "new\nname": "A", "staged": "A", "src/app.py": "D", "link": "A"}
    assert b"+TWO" in text
    assert before == after
    kept = snapshot(tree, "refs/conductor/one", "Kept")
    assert kept.tree == found


def test_nothing_is_read_through_a_link_out_of_the_worktree(box: Sandbox) -> None:
    tree = box.worktree()
    outside = box.folder / "outside"
    outside.mkdir()
    (outside / "app.py").write_text("secret\n")
    shutil.rmtree(tree.path / "src")
    (tree.path / "src").symlink_to(outside)
    alive = Living(tree.path)
    try:
        found, head = alive.tree()
        text = b"".join(readings.patch(readings.Ends(tree.path, head or "", found, alive.env)))
    finally:
        alive.close()
    assert b"secret" not in text
    assert os.fsencode(outside) in text


def test_a_worktree_that_is_gone_is_said_to_be(box: Sandbox) -> None:
    tree = box.worktree()
    shutil.rmtree(tree.path)
    with pytest.raises(GitError):
        Living(tree.path)


def test_commits_and_what_was_before_them(box: Sandbox) -> None:
    base = box.git("rev-parse", "HEAD")
    first = box.commit("First")
    second = box.commit("Second \x1b[31m")
    found = readings.commits(box.root, base, second)
    assert [(one.commit, one.subject) for one in found] == [
        (second, "Second \x1b[31m"), (first, "First"),
    ]  # fmt: skip
    assert readings.parent(box.root, second) == first
    assert readings.parent(box.root, base) == readings.NOTHING
