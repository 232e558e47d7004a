"""Merging in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worktrees.errors import GitError
from worktrees.merges import (
    Conflict,
    Merged,
    commit_tree,
    merge,
    tree_of,
)
from worktrees.repository import Identity

if TYPE_CHECKING:
    from tests.worktrees.conftest import Sandbox


def two_sides(box: Sandbox, ours: str, theirs: str) -> tuple[str, str]:
    tree = box.worktree()
    box.write("README", theirs, tree.path)
    change = box.commit("Change", cwd=tree.path)
    box.write("README", ours)
    return box.commit("Target"), change


def test_a_clean_merge_touches_no_checkout(box: Sandbox) -> None:
    onto, change = two_sides(box, "ONE\ntwo\nthree\n", "one\ntwo\nTHREE\n")
    merged = merge(box.repo, onto, change)
    assert isinstance(merged, Merged)
    assert box.git("show", f"{merged.tree}:README") == "ONE\ntwo\nTHREE"
    assert box.git("status", "--porcelain") == ""
    commit = commit_tree(
        box.repo, merged.tree, (onto,), "Land\n\nIt.", Identity("Agent", "agent@example.org")
    )
    assert tree_of(box.repo, commit) == merged.tree
    shown = box.git("show", "-s", "--format=%an %ae|%cn %ce|%B|%P", commit)
    assert shown == f"Agent agent@example.org|Ada ada@example.org|Land\n\nIt.|{onto}"


def test_a_conflict_names_the_files_and_shows_both_sides(box: Sandbox) -> None:
    onto, change = two_sides(box, "ours\n", "theirs\n")
    conflict = merge(box.repo, onto, change)
    assert isinstance(conflict, Conflict)
    assert conflict.files == ("README",)
    assert any("CONFLICT (content)" in message for message in conflict.messages)
    assert "=== README ===\n<<<<<<< " in conflict.text
    assert "ours\n=======\ntheirs\n>>>>>>> " in conflict.text


def test_conflicts_of_every_kind_are_told_and_bounded(box: Sandbox) -> None:
    box.write("gone", "here\n")
    box.write("binary", b"\0one")
    box.write("big", "x\n")
    box.commit()
    tree = box.worktree()
    (tree.path / "gone").unlink()
    box.write("binary", b"\0two", tree.path)
    box.write("big", "theirs\n" * 100_000, tree.path)
    box.write("odd\nname\x1b", "theirs", tree.path)
    change = box.commit(cwd=tree.path)
    box.write("gone", "changed\n")
    box.write("binary", b"\0three")
    box.write("big", "ours\n" * 100_000)
    box.write("odd\nname\x1b", "ours")
    conflict = merge(box.repo, box.commit(), change)
    assert isinstance(conflict, Conflict)
    assert set(conflict.files) == {"gone", "binary", "big", "odd\nname\x1b"}
    assert "(binary, " in conflict.text
    assert "bytes more" in conflict.text
    assert len(conflict.text) < 300_000


def test_of_a_conflict_in_thousands_of_files_the_first_are_shown(box: Sandbox) -> None:
    tree = box.worktree()
    for number in range(300):
        box.write(f"many/{number:03}", "theirs\n", tree.path)
        box.write(f"many/{number:03}", "ours\n")
    change = box.commit("Change", cwd=tree.path)
    met = merge(box.repo, box.commit("Target"), change)
    assert isinstance(met, Conflict)
    assert len(met.files) == 300
    assert met.text.count("=== many/") == 200
    assert met.text.endswith("… 100 more files\n")


def test_histories_without_a_common_beginning_are_refused(box: Sandbox) -> None:
    stranger = commit_tree(box.repo, tree_of(box.repo, "main"), (), "Stranger")
    with pytest.raises(GitError, match=r"^[^\n]*unrelated[^\n]*$"):  # and no advice with it
        merge(box.repo, "main", stranger)


LINES = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=6).map("\n".join)
FILES = st.dictionaries(st.sampled_from(["x", "y", "z", "d/x"]), LINES, max_size=3)


@given(FILES, FILES, FILES)
@settings(max_examples=20)
def test_a_merge_in_memory_is_what_git_merge_makes(
    box: Sandbox, base: dict[str, str], ours: dict[str, str], theirs: dict[str, str]
) -> None:
    box.git("reset", "-q", "--hard")  # the one before may have ended in a conflict

    def side(files: dict[str, str]) -> str:
        for name in ("x", "y", "z", "d/x"):
            (box.root / name).unlink(missing_ok=True)
        for name, text in files.items():
            box.write(name, text + "\n")
        return box.commit()

    start = side(base)
    change = side(base | theirs)
    box.git("checkout", "-q", "-B", "main", start)
    onto = side({name: text for name, text in (base | ours).items() if len(text) != 3})
    result = merge(box.repo, onto, change)
    assert box.git("rev-parse", "HEAD") == onto
    box.git("merge", "-q", "--no-edit", change, ok=False)
    unmerged = set(
        filter(None, box.git("diff", "-z", "--name-only", "--diff-filter=U").split("\0"))
    )
    if isinstance(result, Merged):
        assert not unmerged
        assert result.tree == box.git("rev-parse", "HEAD^{tree}")
    else:
        assert set(result.files) == unmerged
