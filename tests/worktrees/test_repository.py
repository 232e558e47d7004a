"""Opening repositories, good and bad."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from worktrees import refs
from worktrees.errors import GitError, shown
from worktrees.inventory import Kept, kept
from worktrees.repository import Identity, Repository

if TYPE_CHECKING:
    from tests.worktrees.conftest import Sandbox


def test_opens_from_a_subfolder_and_from_a_linked_worktree(box: Sandbox) -> None:
    tree = box.worktree()
    expected = Repository.open(box.root)
    assert expected.root == box.root
    assert Repository.open(box.root / "src") == expected
    assert Repository.open(tree.path) == expected
    assert Repository.open(tree.path / "src") == expected


def test_target_is_the_branch_checked_out_or_the_one_named(box: Sandbox) -> None:
    box.git("branch", "release")
    head = box.git("rev-parse", "HEAD")
    assert box.repo.target().name == "main"
    assert box.repo.target("release").commit == head
    assert box.repo.target().ref == "refs/heads/main"
    assert set(box.repo.branches()) == {"main", "release"}


def test_a_missing_target_names_those_there_are(box: Sandbox) -> None:
    with pytest.raises(GitError, match="no branch nowhere") as caught:
        box.repo.target("nowhere")
    assert "main" in caught.value.hint


@pytest.mark.parametrize("name", ["--upload-pack=x", "../..", "a b", "", "x\ny", "a..b", "@{1}"])
def test_a_target_that_is_no_name_is_refused(box: Sandbox, name: str) -> None:
    with pytest.raises(GitError):
        box.repo.target(name)


def test_not_a_repository(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="not inside a git repository") as caught:
        Repository.open(tmp_path)
    assert "git init" in caught.value.hint


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="not a folder"):
        Repository.open(tmp_path / "nowhere")


def test_bare_repository_and_its_worktrees_are_refused(box: Sandbox) -> None:
    bare = box.folder / "bare.git"
    box.git("clone", "-q", "--bare", ".", str(bare))
    with pytest.raises(GitError, match="bare"):
        Repository.open(bare)
    box.git("worktree", "add", "-q", "--detach", str(box.folder / "linked"), cwd=bare)
    with pytest.raises(GitError, match="bare"):
        Repository.open(box.folder / "linked")


def test_no_commits_yet(tmp_path: Path, box: Sandbox) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    box.git("init", "-q", cwd=empty)
    with pytest.raises(GitError, match="no commits yet") as caught:
        Repository.open(empty)
    assert "git commit" in caught.value.hint


def test_a_branch_deleted_under_its_checkout_says_where_it_was(box: Sandbox) -> None:
    was = box.git("rev-parse", "HEAD")
    box.git("branch", "other")
    box.git("update-ref", "-d", "refs/heads/main")
    with pytest.raises(GitError, match="no branch main") as caught:
        Repository.open(box.root).target()
    back = f"git -C {box.root} branch main {was}"
    assert caught.value.hint == f"Create it (`{back}`), or name one of: other"
    (box.root / ".git/logs/HEAD").unlink()
    with pytest.raises(GitError, match="no branch main") as caught:
        Repository.open(box.root).target()
    assert caught.value.hint == "Create it, or name one of: other"


def test_detached_head_opens_but_has_no_target_of_its_own(box: Sandbox) -> None:
    box.git("checkout", "-q", "--detach")
    with pytest.raises(GitError, match="detached"):
        box.repo.target()
    assert box.repo.target("main").name == "main"


def test_commit_of_refuses_what_is_no_commit(box: Sandbox) -> None:
    assert box.repo.commit_of("HEAD") == box.git("rev-parse", "HEAD")
    with pytest.raises(GitError):
        box.repo.commit_of("HEAD:README")
    with pytest.raises(GitError):
        box.repo.commit_of("--all")


def test_identity_comes_from_the_repository_or_the_person(box: Sandbox) -> None:
    assert box.repo.identity() == Identity("Ada", "ada@example.org")
    box.git("config", "--unset", "user.name")
    with pytest.raises(GitError, match="in whose name") as caught:
        box.repo.identity()
    assert "user.name" in caught.value.hint
    box.git("config", "--global", "user.name", "Grace")
    assert box.repo.identity() == Identity("Grace", "ada@example.org")


def test_a_git_file_that_leads_to_a_planted_repository_is_refused(box: Sandbox) -> None:
    tree = box.worktree()
    planted = box.folder / "planted"
    planted.mkdir()
    box.git("init", "-q", cwd=planted)
    (tree.path / ".git").write_text(f"gitdir: {box.root}/.git/worktrees/../../.git\n")
    with pytest.raises(GitError, match="not to its own"):
        _ = tree.place
    (tree.path / ".git").write_text(f"gitdir: {planted}/.git\n")
    with pytest.raises(GitError, match="not to its own"):
        _ = tree.place


def test_a_worktree_without_its_git_file_never_means_the_repository_around_it(
    box: Sandbox,
) -> None:
    inside = box.root / "build" / "tree"
    from worktrees.trees import create

    tree = create(box.repo, inside, "conductor/inside", "HEAD")
    (inside / ".git").unlink()
    with pytest.raises(GitError, match="not to its own"):
        _ = tree.place


def test_errors_show_what_would_move_a_cursor() -> None:
    assert shown("a\x1b]52;c;x\x07\u202eb\tc\nd") == "a<U+001B>]52;c;x<U+0007><U+202E>b\tc\nd"
    assert str(GitError("\x1b[31mred")) == "<U+001B>[31mred"


@pytest.mark.parametrize("written", ["bare", "bare = true", "bare = yes", "bare = 1", "bare = no"])
def test_a_repository_that_calls_itself_bare_is_refused_however_it_says_so(
    box: Sandbox, written: str
) -> None:
    box.git("config", "--unset", "core.bare")
    with (box.root / ".git" / "config").open("a") as file:
        file.write(f"[core]\n\t{written}\n")
    if written.endswith("no"):
        assert box.repo.target().name == "main"
        return
    tree = box.worktree()
    assert Repository.open(tree.path) == box.repo  # by mistake: its files are there
    (box.root / ".git/index").unlink()
    for folder in (box.root, tree.path):
        with pytest.raises(GitError, match="bare repository"):
            Repository.open(folder)


def test_head_is_known_wherever_git_keeps_what_it_stands_for(box: Sandbox) -> None:
    place, first = box.repo.place, box.repo.target().commit
    box.git("checkout", "-q", "-b", "side/branch")
    assert (refs.head(place), refs.has_commit(place)) == ("refs/heads/side/branch", True)
    box.git("pack-refs", "--all")
    assert refs.has_commit(place)
    box.git("symbolic-ref", "refs/heads/alias", "refs/heads/main")
    box.git("symbolic-ref", "HEAD", "refs/heads/alias")
    assert refs.has_commit(place)
    box.write(".git/HEAD", f"{first}\n")
    assert (refs.head(place), refs.has_commit(place)) == ("", True)
    box.write(".git/HEAD", "ref: refs/heads/unborn\n")
    assert (refs.head(place), refs.has_commit(place)) == ("refs/heads/unborn", False)
    box.write(".git/HEAD", "ref: refs/heads/../../description\n")
    assert not refs.has_commit(place)


def test_a_commit_is_found_wherever_git_keeps_what_names_it(box: Sandbox) -> None:
    place, first = box.repo.place, box.git("rev-parse", "HEAD")
    assert refs.commit(place, "refs/heads/main") == first
    assert refs.commit(place, "HEAD") == first
    second = box.commit()
    assert refs.commit(place, "refs/heads/main") == second
    box.git("pack-refs", "--all")
    box.git("symbolic-ref", "refs/heads/alias", "refs/heads/main")
    assert refs.commit(place, "refs/heads/main") == second
    assert refs.commit(place, "refs/heads/alias") == second
    box.git("tag", "-a", "-m", "Named", "named", first)
    assert refs.commit(place, box.git("rev-parse", "named")) == first
    box.write(".git/refs/heads/odd", box.git("hash-object", "-w", "README"))
    assert refs.commit(place, "refs/heads/odd") is None
    assert refs.commit(place, "refs/heads/../../description") is None
    assert refs.commit(place, "1" * 40) is None


def test_what_is_ours_in_a_repository_is_listed_without_starting_git(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.commit("First")
    box.git("branch", "conductor/t1-packed")
    box.git("update-ref", "refs/conductor/snapshots/s1/1", "HEAD")
    box.git("pack-refs", "--all")
    box.git("branch", "conductor/t2-loose")
    box.git("branch", "conductorish")
    box.git("update-ref", "refs/conductor/snapshots/s1/2", "HEAD")
    place = box.repo.place
    importlib.import_module("git")  # it looks for a git as it is imported
    monkeypatch.setenv("PATH", "/nowhere")
    assert kept(place) == Kept(("conductor/t1-packed", "conductor/t2-loose"), 2)
    packed = place.common_dir / "packed-refs"
    packed.unlink()
    os.mkfifo(packed)
    with pytest.raises(GitError, match="is no file"):
        kept(place)


def test_importing_worktrees_stays_light() -> None:
    """GitPython costs a tenth of a second: only who asks what is there pays."""
    modules = [file.stem for file in Path(refs.__file__).parent.glob("*.py")]
    code = "import sys;" + ";".join(f"import worktrees.{name}" for name in modules)
    code += ";sys.exit('git' in sys.modules or 'asyncio' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, cwd=Path(refs.__file__).parents[1]
    )
    assert done.returncode == 0


def test_an_old_git_is_named_before_it_is_misunderstood(
    box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "git").write_text("#!/bin/sh\necho git version 2.20.1\n")
    (tools / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(tools))
    with pytest.raises(GitError, match=r"git 2\.20 is too old"):
        Repository.open(box.root)
