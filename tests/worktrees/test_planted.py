"""Code planted in a repository's configuration, hooks and attributes is never run by us."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.waiting import until
from tests.worktrees.conftest import new_sandbox
from tests.worktrees.plants import ATTRIBUTES, HOOKS, Canary, settings
from worktrees import git
from worktrees.changes import changed_files, diff_text, merge_base
from worktrees.errors import GitError
from worktrees.inventory import vanished
from worktrees.merges import (
    Conflict,
    Merged,
    checkout_of,
    commit_tree,
    finish,
    merge,
    move_branch,
    tree_of,
)
from worktrees.repository import Repository
from worktrees.snapshots import snapshot, snapshots
from worktrees.trees import create, listing, remove
from worktrees.verification import verification

if TYPE_CHECKING:
    from tests.worktrees.conftest import Sandbox


@pytest.fixture
def canary(tmp_path: Path) -> Canary:
    return Canary(tmp_path)


def plant_hooks(box: Sandbox, canary: Canary) -> None:
    for folder in (box.root / ".git/hooks", box.folder / "hooks"):
        folder.mkdir(exist_ok=True)
        for name in HOOKS.split():
            (folder / name).write_text(canary.program.read_text())
            (folder / name).chmod(0o755)


def plant(box: Sandbox, canary: Canary, how: str) -> None:
    """Everything at once, in the place that `how` names."""
    plant_hooks(box, canary)
    file = box.folder / "planted.config"
    if how == "included":
        box.git("config", "include.path", str(file))
    elif how == "worktree":
        box.git("config", "core.repositoryFormatVersion", "1")
        box.git("config", "extensions.worktreeConfig", "true")
        file = box.root / ".git/config.worktree"
    elif how == "local":
        file = box.root / ".git/config"
    for name, value in settings(str(canary.program)):
        box.git("config", "--file", str(file), "--add", name, value)
    if how == "local":
        box.git("config", "core.hooksPath", str(box.folder / "hooks"))
    (box.root / ".git/info").mkdir(exist_ok=True)
    (box.root / ".git/info/attributes").write_text(ATTRIBUTES)
    if how == "worktree":
        for linked in (box.root / ".git/worktrees").glob("*"):
            (linked / "config.worktree").write_text(file.read_text())


def prepared(box: Sandbox) -> str:
    """A repository with a change in a worktree that meets one on the target."""
    for name in ("notes.md", "code.py"):
        box.write(name, "one\ntwo\nthree\n")
    box.write(".gitattributes", ATTRIBUTES)
    box.commit()
    tree = box.worktree()
    for name in ("notes.md", "code.py"):
        box.write(name, "one\ntwo\nTHREE\n", tree.path)
    change = box.commit(cwd=tree.path)
    for name in ("notes.md", "code.py"):
        box.write(name, "ONE\ntwo\nthree\n")
    box.commit()
    box.write("notes.md", "one\ntwo\nTHREE\nfour\n", tree.path)
    box.write("new.md", "new\n", tree.path)
    return change


def everything(box: Sandbox, change: str) -> None:
    """Every call we have, once."""
    repo = Repository.open(box.root)
    target = repo.target()
    tree = create(repo, box.folder / "trees" / "one", "conductor/one", change)
    new = create(repo, box.folder / "trees" / "two", "conductor/two", target.commit)
    kept = snapshot(tree, "refs/conductor/one", "Turn")
    assert kept.tree == tree_of(repo, kept.commit)
    assert snapshots(repo)
    base = merge_base(repo.root, target.commit, kept.commit)
    assert base
    assert len(changed_files(tree.path, base, kept.commit)) == 3
    assert b"THREE" in b"".join(diff_text(tree.path, base, kept.commit))
    merged = merge(repo, target.commit, kept.commit)
    assert isinstance(merged, Merged)
    landed = commit_tree(repo, merged.tree, (target.commit,), "Land")
    whole = verification(repo, box.folder / "verify", target.commit)
    whole = verification(repo, box.folder / "verify", landed)
    for name in ("notes.md", "code.py"):
        assert (whole.path / name).read_text().startswith("ONE\ntwo\nTHREE")
    assert checkout_of(repo, "main") is not None
    move_branch(repo, "main", landed, target.commit)
    assert (box.root / "new.md").read_text() == "new\n"
    move_branch(repo, "main", target.commit, landed)
    finish(repo)
    listing(repo)
    vanished(repo, [tree.path])
    remove(repo, new, keep_ref="refs/conductor/two")
    repo.identity()
    with contextlib.suppress(GitError):
        git.run(repo.place, "fetch", "evil", timeout=10)


@pytest.mark.parametrize("how", ["local", "included", "worktree"])
def test_nothing_planted_runs(box: Sandbox, canary: Canary, how: str) -> None:
    change = prepared(box)
    plant(box, canary, how)
    everything(box, change)
    assert canary.sang() == ""
    for args in (("add", "-A"), ("status",), ("diff",)):
        box.git(*args, cwd=box.folder / "trees/one", ok=False)
    assert canary.sang() != "", "the plants themselves must work, or this proves nothing"


def test_configuration_planted_between_two_calls_is_seen(box: Sandbox, canary: Canary) -> None:
    change = prepared(box)
    repo = box.repo
    repo.target()
    plant(box, canary, "included")
    repo.target()
    planted = box.folder / "planted.config"
    planted.write_text(planted.read_text().replace("evil", "vile"))
    attributes = ATTRIBUTES.replace("evil", "vile")
    (box.root / ".git/info/attributes").write_text(attributes)
    everything(box, change)
    assert canary.sang() == ""


def test_another_worktree_root_in_the_configuration_leads_nowhere(box: Sandbox) -> None:
    change = prepared(box)
    away = box.folder / "away"
    away.mkdir()
    box.write("README", "not to be read or written", away)
    tree = box.repo
    box.git("config", "core.worktree", str(away))
    box.git("config", "core.bare", "false")
    everything(box, change)
    assert [path.name for path in away.iterdir()] == ["README"]
    assert tree.root == Repository.open(box.root).root


def test_a_merge_driver_does_not_decide_and_loses_nothing(box: Sandbox, canary: Canary) -> None:
    """A driver that "succeeds" with one side's text would drop the other side in silence."""
    prepared(box)
    tree = listing(box.repo)[1]
    box.write("code.py", "theirs\n", tree.path)
    box.commit(cwd=tree.path)
    box.write("code.py", "ours\n")
    box.commit()
    box.git("config", "merge.x.y.driver", f"{canary.program} %A")
    conflict = merge(box.repo, "main", "conductor/one")
    assert isinstance(conflict, Conflict)
    assert conflict.files == ("code.py",)
    assert "ours\n=======\ntheirs\n" in conflict.text
    assert canary.sang() == ""


