"""Moving a branch together with whoever has it checked out, and whoever is killed meanwhile."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.waiting import until
from worktrees import checkouts
from worktrees.errors import GitError, Moved
from worktrees.holding import Interrupted, Occupied, held, noted
from worktrees.merges import (
    advance,
    checkout_of,
    finish,
    move_branch,
    move_ref,
    needs_advance,
)

if TYPE_CHECKING:
    from tests.worktrees.conftest import Sandbox


def test_move_ref_is_compare_and_swap(box: Sandbox) -> None:
    first = box.git("rev-parse", "main")
    second = box.commit()
    box.git("branch", "side", first)
    move_ref(box.repo.place, "refs/heads/side", second, first, "land")
    with pytest.raises(Moved) as caught:
        move_ref(box.repo.place, "refs/heads/side", first, first)
    assert caught.value.actual == second
    with pytest.raises(GitError, match="not a ref name"):
        move_ref(box.repo.place, "--stdin", first, first)


def landing(box: Sandbox) -> tuple[str, str]:
    """The target's commit, and one that changes, adds and deletes."""
    old = box.git("rev-parse", "main")
    tree = box.worktree("landing")
    box.write("README", "landed\n", tree.path)
    box.write("added/file", "new\n", tree.path)
    box.write("run.sh", "#!/bin/sh\n", tree.path).chmod(0o755)
    (tree.path / "src/app.py").unlink()
    return old, box.commit("Landing", cwd=tree.path)


def in_step(box: Sandbox, commit: str) -> bool:
    return (
        box.git("rev-parse", "HEAD") == commit
        and box.git("status", "--porcelain", "--untracked-files=no") == ""
        and not (box.root / ".git/index.lock").exists()
    )


def test_a_checkout_that_was_left_behind_is_told_how_to_follow(box: Sandbox) -> None:
    was, new = landing(box)
    move_branch(box.repo, "main", new, was)
    box.write("README", "mine\n")
    with pytest.raises(Occupied) as caught:
        move_branch(box.repo, "main", was, new)
    assert caught.value.hint == "Commit or stash them."  # it came along
    box.git("checkout", "-q", "README")
    tree = box.worktree("other")
    box.git("checkout", "-q", "--ignore-other-worktrees", "main", cwd=tree.path)
    box.write("theirs", "past the checkout\n", tree.path)
    theirs = box.commit("Past it", cwd=tree.path)
    box.write("src/mine.py", "mine\n")
    with pytest.raises(Occupied, match="not committed: theirs") as caught:
        move_branch(box.repo, "main", was, theirs)
    assert f"main was moved to {theirs[:10]} without this checkout" in caught.value.hint
    subprocess.run(shlex.split(caught.value.hint.split("`")[1]), check=True)
    assert in_step(box, theirs)
    assert (box.root / "src/mine.py").read_text() == "mine\n"


def test_a_branch_moves_with_its_clean_checkout_and_back(box: Sandbox) -> None:
    old, new = landing(box)
    box.write("notes.txt", "mine")
    assert move_branch(box.repo, "main", new, old, "land") == box.root
    assert in_step(box, new)
    assert (box.root / "README").read_text() == "landed\n"
    assert (box.root / "notes.txt").read_text() == "mine"
    assert not (box.root / "src").exists()
    assert move_branch(box.repo, "main", old, new, "undo") == box.root
    assert in_step(box, old)
    assert (box.root / "src/app.py").exists()
    assert finish(box.repo) == []


def test_a_branch_that_nobody_has_checked_out_just_moves(box: Sandbox) -> None:
    old, new = landing(box)
    box.git("checkout", "-q", "--detach")
    assert move_branch(box.repo, "main", new, old) is None
    assert box.git("rev-parse", "main") == new
    with pytest.raises(Moved):
        move_branch(box.repo, "main", new, old)


@pytest.mark.parametrize(
    ("name", "text"), [("README", "mine\n"), ("added/file", "mine\n"), ("src/app.py", "mine\n")]
)
@pytest.mark.parametrize("stage", [False, True])
def test_a_checkout_with_work_in_the_way_stays_and_so_does_the_branch(
    box: Sandbox, name: str, text: str, *, stage: bool
) -> None:
    old, new = landing(box)
    box.write(name, text)
    if stage:
        box.git("add", "-A")
    with pytest.raises(Occupied):
        move_branch(box.repo, "main", new, old)
    assert box.git("rev-parse", "main") == old
    assert (box.root / name).read_text() == text
    assert noted(box.repo.place.git_dir) is None
    assert not (box.root / ".git/index.lock").exists()


