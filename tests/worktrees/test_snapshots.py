"""Snapshots hold everything and touch nothing."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worktrees.conftest import new_sandbox
from worktrees import processes
from worktrees.errors import GitError, Moved
from worktrees.refs import move_ref
from worktrees.snapshots import snapshot, snapshots

if TYPE_CHECKING:
    from tests.worktrees.conftest import Sandbox
    from worktrees.listing import Worktree

REF = "refs/conductor/sessions/one"


def picture(root: Path) -> dict[str, tuple[int, bytes]]:
    """Every file under a folder, with its mode and content; the git file itself left out."""
    seen = {}
    for folder, names, files in os.walk(root):
        for name in [*files, *names]:
            path = Path(folder, name)
            mode = path.lstat().st_mode
            if path.is_symlink():
                seen[os.path.relpath(path, root)] = (mode, os.fsencode(os.readlink(path)))
            elif path.is_file():
                seen[os.path.relpath(path, root)] = (mode, path.read_bytes())
    seen.pop(".git", None)
    return seen


def index_of(tree: Worktree) -> tuple[str, int]:
    index = tree.git_dir / "index"
    return hashlib.sha256(index.read_bytes()).hexdigest(), index.stat().st_mtime_ns


def extracted(box: Sandbox, commit: str) -> dict[str, tuple[int, bytes]]:
    """A commit's files, written out by a plain git in an empty clone."""
    folder = Path(tempfile.mkdtemp(dir=box.folder))
    box.git("clone", "-q", "--no-checkout", "--no-local", str(box.root), str(folder / "c"))
    box.git("fetch", "-q", "origin", commit, cwd=folder / "c")
    box.git("checkout", "-q", "--detach", commit, cwd=folder / "c")
    shutil.rmtree(folder / "c" / ".git")
    return picture(folder / "c")


def plain(seen: dict[str, tuple[int, bytes]]) -> dict[str, tuple[int, bytes]]:
    """Only what git records of a mode: a link, or whether the owner may run it."""
    return {name: (mode & 0o170100, content) for name, (mode, content) in seen.items()}


def test_everything_is_in_it_and_nothing_is_touched(box: Sandbox) -> None:
    tree = box.worktree()
    box.git("config", "uploadpack.allowAnySHA1InWant", "true")
    box.write("README", "changed\n", tree.path)
    box.write("staged.py", "staged\n", tree.path)
    box.git("add", "staged.py", cwd=tree.path)
    box.write("new/deep.py", "new\n", tree.path)
    box.write("ignored.log", "noise\n", tree.path)
    (tree.path / "src/app.py").unlink()
    before, index = picture(tree.path), index_of(tree)
    kept = snapshot(tree, REF, "Turn 1")
    assert picture(tree.path) == before
    assert index_of(tree) == index
    assert kept.changed
    names = set(box.git("ls-tree", "-r", "--name-only", REF).splitlines())
    assert names == {".gitignore", "README", "new/deep.py", "staged.py"}
    assert kept.parent == box.git("rev-parse", f"{REF}^1") == box.git("rev-parse", "main")


def test_nothing_new_makes_no_commit(box: Sandbox) -> None:
    tree = box.worktree()
    first = snapshot(tree, REF, "Turn 1")
    again = snapshot(tree, REF, "Turn 2")
    assert (again.commit, again.changed) == (first.commit, False)
    box.write("new.py", "x", tree.path)
    second = snapshot(tree, REF, "Turn 3")
    assert second.changed
    assert not snapshot(tree, REF, "Turn 4").changed
    parents = box.git("rev-parse", f"{REF}^@").splitlines()
    assert parents == [box.git("rev-parse", "main"), first.commit]
    box.commit(cwd=tree.path)
    third = snapshot(tree, REF, "Turn 5")
    assert third.changed
    assert third.parent == box.git("rev-parse", "conductor/one")
    assert [kept.subject for kept in snapshots(box.repo, "refs/conductor/sessions")] == ["Turn 5"]
    assert snapshots(box.repo)[0].commit == third.commit


def test_a_file_changed_in_the_instant_the_index_was_written(box: Sandbox) -> None:
    """Same size, same time stamps: only the index's own time gives it away."""
    tree = box.worktree()
    box.git("config", "core.trustctime", "false")
    then = (time.time_ns() - 100 * 10**9,) * 2
    file = box.write("README", "staged\n", tree.path)
    os.utime(file, ns=then)
    box.git("update-index", "README", cwd=tree.path)
    file.write_text("STAGED\n")
    os.utime(file, ns=then)
    os.utime(tree.git_dir / "index", ns=then)
    snapshot(tree, REF, "racy")
    assert box.git("show", f"{REF}:README") == "STAGED"


