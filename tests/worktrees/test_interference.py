"""What lies in a worktree is seen as git would see it, also by looking at no more than changed."""

from __future__ import annotations

import os
import select
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worktrees.conftest import new_sandbox
from tests.worktrees.test_snapshots import ACTS, act, index_of, picture
from worktrees import watching
from worktrees.interference import Look, all_collisions, collisions
from worktrees.listening import Recursive

if TYPE_CHECKING:
    from tests.worktrees.conftest import Sandbox
    from worktrees.listing import Worktree


def tree_as_added(box: Sandbox, tree: Worktree) -> str:
    """What `git add -A` would hold, without adding."""
    index = box.folder / "copied-index"
    shutil.copy2(tree.git_dir / "index", index)
    env = {"GIT_INDEX_FILE": str(index)}
    from worktrees import git

    git.run(tree.place, "add", "-A", env=env)
    return git.run(tree.place, "write-tree", env=env).decode().strip()


def look_at_what_changes(
    tmp_path: Path, rounds: list[list[tuple[str, str, bytes]]], whole: bool
) -> None:
    box = new_sandbox(Path(tempfile.mkdtemp(dir=tmp_path)))
    tree = box.worktree()
    look = Look(tree.place, "main")
    look.at()
    for acts in rounds:
        names: set[str] = set()
        for what, name, content in acts:
            act(box, tree, what, name, content)
            names |= {name, *map(str, Path(name).parents)} - {"."}
        before, index = picture(tree.path), index_of(tree)
        seen = look.at(() if whole or not names else sorted(names))
        assert seen is not None
        assert picture(tree.path) == before
        assert index_of(tree) == index
        if names or whole:
            assert box.git("rev-parse", f"{seen.commit}^{{tree}}") == tree_as_added(box, tree)


ROUNDS = st.lists(ACTS, max_size=4)
FEW = settings(max_examples=4)


@given(ROUNDS, st.booleans())
@FEW
def test_looking_at_what_changed_is_looking_at_everything(
    tmp_path: Path, rounds: list[list[tuple[str, str, bytes]]], whole: bool
) -> None:
    look_at_what_changes(tmp_path, rounds, whole)


@pytest.mark.long
@given(ROUNDS, st.booleans())
@settings(FEW, max_examples=100)
def test_looking_for_long_is_looking_at_everything(
    tmp_path: Path, rounds: list[list[tuple[str, str, bytes]]], whole: bool
) -> None:
    look_at_what_changes(tmp_path, rounds, whole)


def test_the_same_content_is_the_same_commit_and_no_ref_names_it(box: Sandbox) -> None:
    tree = box.worktree()
    look = Look(tree.place, "main")
    first = look.at()
    box.write("README", "changed\n", tree.path)
    second = look.at(["README"])
    again = Look(tree.place, "main").at()
    assert first is not None
    assert second is not None
    assert first.files == frozenset()
    assert second.files == {"README"}
    assert second == again != first
    assert second.commit not in box.git("for-each-ref")
    box.commit(cwd=tree.path)
    box.write("new", "x", tree.path)
    third = look.at(["new"])
    assert third is not None
    assert third.files == {"README", "new"}


def test_two_that_do_not_fit(box: Sandbox) -> None:
    one, two = box.worktree("one"), box.worktree("two")
    box.write("README", "ONE\ntwo\nthree\n", one.path)
    box.write("README", "one\ntwo\nTHREE\n", two.path)
    box.write("a\nb", "1", one.path)
    box.write("a\nb", "2", two.path)
    seen = [Look(tree.place, "main").at() for tree in (one, two)]
    commits = [content.commit for content in seen if content]
    assert collisions(box.repo.place, *commits) == ("a\nb",)
    box.write("README", "three\n", two.path)
    content = Look(two.place, "main").at()
    assert content is not None
    assert collisions(box.repo.place, commits[0], content.commit) == ("README", "a\nb")
    assert collisions(box.repo.place, commits[0], commits[0]) == ()
    pairs = [(commits[0], content.commit), (commits[0], commits[0]), (commits[0], commits[1])]
    each = [collisions(box.repo.place, *pair) for pair in pairs]
    assert all_collisions(box.repo.place, pairs) == each


@pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")
def test_changes_are_told_and_what_is_ignored_is_not_watched(box: Sandbox) -> None:
    tree = box.worktree()
    box.write("build/deep/er", "x", tree.path)
    watch = watching.begin()
    root = str(tree.path)
    watch.add(root, watching.folders(tree.place))

    def told() -> set[str]:
        select.select([watch], [], [], 5.0)
        return watch.changes().get(root) or set()

    box.write("src/app.py", "changed\n", tree.path)
    assert told() == {"src/app.py"}
    box.write("build/deep/er", "y", tree.path)
    assert watch.changes() == {}
    box.write("new/inner/file", "x", tree.path)
    box.write("new/build/made", "x", tree.path)
    assert told() >= {"new"}
    fresh = watching.new_folders(tree.place, {"new"})
    assert fresh == {"new", "new/inner"}
    watch.add(root, fresh)
    box.write("new/inner/file", "y", tree.path)
    assert told() == {"new/inner/file"}
    os.rename(tree.path / "new", tree.path / "newer")
    assert {"new", "newer"} <= told()
    watch.add(root, watching.new_folders(tree.place, {"newer"}))
    box.write("newer/inner/file", "z", tree.path)
    assert told() == {"newer/inner/file"}
    watch.drop(root)
    box.write("README", "x", tree.path)
    assert watch.changes() == {}
    watch.close()


def test_where_whole_folders_are_told_of_only_what_git_looks_into_counts(box: Sandbox) -> None:
    tree = box.worktree()
    box.write("build/deep/er", "x", tree.path)
    watch = Recursive()
    root = str(tree.path)
    watch.add(root, watching.folders(tree.place))
    seen: set[str] = set()

    def until(name: str, content: str = "") -> None:
        """Change a file until that is told: listening begins in a moment of its own."""
        deadline = time.monotonic() + 60
        while name not in seen:
            assert time.monotonic() < deadline
            if content:
                content += "."
                box.write(name, content, tree.path)
            select.select([watch], [], [], 0.3)
            seen.update(watch.changes().get(root) or ())

    until("src/app.py", "changed")
    box.write("build/deep/er", "y", tree.path)
    box.write("new/inner/file", "x", tree.path)
    until("new")
    watch.add(root, watching.new_folders(tree.place, {"new"}))
    until("new/inner/file", "y")
    (tree.path / "README").unlink()
    until("README")
    assert not any(name.startswith(("build", ".git")) for name in seen)
    watch.drop(root)
    box.write("src/app.py", "again", tree.path)
    assert watch.changes() == {}
    watch.close()
