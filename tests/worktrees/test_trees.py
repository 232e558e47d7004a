"""Worktrees made, listed, set up and taken away."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.waiting import until
from worktrees.errors import GitError
from worktrees.inventory import vanished
from worktrees.listing import MAKING, OURS
from worktrees.removal import TRASH
from worktrees.trees import (
    create,
    empty_trash,
    find,
    forget,
    listing,
    registered,
    remove,
    setup,
)
from worktrees.verification import verification

if TYPE_CHECKING:
    from tests.worktrees.conftest import Sandbox

KEEP = "refs/conductor/removed/one"


def test_create_makes_a_clean_locked_worktree_on_its_branch(box: Sandbox) -> None:
    tree = box.worktree()
    assert box.git("status", "--porcelain", cwd=tree.path) == ""
    assert box.git("branch", "--show-current", cwd=tree.path) == "conductor/one"
    assert (tree.path / "src/app.py").read_text() == "print('hello')\n"
    assert find(box.repo, tree.path) == tree
    assert tree.locked == OURS
    box.git("worktree", "prune", "--expire=now")
    assert find(box.repo, tree.path) == tree


def test_create_again_returns_the_same_and_keeps_the_work(box: Sandbox) -> None:
    tree = box.worktree()
    box.write("new.py", "work\n", tree.path)
    assert box.worktree() == tree
    assert (tree.path / "new.py").read_text() == "work\n"


def test_create_completes_what_was_killed_half_way(box: Sandbox) -> None:
    path = box.folder / "trees" / "one"
    box.git("branch", "conductor/one")
    half = registered(box.repo, path, "conductor/one")
    assert half.locked == MAKING
    assert not (path / "README").exists()
    tree = box.worktree()
    assert tree.locked == OURS
    assert box.git("status", "--porcelain", cwd=path) == ""


def test_create_refuses_a_folder_that_is_not_ours(box: Sandbox) -> None:
    box.write("trees/one/precious", "x", box.folder)
    with pytest.raises(GitError, match="exists and is not a worktree"):
        box.worktree()
    assert (box.folder / "trees/one/precious").read_text() == "x"


def test_create_refuses_a_branch_that_is_elsewhere(box: Sandbox) -> None:
    box.git("branch", "conductor/one")
    box.write("README", "later\n")
    box.commit()
    with pytest.raises(GitError, match=r"conductor/one exists"):
        box.worktree()
    with pytest.raises(GitError, match="checked out in"):
        create(box.repo, box.folder / "x", "main", "main")


def test_create_refuses_a_link_and_another_branch(box: Sandbox) -> None:
    tree = box.worktree()
    with pytest.raises(GitError, match="already a worktree"):
        create(box.repo, tree.path, "conductor/two", "main")
    link = box.folder / "link"
    link.symlink_to(tree.path)
    with pytest.raises(GitError, match="is a link"):
        create(box.repo, link, "conductor/three", "main")


@pytest.mark.parametrize("branch", ["-x", "a..b", "x y", "", "x\n", "a/.b", "x.lock"])
def test_create_refuses_a_bad_branch(box: Sandbox, branch: str) -> None:
    with pytest.raises(GitError):
        create(box.repo, box.folder / "trees" / "bad", branch, "main")
    assert not (box.folder / "trees" / "bad").exists()


def test_a_worktree_deleted_by_hand_is_seen_and_can_be_made_again(box: Sandbox) -> None:
    tree = box.worktree()
    other = box.worktree("two")
    import shutil

    shutil.rmtree(tree.path)
    never = box.folder / "trees" / "never"
    assert vanished(box.repo, [tree.path, other.path, never]) == [never, tree.path]
    with pytest.raises(GitError, match="is gone"):
        _ = tree.place
    assert box.worktree() == tree


def test_remove_keeps_everything_then_sets_aside(box: Sandbox) -> None:
    tree = box.worktree()
    box.write("new.py", "work\n", tree.path)
    box.write("README", "changed\n", tree.path)
    kept = remove(box.repo, tree, keep_ref=KEEP)
    assert kept is not None
    assert box.git("show", f"{KEEP}:new.py") == "work"
    assert box.git("show", f"{KEEP}:README") == "changed"
    assert not tree.path.exists()
    assert [left.path for left in listing(box.repo)] == [box.root]
    assert box.git("rev-parse", "conductor/one")
    (aside,) = (tree.path.parent / TRASH).iterdir()
    assert (aside / "new.py").read_text() == "work\n"
    assert empty_trash(tree.path.parent, older_than=3600) == 0
    assert empty_trash(tree.path.parent) == 1
    assert not aside.exists()


def test_remove_completes_what_was_killed_half_way(box: Sandbox) -> None:
    tree = box.worktree()
    os.rename(tree.path, box.folder / "aside")
    assert remove(box.repo, tree, keep_ref=KEEP) is None
    assert len(listing(box.repo)) == 1


def test_remove_refuses(box: Sandbox) -> None:
    main, tree = listing(box.repo)[0], box.worktree()
    with pytest.raises(GitError, match="own checkout"):
        remove(box.repo, main, keep_ref=KEEP)
    with pytest.raises(GitError, match="still there"):
        forget(box.repo, tree)
    nested = tree.path / "nested"
    nested.mkdir()
    box.git("init", "-q", cwd=nested)
    with pytest.raises(GitError, match=r"repositories of its own: nested/"):
        remove(box.repo, tree, keep_ref=KEEP)
    ada = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    box.git(*ada, "commit", "-q", "--allow-empty", "-m", "One", cwd=nested)
    box.git("add", "nested", cwd=tree.path)  # as a pointer to a commit that lies in it alone
    box.git("commit", "-qm", "Point", cwd=tree.path)
    with pytest.raises(GitError, match=r"repositories of its own: nested"):
        remove(box.repo, tree, keep_ref=KEEP)
    nested.rename(box.folder / "elsewhere")
    box.git("update-index", "--assume-unchanged", "README", cwd=tree.path)
    with pytest.raises(GitError, match="overlook changes in README"):
        remove(box.repo, tree, keep_ref=KEEP)
    box.git("update-index", "--no-assume-unchanged", "README", cwd=tree.path)
    box.git("update-index", "--skip-worktree", "README", cwd=tree.path)
    with pytest.raises(GitError, match="overlook changes in README"):
        remove(box.repo, tree, keep_ref=KEEP)
    box.git("update-index", "--no-skip-worktree", "README", cwd=tree.path)
    (tree.git_dir / "BISECT_START").touch()
    with pytest.raises(GitError, match="bisect is under way"):
        remove(box.repo, tree, keep_ref=KEEP)
    assert tree.path.is_dir()


def test_remove_refuses_somebody_elses_lock(box: Sandbox) -> None:
    theirs = box.folder / "theirs"
    box.git("worktree", "add", "-q", "--detach", "--lock", "--reason", "on a stick", str(theirs))
    with pytest.raises(GitError, match="on a stick"):
        remove(box.repo, find(box.repo, theirs), keep_ref=KEEP)
    assert theirs.is_dir()


def test_the_trash_is_never_followed_out(box: Sandbox) -> None:
    away = box.folder / "away"
    away.mkdir()
    box.write("keep", "x", away)
    (box.folder / TRASH).mkdir()
    (box.folder / TRASH / "1-link").symlink_to(away)
    assert empty_trash(box.folder) == 0
    assert (away / "keep").exists()


def test_setup_runs_in_the_worktree_with_the_environment_given(box: Sandbox) -> None:
    tree = box.worktree()
    log = box.folder / "setup.log"
    done = setup(tree, "pwd; echo $X $HOME; echo bad >&2; exit 3", {"X": "1"}, log)
    assert (done.code, done.ok) == (3, False)
    assert log.read_text() == f"{tree.path}\n1\nbad\n"
    assert log.stat().st_mode & 0o777 == 0o600


def test_setup_output_is_bounded_at_both_ends(box: Sandbox) -> None:
    tree = box.worktree()
    log = box.folder / "setup.log"
    done = setup(tree, "echo first; head -c 9000000 /dev/zero; echo last", dict(os.environ), log)
    text = log.read_bytes()
    assert done.ok
    assert len(text) < 3 << 20
    assert text.startswith(b"first\n")
    assert text.endswith(b"last\n")
    assert b"bytes left out]" in text


def _gone(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    try:
        return state.read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_setup_that_hangs_is_ended_with_all_it_started(box: Sandbox) -> None:
    tree = box.worktree()
    log = box.folder / "setup.log"
    began = time.monotonic()
    for patience in (0.5, 5.0, 50.0):  # until it has come to say who hangs
        command = "sleep 600 & echo $!; wait"
        done = setup(tree, command, dict(os.environ), log, timeout=patience)
        assert done.code is None
        if log.read_text()[:1].isdigit():
            break
    assert time.monotonic() - began < 300
    assert "out of time" in log.read_text()
    until(lambda: _gone(int(log.read_text().split()[0])))


def test_setup_does_not_write_through_a_link(box: Sandbox) -> None:
    tree = box.worktree()
    (box.folder / "log").symlink_to(box.folder / "target")
    with pytest.raises(GitError, match="cannot be written"):
        setup(tree, "true", {}, box.folder / "log")


def test_verification_is_reused_clean_but_keeps_what_is_ignored(box: Sandbox) -> None:
    first = box.git("rev-parse", "HEAD")
    box.write("README", "later\n")
    second = box.commit()
    folder = box.folder / "verify"
    tree = verification(box.repo, folder, first)
    box.write("README", "broken", folder)
    box.write("junk/file", "x", folder)
    box.write("build/cache", "kept", folder)
    for lock in ("index.lock", "HEAD.lock"):  # of a git that was killed
        (tree.git_dir / lock).touch()
    again = verification(box.repo, folder, second)
    assert again.path == tree.path
    assert again == find(box.repo, folder)
    assert (folder / "README").read_text() == "later\n"
    assert not (folder / "junk").exists()
    assert (folder / "build/cache").read_text() == "kept"
    assert box.git("rev-parse", "HEAD", cwd=folder) == second


def test_verification_never_resets_a_sessions_worktree(box: Sandbox) -> None:
    tree = box.worktree()
    box.write("README", "work\n", tree.path)
    with pytest.raises(GitError, match="somebody's worktree"):
        verification(box.repo, tree.path, box.repo.commit_of("main"))
    assert (tree.path / "README").read_text() == "work\n"


def test_what_the_disk_refuses_is_told_in_a_sentence(box: Sandbox) -> None:
    box.write("file", "x", box.folder)
    with pytest.raises(GitError, match="Making a folder for worktrees failed") as caught:
        create(box.repo, box.folder / "file" / "deep" / "one", "conductor/one", "main")
    assert "disk is full" in caught.value.hint


def test_a_disk_that_is_full_loses_nothing(box: Sandbox) -> None:
    """A limit on file size stands for the disk: git fails in the middle of writing."""
    tree = box.worktree()
    box.write("large", os.urandom(3 << 20), tree.path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        with pytest.raises(GitError):
            remove(box.repo, tree, keep_ref=KEEP)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (tree.path / "large").stat().st_size == 3 << 20
    assert find(box.repo, tree.path) == tree
    assert remove(box.repo, tree, keep_ref=KEEP) is not None


@pytest.mark.parametrize("how", ["removed", "linked", "led away", "a repository"])
def test_a_broken_dot_git_is_repaired_by_what_its_error_says(box: Sandbox, how: str) -> None:
    tree = box.worktree()
    dot_git = tree.path / ".git"
    dot_git.unlink()
    match how:
        case "linked":
            dot_git.symlink_to(box.root / "nowhere")
        case "led away":
            dot_git.write_text(f"gitdir: {box.root / '.git'}\n")
        case "a repository":
            box.git("init", "-q", ".", cwd=tree.path)
    with pytest.raises(GitError) as caught:
        _ = tree.place
    line = caught.value.hint.split("`")[3]
    # git also complains of what it then repairs, and so ends with 1.
    subprocess.run(line, shell=True, cwd=box.root, capture_output=True, check=False)
    assert tree.place.git_dir == tree.git_dir