def test_an_ignored_file_in_the_way_is_not_overwritten(box: Sandbox) -> None:
    old = box.git("rev-parse", "main")
    tree = box.worktree("landing")
    box.write("x.log", "theirs", tree.path)
    box.git("add", "-f", "x.log", cwd=tree.path)
    new = box.commit(cwd=tree.path)
    box.write("x.log", "mine")
    with pytest.raises(Occupied):
        move_branch(box.repo, "main", new, old)
    assert (box.root / "x.log").read_text() == "mine"


def test_a_rebase_under_way_and_a_running_git_hold_it_back(box: Sandbox) -> None:
    old, new = landing(box)
    (box.root / ".git/index.lock").touch()
    with pytest.raises(Occupied, match=r"index\.lock"):
        move_branch(box.repo, "main", new, old)
    assert (box.root / ".git/index.lock").exists()
    (box.root / ".git/index.lock").unlink()
    box.write("README", "mine\n")
    mine = box.commit()
    box.git("rebase", new, ok=False)
    there = checkout_of(box.repo, "main")
    assert there is not None
    assert there.under_way == "rebase"
    assert not there.clean
    with pytest.raises(Occupied, match="rebase"):
        move_branch(box.repo, "main", new, mine)


def test_checkout_of_says_what_is_dirty(box: Sandbox) -> None:
    box.write("README", "mine\n")
    box.write("untracked", "x")
    there = checkout_of(box.repo, "main")
    assert there is not None
    assert there.dirty == ("README",)
    assert checkout_of(box.repo, "nowhere") is None


class Killed(BaseException):
    """Stands for kill -9: nothing of ours runs after it but what a test undoes by hand."""


def killed_after_the_ref_moved(box: Sandbox, old: str, new: str) -> None:
    """Leave exactly the files that a process killed there leaves."""
    place = box.repo.place
    with contextlib.suppress(Killed), held(place, Interrupted("refs/heads/main", old, new)) as hold:
        move_ref(place, "refs/heads/main", new, old)
        with hold.promise():
            raise Killed
    (place.git_dir / "conductor-move.lock").touch()
    os.link(place.git_dir / "conductor-move.lock", place.git_dir / "index.lock")


def test_killed_between_ref_and_files_is_completed(box: Sandbox) -> None:
    old, new = landing(box)
    killed_after_the_ref_moved(box, old, new)
    there = checkout_of(box.repo, "main")
    assert there is not None
    assert needs_advance(there) == Interrupted("refs/heads/main", old, new)
    assert finish(box.repo) == [box.root]
    assert in_step(box, new)
    assert finish(box.repo) == []


def test_killed_with_half_of_the_files_moved_is_completed(box: Sandbox) -> None:
    old, new = landing(box)
    killed_after_the_ref_moved(box, old, new)
    box.write("README", "landed\n")
    box.write("run.sh", "#!/bin/sh\n").chmod(0o755)
    shutil.rmtree(box.root / "src")
    there = checkout_of(box.repo, "main")
    assert there is not None
    advance(there, old, new)
    assert in_step(box, new)


def test_what_a_person_changed_meanwhile_is_left_alone_and_told(box: Sandbox) -> None:
    old, new = landing(box)
    killed_after_the_ref_moved(box, old, new)
    box.write("README", "mine\n")
    with pytest.raises(GitError, match="README"):
        finish(box.repo)
    assert (box.root / "README").read_text() == "mine\n"
    with pytest.raises(Occupied, match="not followed its branch"):
        move_branch(box.repo, "main", old, new)
    box.git("show", f"{old}:README")
    box.write("README", "one\ntwo\nthree\n")
    assert finish(box.repo) == [box.root]
    assert in_step(box, new)


def test_killed_before_the_ref_moved_leaves_nothing(box: Sandbox) -> None:
    old, new = landing(box)
    place = box.repo.place
    (place.git_dir / "conductor-move").write_text(f"refs/heads/main {old} {new}\n")
    assert finish(box.repo) == []
    assert noted(place.git_dir) is None
    assert in_step(box, old)


MOVE = """
import sys
from worktrees.merges import move_branch
from worktrees.repository import Repository
repo = Repository.open(sys.argv[1])
print("go", flush=True)
move_branch(repo, "main", sys.argv[2], sys.argv[3])
"""