def test_a_submodules_configuration_is_not_run(box: Sandbox, canary: Canary) -> None:
    library = new_sandbox(box.folder / "library")
    allow = ("-c", "protocol.file.allow=always")
    box.git(*allow, "submodule", "add", "-q", str(library.root), "lib")
    box.commit()
    tree = box.worktree()
    box.git(*allow, "submodule", "update", "--init", cwd=tree.path)
    inside = tree.path / "lib"
    box.git("config", "filter.evil.clean", str(canary.program), cwd=inside)
    box.git("config", "core.fsmonitor", str(canary.program), cwd=inside)
    box.write(".gitattributes", "* filter=evil\n", inside)
    box.write("README", "dirty\n", inside)
    snapshot(tree, "refs/conductor/one", "Turn")
    assert checkout_of(box.repo, "conductor/one") is not None
    assert canary.sang() == ""
    box.git("status", cwd=tree.path)
    assert canary.sang() != ""


def test_inherited_variables_change_nothing(
    box: Sandbox, canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = prepared(box)
    other = new_sandbox(box.folder / "other")
    program = str(canary.program)
    for name in ("GIT_EXTERNAL_DIFF", "GIT_SSH_COMMAND", "GIT_PAGER", "GIT_EDITOR", "GIT_ASKPASS"):
        monkeypatch.setenv(name, program)
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", f"'core.fsmonitor'='{program}'")
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.root))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.root / "index"))
    monkeypatch.setenv("GIT_TEMPLATE_DIR", str(box.folder))
    everything(box, change)
    assert canary.sang() == ""


def test_replaced_objects_are_not_believed(box: Sandbox) -> None:
    base = box.git("rev-parse", "HEAD")
    box.write("README", "evil\n")
    evil = box.commit()
    box.git("reset", "-q", "--hard", base)
    box.write("README", "good\n")
    good = box.commit()
    box.git("replace", good, evil)
    assert b"+good" in b"".join(diff_text(box.root, base, good))
    (box.root / ".git/info/grafts").write_text(f"{good}\n")  # as if nothing had been before it
    assert merge_base(box.root, base, good) == base


