"""Targets, checkouts and checks that are in a bad way: a clear sentence, and the queue goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from conductor import events as e
from conductor.state import Task, TaskState
from conductor.terminals import processes
from tests.runner.house import House
from tests.runner.offered import offered

LANDED, LANDING, REVIEW = TaskState.LANDED, TaskState.LANDING, TaskState.REVIEW


def approved(house: House, title: str = "Add a", **files: str) -> str:
    task = offered(house, title, dict(files or {"a": "a\n"}))
    house.act("approve", task)
    return task


def parked(house: House, task: str = "t1") -> Task:
    found = house.settle().tasks[task]
    assert found.state is LANDING, house.story()
    return found


def lands(house: House, task: str = "t1") -> None:
    assert house.settle().tasks[task].state is LANDED, house.story()
    assert house.git("status", "--porcelain") == ""


def test_a_target_that_is_not_there_is_waited_for(house: House) -> None:
    house.wishes(target="stable")
    task = approved(house)
    assert "There is no branch stable" in (parked(house).why or "")
    house.git("branch", "stable")
    lands(house, task)
    assert house.log("stable")[0] == "Add a"


def test_a_landing_cut_off_lands_though_its_branch_was_renamed_since(house: House) -> None:
    task = approved(house)
    at = house.git("rev-parse", "main")
    house.journal.append(e.LandingStarted(task, "main", at, commit=at, tree=None))
    house.git("branch", "-m", "main", "trunk")
    lands(house, task)
    assert house.log("trunk")[0] == "Add a"


def test_a_landing_cut_off_lands_though_git_has_pruned_what_it_was_to_be(house: House) -> None:
    task = approved(house)
    at = house.git("rev-parse", "main")
    house.journal.append(e.LandingStarted(task, "main", at, commit="0a" * 20, tree=None))
    lands(house, task)
    assert house.log() == ["Add a", "Begin"]


def test_a_target_that_cannot_be_moved_is_waited_for(house: House) -> None:
    lock = house.repo / ".git" / "refs" / "heads" / "main.lock"
    lock.touch()
    approved(house)
    why = parked(house).why or ""
    assert "main cannot be moved" in why
    assert "remove that file" in why
    lock.unlink()
    lands(house)


def test_a_rebase_under_way_is_waited_for(house: House) -> None:
    house.commit("Mine", README="mine\n")
    house.git("branch", "other", "main~1")
    house.git("checkout", "-q", "other")
    house.commit("Theirs", README="theirs\n")
    house.git("checkout", "-q", "main")
    house.git("rebase", "-q", "other", ok=False)
    approved(house)
    why = parked(house).why or ""
    assert "rebase" in why or "no branch (detached HEAD)" in why
    house.git("rebase", "--abort")
    lands(house)
    assert house.log()[:2] == ["Add a", "Mine"]


def test_a_target_checked_out_elsewhere_moves_with_its_files(house: House) -> None:
    house.git("checkout", "-q", "-b", "other")
    there = house.folder / "there"
    house.git("worktree", "add", "-q", str(there), "main")
    (Path(house.repo) / "conductor.toml").write_text('target = "main"\n')
    house.git("add", "-A")
    house.git("commit", "-qm", "Name the target")
    approved(house)
    lands(house)
    assert (there / "a").read_text() == "a\n"
    assert house.git("status", "--porcelain", at=there) == ""


@pytest.mark.parametrize("hook", ["reference-transaction", "post-checkout", "post-merge"])
def test_a_hook_that_would_block_is_not_run(house: House, hook: str) -> None:
    file = house.repo / ".git" / "hooks" / hook
    file.parent.mkdir(exist_ok=True)
    file.write_text("#!/bin/sh\nsleep 600; exit 1\n")
    task = approved(house)
    file.chmod(0o755)
    assert house.settle().tasks[task].state is LANDED
    file.unlink()
    assert house.git("status", "--porcelain") == ""


def test_checks_that_hang_fork_fill_the_disk_or_talk_for_ever_fail_alone(house: House) -> None:
    forked = house.gate("forked")
    verify = (
        "test ! -e hang || sleep 60\n"
        f"test ! -e fork || {{ setsid sh -c 'echo $$ > {forked}; exec sleep 61' & "
        "sleep 0.2; exit 1; }\n"
        "test ! -e fill || { head -c 20000000 /dev/zero > full; exit 1; }\n"
        "test ! -e talk || { yes words without end | head -c 60000000; exit 1; }\n"
    )
    house.wishes(verify=verify, verify_timeout=2)
    bad = [approved(house, name, **{name: "x\n"}) for name in ("hang", "fork", "fill", "talk")]
    good = approved(house, "Good", good="x\n")
    state = house.settle(60)
    assert [state.tasks[one].state for one in bad] == [REVIEW] * 4
    assert state.tasks[good].state is LANDED
    assert house.log()[0] == "Good"
    assert "did not end in time" in (state.tasks[bad[0]].why or "")
    tails = {one.task: one.tail for one in house.facts(e.VerifyFinished)}
    assert len(tails[bad[3]]) < 20_000
    assert forked.exists()
    folders = list(Path(house.places.worktrees).glob("*/check-*"))
    assert folders
    assert not [one for one in folders if processes.marked(f"CONDUCTOR_CHECK={one}")]
    assert not list(Path(house.places.worktrees).glob("*/check-*/full"))


@pytest.mark.long
def test_a_check_that_prints_a_gigabyte_is_bounded(house: House) -> None:
    house.wishes(verify="yes words without end | head -c 1000000000", verify_timeout=120)
    lands(house, approved(house))
    [check] = house.facts(e.VerifyFinished)
    assert len(check.tail) < 20_000
    log = Path(house.places.sessions, "s1", "check.log")
    assert log.stat().st_size < 4 << 20


def test_submodules_are_left_as_they_are(house: House) -> None:
    other = house.repository("library")
    house.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other), "library")
    house.git("commit", "-qm", "Use a library")
    (house.repo / "library" / "README").write_text("touched\n")
    task = approved(house)
    assert house.settle().tasks[task].state is LANDED
    assert (house.repo / "library" / "README").read_text() == "touched\n"
    assert (house.repo / "a").read_text() == "a\n"


def test_a_file_kept_in_lfs_lands_as_its_pointer(house: House) -> None:
    house.git("config", "filter.lfs.process", "git-lfs filter-process")
    house.git("config", "filter.lfs.required", "true")
    (house.repo / ".gitattributes").write_text("*.bin filter=lfs -text\n")
    house.git("-c", "filter.lfs.required=false", "-c", "filter.lfs.process=", "add", "-A")
    house.git("commit", "-qm", "Keep large files elsewhere")
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n"
    task = approved(house, **{"big.bin": pointer})
    assert house.settle().tasks[task].state is LANDED
    assert house.shown("big.bin") == pointer.strip()
    assert (house.repo / "big.bin").read_text() == pointer


def test_a_sparse_checkout_follows_and_stays_sparse(house: House) -> None:
    for name in ("in", "out"):
        (house.repo / name).mkdir()
        (house.repo / name / "x").write_text(f"{name}\n")
    house.commit("Folders")
    house.git("sparse-checkout", "set", "in")
    lands(house, approved(house, "Both", **{"in/x": "IN\n", "out/x": "OUT\n"}))
    assert house.shown("out/x") == "OUT"
    assert (house.repo / "in" / "x").read_text() == "IN\n"
    assert not (house.repo / "out" / "x").exists()


def test_a_shallow_clone_is_enough_to_land_in(house: House) -> None:
    house.commit("More", b="b\n")
    clone = house.folder / "clone"
    house.git("clone", "-q", "--depth=1", f"file://{house.repo}", str(clone))
    for key, value in (("user.name", "Ada"), ("user.email", "ada@example.org")):
        house.git("config", key, value, at=clone)
    house.repo = clone
    task = approved(house)
    lands(house, task)
    house.act("undo", task)
    assert house.settle().tasks[task].state is REVIEW
    assert house.log() == ["More"]