def moving(box: Sandbox, new: str, old: str) -> subprocess.Popen[bytes]:
    """A process of its own that is about to move main."""
    process = subprocess.Popen(
        [sys.executable, "-c", MOVE, str(box.root), new, old],
        stdout=subprocess.PIPE,
        cwd=Path(checkouts.__file__).parent.parent,
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def killed(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


SLOW_GIT = """#!/bin/sh
case " $GIT_INDEX_FILE $* " in
*"{word} "*) touch {here}/come; while [ ! -e {here}/go ]; do sleep 0.02; done; {git} "$@"
  code=$?; touch {here}/gone; exit $code;;
esac
exec {git} "$@"
"""


@pytest.mark.crash
@pytest.mark.parametrize(
    ("word", "is_out"),
    [
        (" update-ref", True),
        (" update-ref", False),
        ("conductor-index update-index", True),
        ("conductor-index read-tree", True),
    ],
)
def test_a_git_that_outlives_its_killed_starter_is_waited_for(
    box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str, *, is_out: bool
) -> None:
    """It would otherwise move the branch, or the files, under whoever took up the move."""
    old, new = landing(box)
    if not is_out:
        box.git("checkout", "-q", "--detach")
    with monkeypatch.context() as patch:
        program = tmp_path / "bin/git"
        program.parent.mkdir()
        program.write_text(SLOW_GIT.format(word=word, here=program.parent, git=shutil.which("git")))
        program.chmod(0o755)
        patch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
        process = moving(box, new, old)
    until((program.parent / "come").exists)
    killed(process)
    with (box.root / ".git/conductor-move").open("r+") as note, pytest.raises(BlockingIOError):
        fcntl.flock(note, fcntl.LOCK_EX | fcntl.LOCK_NB)
    (program.parent / "go").touch()
    assert finish(box.repo) == ([box.root] if is_out else [])
    assert (program.parent / "gone").exists()
    assert box.git("rev-parse", "main") == new
    assert not is_out or in_step(box, new)


KILLED_GIT = """\
#!/bin/sh
{git} "$@"
code=$?
if [ "$1" = {word} ] && ! [ -e {here}/once ]; then
  touch {here}/once "$GIT_DIR/HEAD.lock"; kill -9 $$
fi
exit $code
"""


def test_a_git_that_is_killed_as_it_moves_the_branch_leaves_nothing_half(
    box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = landing(box)
    program = tmp_path / "bin/git"
    program.parent.mkdir()
    text = KILLED_GIT.format(word="update-ref", here=program.parent, git=shutil.which("git"))
    program.write_text(text)
    program.chmod(0o755)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
        assert move_branch(box.repo, "main", new, old) == box.root
    assert (program.parent / "once").exists()
    assert in_step(box, new)
    assert not list((box.root / ".git").glob("*.lock"))


def test_killed_as_it_let_go_leaves_no_lock_in_the_persons_way(box: Sandbox) -> None:
    old = box.git("rev-parse", "main")
    git_dir = box.repo.place.git_dir
    (git_dir / "conductor-move").touch()
    (git_dir / "conductor-move.lock").touch()
    os.link(git_dir / "conductor-move.lock", git_dir / "index.lock")
    assert finish(box.repo) == []
    assert in_step(box, old)


@pytest.mark.crash
def test_killed_at_any_moment_it_is_old_or_completed_to_new(box: Sandbox) -> None:
    """A real process, really killed; a git it started may outlive it and is waited for."""
    old, new = landing(box)
    began = time.monotonic()
    move_branch(box.repo, "main", new, old)
    whole = time.monotonic() - began
    move_branch(box.repo, "main", old, new)
    for round_ in range(8):
        process = moving(box, new, old)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(whole * round_ / 5)
        killed(process)
        finish(box.repo)
        at = box.git("rev-parse", "main")
        assert at in {old, new}
        assert in_step(box, at)
        if at == new:
            move_branch(box.repo, "main", old, new)
            assert in_step(box, old)


def test_a_note_that_cannot_be_read_to_its_end_is_none(box: Sandbox) -> None:
    tree = box.worktree()
    os.mkfifo(tree.git_dir / "conductor-move")
    assert finish(box.repo) == []
    (tree.git_dir / "rebase-merge").mkdir()
    os.mkfifo(tree.git_dir / "rebase-merge" / "head-name")
    assert checkouts.checkout_of(box.repo, "other") is None
