"""Odd repositories, and worktrees that somebody changed meanwhile: a sentence, and we go on."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worktrees.conftest import new_sandbox
from tests.worktrees.test_snapshots import act
from worktrees import landings, rewriting
from worktrees.errors import GitError
from worktrees.interference import Look
from worktrees.listing import MAKING, listing
from worktrees.merges import Conflict, merge, move_branch, tree_of
from worktrees.pool import Pool, Stage
from worktrees.repository import Repository
from worktrees.snapshots import snapshot
from worktrees.timeline import points
from worktrees.trees import create, find

if TYPE_CHECKING:
    from tests.worktrees.conftest import Sandbox
    from worktrees.listing import Worktree

REF = "refs/conductor/sessions/s1"


def no_setup(_: Worktree) -> None:
    """Nothing to set up."""


def pool_of(box: Sandbox) -> Pool:
    workshop = box.folder / "workshop"
    workshop.mkdir(exist_ok=True)
    return Pool(box.repo, workshop)


def lent(box: Sandbox, pool: Pool, name: str = "s1") -> Worktree:
    commit = box.repo.target().commit
    pool.make(commit, "r", no_setup)
    given = pool.claim(name, iter([name]), commit, "r")
    assert given is not None
    return given.tree


def status(box: Sandbox, root: Path) -> str:
    return box.git("status", "--porcelain", cwd=root)


def test_a_sparse_checkout_is_as_sparse_in_every_worktree(box: Sandbox) -> None:
    box.write("far/away", "x")
    box.commit()
    box.git("sparse-checkout", "set", "src")
    pool = pool_of(box)
    tree = lent(box, pool)
    box.write("src/junk", "x", tree.path)
    back = pool.take_back(tree, "refs/conductor/sessions/s0")
    assert pool.complete(back.name, box.repo.target().commit, "r", no_setup)
    again = pool.claim("s2", iter(["two"]), box.repo.target().commit, "r")
    assert again is not None
    tree = again.tree
    assert (tree.path / "src/app.py").exists()
    assert not (tree.path / "far").exists()
    assert status(box, tree.path) == ""
    box.write("src/new", "x", tree.path)
    kept = snapshot(tree, REF, "Turn")
    names = box.git("ls-tree", "-r", "--name-only", kept.commit).splitlines()
    assert {"far/away", "src/new"} <= set(names)


def test_a_shallow_clone(box: Sandbox) -> None:
    box.write("README", "later\n")
    box.commit()
    shallow = box.folder / "shallow"
    box.git("clone", "-q", "--depth", "1", f"file://{box.root}", str(shallow), cwd=box.folder)
    repo = Repository.open(shallow)
    tree = create(repo, box.folder / "trees" / "one", "one", repo.target().commit)
    box.write("new", "x", tree.path)
    kept = snapshot(tree, REF, "Turn")
    content = Look(tree.place, "refs/heads/main").at()
    assert content is not None
    assert content.files == {"new"}
    assert [one.files for one in points(repo.place, REF, kept.parent)] == [("new",)]


def test_what_lands_meanwhile_is_no_part_of_a_session(box: Sandbox) -> None:
    tree = create(box.repo, box.folder / "trees" / "one", "one", box.repo.target().commit)
    box.write("new", "x", tree.path)
    snapshot(tree, REF, "Turn")
    box.write("landed", "y\n")
    box.commit()
    now = box.repo.target().commit
    assert [one.files for one in points(box.repo.place, REF, now)] == [("new",)]


def test_a_pointer_of_lfs_stays_one(box: Sandbox) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
    box.write("big", pointer)
    box.commit()
    box.write(".gitattributes", "big filter=lfs diff=lfs merge=lfs -text\n")
    box.commit()
    box.git("config", "filter.lfs.clean", "false")
    box.git("config", "filter.lfs.smudge", "false")
    box.git("config", "filter.lfs.required", "true")
    tree = lent(box, pool_of(box))
    assert (tree.path / "big").read_text() == pointer
    box.write("new", "x", tree.path)
    content = Look(tree.place, "refs/heads/main").at()
    assert content is not None
    assert content.files == {"new"}


def test_names_that_differ_by_case_alone_and_hold_newlines(box: Sandbox) -> None:
    tree = lent(box, pool_of(box))
    box.git("mv", "README", "readme", cwd=tree.path)
    box.write("a\nb/c\td", "x", tree.path)
    look = Look(tree.place, "refs/heads/main")
    content = look.at()
    assert content is not None
    assert content.files == {"README", "readme", "a\nb/c\td"}
    box.write("a\nb/c\td", "y", tree.path)
    again = look.at(["a\nb/c\td"])
    assert again is not None
    assert box.git("show", f"{again.commit}:a\nb/c\td") == "y"
    assert snapshot(tree, REF, "Turn").tree == box.git("rev-parse", f"{again.commit}^{{tree}}")


def test_a_name_that_ends_in_a_carriage_return(box: Sandbox) -> None:
    tree = lent(box, pool_of(box))
    box.write("Icon\r", "a folder's picture, as a Mac keeps it", tree.path)
    box.write("in\r/file", "x", tree.path)
    kept = snapshot(tree, REF, "Turn")
    assert box.git("show", f"{kept.commit}:Icon\r").startswith("a folder's picture")
    box.git("add", "-A", cwd=tree.path)
    box.git("commit", "-q", "-m", "odd", cwd=tree.path)
    box.write("in\r/file", "y", tree.path)
    content = Look(tree.place, "refs/heads/main").at()
    assert content is not None
    assert box.git("show", f"{content.commit}:in\r/file") == "y"


def test_a_submodule_and_a_link_out(box: Sandbox) -> None:
    library = new_sandbox(box.folder / "library")
    allow = ("-c", "protocol.file.allow=always")
    box.git(*allow, "submodule", "add", "-q", str(library.root), "lib")
    box.commit()
    pool = pool_of(box)
    tree = lent(box, pool)
    (tree.path / "out").symlink_to("/etc")
    content = Look(tree.place, "refs/heads/main").at()
    assert content is not None
    assert content.files == {"out"}
    assert box.git("ls-tree", content.commit, "out").startswith("120000")
    box.git(*allow, "submodule", "update", "--init", cwd=tree.path)
    with pytest.raises(GitError, match="submodules checked out"):
        pool.take_back(tree, REF)
    assert pool.members[0].stage is Stage.LENT


def test_one_that_was_moved_locked_or_lost(box: Sandbox) -> None:
    pool = pool_of(box)
    tree = lent(box, pool)
    box.git("worktree", "unlock", str(tree.path))
    box.git("worktree", "lock", "--reason", "on a stick", str(tree.path))
    with pytest.raises(GitError, match="on a stick"):
        pool.take_back(find(box.repo, tree.path), REF)
    os.rename(tree.path, box.folder / "moved")
    assert pool.tree(pool.members[0]) is None
    with pytest.raises(GitError, match="is gone"):
        snapshot(tree, REF, "Turn")
    pool.discard(pool.members[0].name)
    assert (box.folder / "moved" / "README").exists()
    assert lent(box, pool, "s2").branch == "s2"


def test_a_pipe_in_a_record_keeps_nobody_waiting(box: Sandbox) -> None:
    pool = pool_of(box)
    first = lent(box, pool)
    head = first.git_dir / "HEAD"
    head.unlink()
    os.mkfifo(head)
    second = lent(box, pool, "s2")
    assert status(box, second.path) == ""
    assert [one.branch for one in listing(box.repo)] == ["main", None, "s2"]
    assert snapshot(second, REF, "Turn").commit


def test_a_record_half_written_is_made_again(box: Sandbox) -> None:
    """Killed between its folder and its last file, a record is nobody's after a while."""
    record = box.root / ".git" / "worktrees" / "tree-1"
    record.mkdir(parents=True)
    (record / "locked").write_text(f"{MAKING}\n")
    os.utime(record, (1, 1))
    tree = lent(box, pool_of(box))
    assert tree.git_dir == record


OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(
            ["write", "delete", "stage", "commit", "keep", "restore", "recycle", "land", "undo"]
        ),
        st.sampled_from(["README", "src/app.py", "new", "deep/file"]),
        st.binary(min_size=1, max_size=6),
    ),
    max_size=12,
)


def lose_nothing(tmp_path: Path, operations: list[tuple[str, str, bytes]]) -> None:
    """Every content that lay in a worktree when we did something to it can be had from some ref."""
    box = new_sandbox(Path(tempfile.mkdtemp(dir=tmp_path)))
    pool = pool_of(box)
    tree, session = lent(box, pool), 1
    blobs: set[str] = set()

    landed: list[tuple[str, str]] = []

    def note(root: Path | None = None) -> None:
        for path in (root or tree.path).rglob("*"):
            if path.is_file() and ".git" not in path.parts:
                blobs.add(box.git("hash-object", str(path), cwd=tree.path))

    for what, name, content in operations:
        ref = f"refs/conductor/sessions/s{session}"
        if what == "keep":
            note()
            snapshot(tree, ref, "Turn")
        elif what == "restore":
            note()
            now = snapshot(tree, ref, "Before")
            line = points(box.repo.place, ref, box.repo.target().commit)
            rewriting.rewrite(tree, now.tree, tree_of(box.repo, line[0].commit))
            assert snapshot(tree, ref, "After").tree == tree_of(box.repo, line[0].commit)
        elif what == "land":
            note()
            if moved := land(box, snapshot(tree, ref, "Turn").commit):
                landed.append(moved)
            note(box.root)
        elif what == "undo" and landed:
            commit, before = landed.pop()
            landings.keep(box.repo, commit)
            move_branch(box.repo, "main", before, commit)
            assert box.git("status", "--porcelain") == ""
        elif what == "undo":
            continue
        elif what == "recycle":
            note()
            back = pool.take_back(tree, ref)
            session += 1
            pool.complete(back.name, box.repo.target().commit, "r", no_setup)
            given = pool.claim(f"s{session}", iter([f"b{session}"]), box.repo.target().commit, "r")
            assert given is not None
            tree = given.tree
            assert status(box, tree.path) == ""
        else:
            act(box, tree, what, name, content)
    box.git("gc", "-q", "--prune=now")
    kept = set(box.git("rev-list", "--all", "--objects", "--no-object-names").split())
    assert blobs <= kept
    shutil.rmtree(box.folder)


def land(box: Sandbox, change: str) -> tuple[str, str] | None:
    """Merge a change onto the target as one commit, if it fits; return where it went, and from."""
    target = box.repo.target()
    merged = merge(box.repo, target.commit, change)
    if isinstance(merged, Conflict) or merged.tree == tree_of(box.repo, target.commit):
        return None
    words = {"base": target.commit, "tree": merged.tree, "how": "squash", "message": "Land"}
    commit = landings.compose(box.repo, target, change, **words)
    move_branch(box.repo, target.name, commit, target.commit)
    assert box.git("status", "--porcelain") == ""
    return commit, target.commit


FEW = settings(max_examples=4)


@given(OPERATIONS)
@FEW
def test_whatever_is_done_no_content_is_lost(
    tmp_path: Path, operations: list[tuple[str, str, bytes]]
) -> None:
    lose_nothing(tmp_path, operations)


@pytest.mark.long
@given(OPERATIONS)
@settings(FEW, max_examples=100)
def test_whatever_is_done_for_long_no_content_is_lost(
    tmp_path: Path, operations: list[tuple[str, str, bytes]]
) -> None:
    lose_nothing(tmp_path, operations)