def test_staged_content_that_is_in_no_file_is_kept_too(box: Sandbox) -> None:
    tree = box.worktree()
    box.write("README", "staged only\n", tree.path)
    box.git("add", "README", cwd=tree.path)
    box.write("README", "on disk\n", tree.path)
    kept = snapshot(tree, REF, "Both")
    assert box.git("show", f"{REF}:README") == "on disk"
    assert box.git("show", f"{kept.commit}^2:README") == "staged only"
    assert not snapshot(tree, REF, "Both").changed


def test_unmerged_intent_to_add_links_modes_and_names(box: Sandbox) -> None:
    tree = box.worktree()
    box.git("config", "uploadpack.allowAnySHA1InWant", "true")
    box.write("README", "theirs\n")
    box.commit()
    box.write("README", "ours\n", tree.path)
    box.commit(cwd=tree.path)
    box.git("merge", "-q", "main", cwd=tree.path, ok=False)
    assert "<<<<<<<" in (tree.path / "README").read_text()
    box.write("intended", "soon\n", tree.path)
    box.git("add", "--intent-to-add", "intended", cwd=tree.path)
    (tree.path / "out").symlink_to("/etc/passwd")
    (tree.path / "broken").symlink_to("nowhere")
    box.write("run.sh", "#!/bin/sh\n", tree.path).chmod(0o755)
    for name in [
        "-rf",
        "a\nb",
        "tab\t",
        '"q"',
        "esc\x1b[31m",
        " lead",
        "*",
        ":(top)x",
        "ü",
        "a\\b",
    ]:
        box.write(name, name, tree.path)
    Path(os.fsdecode(os.fsencode(tree.path) + b"/bad\xff\xfe")).write_text("bytes")
    box.write("crlf", b"a\r\nb\n\0", tree.path)
    before, index = picture(tree.path), index_of(tree)
    kept = snapshot(tree, REF, "All")
    assert picture(tree.path) == before
    assert index_of(tree) == index
    assert plain(extracted(box, kept.commit)) == plain(before)
    assert not snapshot(tree, REF, "All").changed


def test_folders_files_and_links_in_each_others_places(box: Sandbox) -> None:
    tree = box.worktree()
    box.git("config", "uploadpack.allowAnySHA1InWant", "true")
    box.write("a/one", "1", tree.path)
    box.write("b/two", "2", tree.path)
    box.write("c", "3", tree.path)
    box.commit(cwd=tree.path)
    shutil.rmtree(tree.path / "a")
    box.write("a", "a file now", tree.path)
    shutil.rmtree(tree.path / "b")
    (tree.path / "b").symlink_to("src")
    (tree.path / "c").unlink()
    box.write("c/three", "a folder now", tree.path)
    before = picture(tree.path)
    kept = snapshot(tree, REF, "Swapped")
    assert plain(extracted(box, kept.commit)) == plain(
        {name: seen for name, seen in before.items() if name != "b/app.py"}
    )


def test_repositories_inside_are_named_and_left_out(box: Sandbox) -> None:
    tree = box.worktree()
    nested = tree.path / "vendor" / "lib"
    nested.mkdir(parents=True)
    box.git("init", "-q", cwd=nested)
    box.write("file", "x", nested)
    box.write("own.py", "x", tree.path)
    kept = snapshot(tree, REF, "With a nested one")
    assert kept.left_out == ("vendor/lib/",)
    assert "own.py" in box.git("ls-tree", "-r", "--name-only", REF).splitlines()


def test_what_git_would_take_for_its_own_folder_is_named_and_left_out(box: Sandbox) -> None:
    tree = box.worktree()
    names = (".GIT/hooks/x", ".GIT/y", "a/git~1/x", ".git .", "a/.g\u200cit/x")
    for name in ("kept", ".gitx", "a/agit~1", *names):
        box.write(name, "x", tree.path)
    kept = snapshot(tree, REF, "Turn")
    assert set(kept.left_out) == {".GIT/", "a/git~1/", ".git ./", "a/.g\u200cit/"}
    assert len(kept.left_out) == 4
    box.git("checkout", "-q", "-b", "all", kept.commit)
    assert [(box.root / name).exists() for name in ("kept", ".gitx", "a/agit~1")] == [True] * 3


