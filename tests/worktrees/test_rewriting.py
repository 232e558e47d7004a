"""A person's changes in a session's worktree: exactly those, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from worktrees import merges, objects, rewriting, snapshots, taking
from worktrees.errors import GitError
from worktrees.parts import read
from worktrees.repository import Identity

if TYPE_CHECKING:
    from tests.worktrees.conftest import Sandbox
    from worktrees.listing import Worktree

AGENT = Identity("agent", "s1@localhost")


def kept(tree: Worktree) -> snapshots.Snapshot:
    return snapshots.snapshot(tree, "refs/conductor/sessions/s1", "x")


def text(box: Sandbox, tree: str, path: str) -> bytes | None:
    (found,) = objects.blobs(box.root, tree, [path])
    return found.start if found else None


@pytest.mark.parametrize(
    ("before", "span", "put", "after"),
    [
        (b"a\nb\nc\n", (2, 2), "x\ny\n", b"a\nx\ny\nc\n"),
        (b"a\r\nb\r\n", (1, 1), "x\n", b"x\r\nb\r\n"),
        (b"a\nb", (2, 2), "x\n", b"a\nx"),
        (b"a\nb\n", (1, 2), "", b""),
        (b"a\n", (2, 2), "x\n", None),
    ],
)
def test_lines_are_replaced_as_the_file_ends_them(
    box: Sandbox, before: bytes, span: tuple[int, int], put: str, after: bytes | None
) -> None:
    box.write("f", before)
    tree = merges.tree_of(box.repo, box.commit())
    made = rewriting.with_lines(box.repo, tree, "f", span, put)
    assert (text(box, made, "f") if made else None) == after


def test_files_are_written_only_where_nothing_else_has_been(box: Sandbox) -> None:
    tree = box.worktree()
    box.write("new", "agent\n", tree.path)
    before = kept(tree).tree
    after = rewriting.with_lines(box.repo, before, "README", (1, 1), "ONE\n")
    assert after
    box.write("README", "somebody\n", tree.path)
    with pytest.raises(GitError):
        rewriting.rewrite(tree, before, after)
    assert (tree.path / "README").read_text() == "somebody\n"
    box.write("README", "one\ntwo\nthree\n", tree.path)
    rewriting.rewrite(tree, before, after)
    assert (tree.path / "README").read_text() == "ONE\ntwo\nthree\n"
    assert (tree.path / "new").read_text() == "agent\n"
    assert kept(tree).tree == after


def test_a_commit_holds_the_persons_change_and_not_the_agents(box: Sandbox) -> None:
    tree = box.worktree()
    head = box.git("rev-parse", "HEAD")
    box.write("src/app.py", "print('agent')\n", tree.path)
    before = kept(tree).tree
    after = rewriting.with_lines(box.repo, before, "README", (1, 1), "ONE\n")
    commit = rewriting.commit_edit(box.repo, head, (before, after or ""), "Shout", AGENT)
    assert box.git("diff", "--name-only", head, commit) == "README"
    assert box.git("log", "-1", "--format=%an %s %P", commit) == f"Ada Shout {head}"


def test_an_edit_that_cannot_be_written_leaves_the_branch_where_it_was(box: Sandbox) -> None:
    tree = box.worktree()
    head = box.git("rev-parse", "HEAD")
    before = kept(tree).tree
    after = rewriting.with_lines(box.repo, before, "README", (1, 1), "ONE\n") or ""
    commit = rewriting.commit_edit(box.repo, head, (before, after), "Shout", AGENT)
    assert rewriting.commit_edit(box.repo, commit, (before, after), "Shout", AGENT) == commit
    box.write("README", "somebody\n", tree.path)
    with pytest.raises(GitError):
        rewriting.write_edit(tree, (before, after), head, commit)
    assert box.git("rev-parse", "HEAD", cwd=tree.path) == head
    assert box.git("status", "--porcelain", cwd=tree.path) == "M README"


def test_what_cannot_be_told_apart_is_a_commit_of_the_agents_before(box: Sandbox) -> None:
    tree = box.worktree()
    head = box.git("rev-parse", "HEAD")
    box.write("README", "1\ntwo\nthree\n", tree.path)
    before = kept(tree).tree
    after = rewriting.with_lines(box.repo, before, "README", (1, 1), "ONE\n")
    commit = rewriting.commit_edit(box.repo, head, (before, after or ""), "Shout", AGENT)
    told = box.git("log", "--format=%an %s", f"{head}..{commit}").splitlines()
    assert told == ["Ada Shout", "agent Work in progress"]


@pytest.mark.parametrize("fits", [True, False])
def test_the_rest_stands_on_what_landed_or_is_left_alone(box: Sandbox, *, fits: bool) -> None:
    tree = box.worktree()
    base = box.git("rev-parse", "HEAD")
    box.write("README", "one\n2\nthree\n", tree.path)
    box.write("more", "more\n", tree.path)
    offered = kept(tree)
    left = {"README": read(box.root, base, offered.commit, ["README"])[0].parts}
    taken = taking.commit(box.repo, base, offered.commit, left, "refs/conductor/taken/s1")
    box.write("README" if not fits else "other", "somebody's\n")
    box.write("more", "more\n")
    landed = box.commit("Landed, with what others did")
    found = rewriting.rest_on(
        box.repo, tree, taken=taken, offered=offered.commit, landed=landed, now=offered.tree
    )
    if fits:
        assert found == kept(tree).tree
        assert box.git("rev-parse", "HEAD", cwd=tree.path) == landed
        assert box.git("status", "--porcelain", cwd=tree.path) == "M README"
        assert (tree.path / "other").read_text() == "somebody's\n"
    else:
        assert found is None
        assert kept(tree).tree == offered.tree
        assert box.git("rev-parse", "HEAD", cwd=tree.path) == base
