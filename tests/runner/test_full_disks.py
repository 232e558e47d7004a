"""Disks that are truly full or read-only: a clear sentence, nothing lost, and the rest goes on.

A small file system in memory stands for the disk; where nobody may mount one, this is skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from subprocess import DEVNULL

import pytest

from conductor.state import TaskState
from tests.runner.house import House
from tests.runner.offered import offered

LANDED, LANDING, REVIEW = TaskState.LANDED, TaskState.LANDING, TaskState.REVIEW
FILL = "cat /dev/zero > full.tmp"


def mount(*words: str) -> bool:
    done = subprocess.run(["mount", *words], capture_output=True, check=False)
    return done.returncode == 0


@pytest.fixture
def disk() -> Iterator[Path]:
    """A disk of 8 MB."""
    folder = Path(tempfile.mkdtemp(prefix="small-disk-")).resolve()
    try:
        if shutil.which("mount") is None or not mount("-t", "tmpfs", "-o", "size=8m", "x", folder):
            pytest.skip("no file system can be mounted here")
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], capture_output=True, check=False)
        folder.rmdir()


@pytest.fixture
def worktrees(house: House, disk: Path) -> Path:
    """The disk that all worktrees are on."""
    folder = Path(house.places.worktrees)
    folder.rmdir()
    folder.symlink_to(disk)
    return disk


def free(disk: Path) -> int:
    seen = os.statvfs(disk)
    return seen.f_bavail * seen.f_frsize


def test_landings_wait_for_a_full_and_for_a_read_only_repository(house: House, disk: Path) -> None:
    shutil.move(house.repo, disk / "project")
    house.repo = disk / "project"
    one, two, three = [offered(house, f"Add {x}", {x: "x\n"}) for x in "abc"]
    subprocess.run(["dd", "if=/dev/zero", f"of={disk / 'ballast'}"], stderr=DEVNULL, check=False)
    assert free(disk) == 0
    house.act("approve", one)
    house.act("approve", two)
    for task in (one, two):
        told = house.settle().tasks[task]
        assert told.state is LANDING
        assert "No space left on device. It lands by itself once" in (told.why or "")
    (disk / "ballast").unlink()
    with house.running():
        for task in (one, two):
            house.until_task(task, LANDED)
    assert mount("-o", "remount,ro", str(disk))
    house.act("approve", three)
    told = house.settle().tasks[three]
    assert told.state is LANDING
    assert "Read-only file system" in (told.why or "")
    assert mount("-o", "remount,rw", str(disk))
    with house.running():
        house.until_task(three, LANDED)
    assert house.log() == ["Add c", "Add b", "Add a", "Begin"]
    assert house.git("status", "--porcelain") == ""


def test_a_check_that_fills_the_disk_fails_alone(house: House, worktrees: Path) -> None:
    (house.repo / ".gitignore").write_text("*.tmp\n")
    house.wishes(verify=f"test ! -e fill || {{ {FILL}; exit 1; }}")
    full, good = offered(house, "Fill", {"fill": "x\n"}), offered(house, "Add a", {"a": "a\n"})
    house.act("approve", full)
    house.act("approve", good)
    state = house.settle()
    assert (state.tasks[full].state, state.tasks[good].state) == (REVIEW, LANDED)
    assert free(worktrees) > 7 << 20


def test_a_setup_that_fills_the_disk_is_told_and_takes_its_files_along(
    house: House, worktrees: Path
) -> None:
    (house.repo / ".gitignore").write_text("*.tmp\n")
    house.wishes(setup=FILL, pool={"size": 1})
    house.task("First", ["$ echo x > x", "Done."])
    failed = house.settle().tasks["t1"]
    assert failed.state is TaskState.FAILED
    assert "No space left on device" in (failed.why or "")
    assert free(worktrees) > 7 << 20
    house.wishes(setup="true")
    house.act("retry", "t1")
    assert house.settle().tasks["t1"].state is REVIEW


def test_starts_wait_for_a_full_disk(house: House, worktrees: Path) -> None:
    ballast = worktrees / "ballast"
    subprocess.run(["dd", "if=/dev/zero", f"of={ballast}"], stderr=DEVNULL, check=False)
    house.task("Begin", ["Done."])
    house.task("And then", ["Done."])
    with house.running():
        told = house.until(lambda state: state.troubles.get("starts"))
        assert "No space left on device" in told.why
        ballast.unlink()
        for task in ("t1", "t2"):
            house.until_task(task, REVIEW)
        house.until(lambda state: "starts" not in state.troubles)