def test_a_submodule_is_kept_at_its_commit(box: Sandbox) -> None:
    library = new_sandbox(box.folder / "library")
    box.git(
        *("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(library.root), "lib")
    )
    box.commit()
    tree = box.worktree()
    box.git("-c", "protocol.file.allow=always", "submodule", "update", "--init", cwd=tree.path)
    box.git("config", "user.name", "Ada", cwd=tree.path / "lib")
    box.git("config", "user.email", "a@b", cwd=tree.path / "lib")
    box.write("more", "x", tree.path / "lib")
    moved = box.commit(cwd=tree.path / "lib")
    snapshot(tree, REF, "Submodule moved")
    assert box.git("rev-parse", f"{REF}:lib") == moved
    from worktrees.trees import remove

    with pytest.raises(GitError, match="submodules"):
        remove(box.repo, tree, keep_ref=REF)


def test_a_file_that_cannot_be_read_is_refused_by_name(box: Sandbox) -> None:
    tree = box.worktree()
    (tree.path / "README").unlink()
    os.mkfifo(tree.path / "README")
    with pytest.raises(GitError, match="README"):
        snapshot(tree, REF, "Pipe")


@pytest.mark.parametrize(
    "name", [".gitignore", "src/.gitattributes", ".git/info/exclude", ".git/config"]
)
def test_a_pipe_that_git_would_wait_for_is_named_in_a_moment(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(processes, "_LONG", 0.3)
    tree = box.worktree()
    box.write("src/new", "x", tree.path)
    pipe = (box.root if name.startswith(".git/") else tree.path) / name
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)
    began = time.monotonic()
    with pytest.raises(GitError, match=f"{name} is a pipe"):
        snapshot(tree, REF, "Pipe")
    assert time.monotonic() - began < 60  # far below git's own time


def test_a_lock_that_a_killed_git_left_on_a_ref_of_ours_goes_in_time(box: Sandbox) -> None:
    tree = box.worktree()
    box.write("new", "x", tree.path)
    lock = box.write(f".git/{REF}.lock", "")
    with pytest.raises(GitError, match=r"one\.lock"):
        snapshot(tree, REF, "While it may be held")
    os.utime(lock, (time.time() - 300,) * 2)
    assert snapshot(tree, REF, "When it cannot").changed
    head = box.git("rev-parse", "main")
    lock = box.write(".git/refs/heads/main.lock", "")
    os.utime(lock, (0, 0))
    with pytest.raises(GitError, match=r"main\.lock"):
        move_ref(box.root, "refs/heads/main", head, head)
    assert lock.exists()


def test_refused_places_and_lost_races(box: Sandbox) -> None:
    tree = box.worktree()
    for ref in ("refs/heads/main", "refs/conductor/../heads/main", "refs/conductor/a b", "HEAD"):
        with pytest.raises(GitError):
            snapshot(tree, ref, "x")
    first = snapshot(tree, REF, "x").commit
    with pytest.raises(Moved) as caught:
        move_ref(tree.place, REF, box.repo.commit_of("main"), box.repo.commit_of("main"))
    assert caught.value.actual == first
    with pytest.raises(Moved):
        move_ref(tree.place, REF, box.repo.commit_of("main"), None)


def test_an_orphan_branch_without_commits(box: Sandbox) -> None:
    tree = box.worktree()
    box.git("checkout", "-q", "--orphan", "fresh", cwd=tree.path)
    kept = snapshot(tree, REF, "Orphan")
    assert kept.parent is None
    assert box.git("rev-parse", f"{REF}^{{tree}}") == box.git("rev-parse", "main^{tree}")


NAMES = st.sampled_from(
    [
        "README",
        "src/app.py",
        "src",
        "new",
        "deep/er/file",
        "deep",
        "x.log",
        "build/out",
        "-n",
        "ä b",
    ]
)
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["write", "delete", "link", "run", "stage", "unstage", "commit", "snap"]),
        NAMES,
        st.binary(max_size=8),
    ),
    max_size=10,
)


def act(box: Sandbox, tree: Worktree, what: str, name: str, content: bytes) -> None:
    path = tree.path / name
    if what in {"write", "link", "delete"}:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        for parent in (path, *path.parents):
            if parent != tree.path and (parent.is_symlink() or parent.is_file()):
                parent.unlink()
        path.parent.mkdir(parents=True, exist_ok=True)
    if what == "write":
        path.write_bytes(content)
    elif what == "link":
        path.symlink_to(os.fsdecode(content.replace(b"\0", b"") or b"src"))
    elif what == "run" and path.is_file() and not path.is_symlink():
        path.chmod(0o755)
    elif what == "stage":
        box.git("add", "-A", cwd=tree.path)
    elif what == "unstage":
        box.git("reset", "-q", cwd=tree.path)
    elif what == "commit":
        box.commit(cwd=tree.path)
    elif what == "snap":
        snapshot(tree, REF, "Between")


@given(ACTS)
@settings(max_examples=15)
def test_whatever_was_done_the_snapshot_is_what_git_add_would_hold(
    tmp_path: Path, acts: list[tuple[str, str, bytes]]
) -> None:
    box = new_sandbox(Path(tempfile.mkdtemp(dir=tmp_path)))
    tree = box.worktree()
    for what, name, content in acts:
        act(box, tree, what, name, content)
    before, index = picture(tree.path), index_of(tree)
    kept = snapshot(tree, REF, "Last")
    assert picture(tree.path) == before
    assert index_of(tree) == index
    assert kept.left_out == ()
    box.git("add", "-A", cwd=tree.path)
    assert kept.tree == box.git("write-tree", cwd=tree.path)