def test_a_filter_of_the_persons_own_is_not_run_either(box: Sandbox, canary: Canary) -> None:
    box.git("config", "--global", "filter.lfs.clean", f"{canary.program} %f")
    box.git("config", "--global", "filter.lfs.required", "true")
    box.write(".gitattributes", "*.bin filter=lfs\n")
    tree = box.worktree()
    box.write(".gitattributes", "*.bin filter=lfs\n", tree.path)
    box.write("model.bin", "as it is", tree.path)
    snapshot(tree, "refs/conductor/one", "Turn")
    assert box.git("show", "refs/conductor/one:model.bin") == "as it is"
    assert canary.sang() == ""


def test_what_a_person_ignores_everywhere_stays_out_of_snapshots(box: Sandbox) -> None:
    ignore = Path(os.environ["HOME"], "ignored")
    ignore.write_text(".DS_Store\n")
    box.git("config", "--global", "core.excludesFile", "~/ignored")
    tree = box.worktree()
    box.write(".DS_Store", "x", tree.path)
    box.write("kept", "x", tree.path)
    snapshot(tree, "refs/conductor/one", "Turn")
    names = box.git("ls-tree", "--name-only", "refs/conductor/one").splitlines()
    assert "kept" in names
    assert ".DS_Store" not in names


def fake_git(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    bin_ = folder / "bin"
    bin_.mkdir()
    (bin_ / "git").write_text(f"#!/bin/sh\n{script}\n")
    (bin_ / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{bin_}:{os.environ['PATH']}")


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_git_that_hangs_is_ended_with_all_it_started(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = box.repo.place
    pid = box.folder / "pid"
    fake_git(box.folder, monkeypatch, f"sleep 600 & echo $! > '{pid}'; wait")
    began = time.monotonic()
    for patience in (0.3, 3.0, 30.0):  # until it has come to say who hangs
        with pytest.raises(GitError, match=rf"did not finish within {patience:g} seconds"):
            git.run(place, "status", timeout=patience)
        if pid.exists() and pid.read_text().strip():
            break
    assert time.monotonic() - began < 300
    until(lambda: not running(int(pid.read_text())))


def test_an_endless_answer_is_cut_off(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    place = box.repo.place
    fake_git(box.folder, monkeypatch, "exec cat /dev/zero")
    with pytest.raises(GitError, match="more than 1 MB"):
        git.run(place, "log", max_bytes=1 << 20)


def test_a_large_input_and_a_large_answer_do_not_block_each_other(box: Sandbox) -> None:
    oid = box.git("rev-parse", "HEAD:README")
    given = f"{oid}\n".encode() * 8_000
    out = git.run(box.repo.place, "cat-file", "--batch", input=given)
    assert out.count(b"three\n") == 8_000


def test_git_missing_or_too_old_is_one_sentence_and_a_line_that_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git.require_git()
    fake_git(tmp_path, monkeypatch, "echo git version 2.30.2")
    with pytest.raises(GitError, match=r"git 2\.30 is too old: 2\.38 or newer") as caught:
        git.require_git()
    assert "apt-get install git" in caught.value.hint
    (made := tmp_path / "wrapped").mkdir()
    fake_git(made, monkeypatch, "echo Welcome; echo git version 2.50.0")
    with pytest.raises(GitError, match=r"bin/git says something before git does: 'Welcome"):
        git.require_git()
    monkeypatch.setenv("PATH", "relative/bin:.")
    with pytest.raises(GitError, match="not installed"):
        git.require_git()


def test_words_of_git_arrive_harmless(box: Sandbox) -> None:
    with pytest.raises(GitError) as caught:
        git.run(box.repo.place, "rev-parse", "--verify", "x\x1b]0;y\x07")
    assert "\x1b" not in str(caught.value)


def test_a_broken_configuration_is_named(box: Sandbox) -> None:
    (box.root / ".git/config").write_text("[core\n")
    with pytest.raises(GitError, match=r"bad config line 1"):
        Repository.open(box.root)


def test_no_shell_and_no_other_place_runs_git() -> None:
    """The rule that SAFETY depends on, held by reading our own source."""
    sources = {file.name: file.read_text() for file in Path(git.__file__).parent.glob("*.py")}
    starters = {
        name for name, text in sources.items() if "Popen(" in text or "subprocess.run" in text
    }
    assert starters == {"processes.py", "setup.py"}
    assert not any("shell=True" in text for text in sources.values())
