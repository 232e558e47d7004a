"""Reading a change and deciding about it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conductor import events as e
from conductor.cli.diff import lines_of
from tests.cli.conftest import Line, git
from tests.conductor.facts import added, claimed


@pytest.fixture
def changed(conductor: Line) -> Line:
    """A task whose change waits for review: harmless text, hostile text, and what runs."""
    repo = conductor.repo
    base = git(repo, "rev-parse", "HEAD")
    git(repo, "checkout", "-q", "-b", "work")
    (repo / "a.txt").write_text("one\ntwo \x1b]52;c;AAAA\x07 end\n")
    (repo / "conftest.py").write_text("import os\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "work")
    head = git(repo, "rev-parse", "HEAD")
    git(repo, "checkout", "-q", "main")
    with conductor.journal() as journal:
        journal.append(
            added("t1", repo=str(repo), title="Work"), claimed(),
            e.WorktreeCreated("s1", "/nowhere", "work", base), e.SessionStarted("s1", 1),
            e.SnapshotTaken("s1", head, "x", ("a.txt", "conftest.py"), ("conftest.py",), 2, 0),
            e.VerifyFinished("t1", head, "x", "review", True, 0, 1.5, "make test", "all well"),
            e.SessionEnded("s1", "exit", 0), e.ReviewReady("t1", "s1", head, 2),
            added("t2", repo=str(repo)), claimed("s2", "t2"), e.SessionStarted("s2", 1),
            e.SnapshotTaken("s2", head, "x", ("a.txt",)),
        )  # fmt: skip
    return conductor


def test_the_document_of_a_change(changed: Line) -> None:
    content = changed("diff", "t1", "--json").json
    assert list(content) == ["base", "head", "files", "nested", "conflicts_with", "verify"]
    by_path = {one["path"]: one for one in content["files"]}
    assert by_path["conftest.py"]["runs_code"] is True
    assert by_path["a.txt"] == {
        "path": "a.txt", "old_path": None, "status": "M", "added": 1, "removed": 0,
        "binary": False, "runs_code": False,
    }  # fmt: skip
    assert content["conflicts_with"] == [
        {"task": "t2", "session": "s2", "files": ["a.txt"], "conflicts": []}
    ]
    assert content["verify"] == {
        "ok": True, "exit": 0, "seconds": 1.5, "output_tail": "all well",
    }  # fmt: skip


def test_what_changes_what_runs_is_read_before_it_is_approved(changed: Line) -> None:
    for glance in (["--stat"], ["--json"]):
        changed("diff", "t1", *glance)
    said = changed("approve", "t1")
    assert said.code == 1
    assert "conductor diff t1" in said.err
    shown = changed("diff", "t1").out
    assert "+two" in shown
    assert "t2 is changing the same: a.txt" in shown
    assert "\x1b" not in shown
    assert "end" in shown
    with changed.journal() as journal:
        assert journal.state.tasks["t1"].opened == journal.state.tasks["t1"].offered


def test_raw_is_what_git_can_apply(changed: Line) -> None:
    patch = subprocess.run(
        [sys.executable, "-m", "conductor", "diff", "t1", "--raw"],
        cwd=changed.repo, env=changed.env, capture_output=True, check=True,
    ).stdout  # fmt: skip
    subprocess.run(["git", "apply", "-"], cwd=changed.repo, input=patch, check=True)
    assert (changed.repo / "a.txt").read_text() == "one\ntwo \x1b]52;c;AAAA\x07 end\n"


def test_on_a_terminal_it_is_coloured_clean_and_paged(changed: Line, tmp_path: Path) -> None:
    kept = tmp_path / "paged"
    env = changed.env | {"PAGER": f"tee {kept}", "TERM": "xterm-256color"}
    mine, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "conductor", "diff", "t1"],
        cwd=changed.repo, env=env, stdin=theirs, stdout=theirs, stderr=theirs,
    ) as child:  # fmt: skip
        os.close(theirs)
        until = time.monotonic() + 30
        try:
            while time.monotonic() < until and os.read(mine, 65536):
                pass
        except OSError:
            pass  # the end of a terminal on Linux
        assert child.wait(30) == 0
    os.close(mine)
    text = kept.read_text()
    assert "\x1b[32m+two" in text
    assert "\x1b]52" not in text
    with changed.journal() as journal:
        assert journal.state.tasks["t1"].opened


def test_a_change_that_merged_its_target_shows_only_its_own_part(changed: Line) -> None:
    repo = changed.repo
    (repo / "theirs.txt").write_text("landed meanwhile\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "theirs")
    git(repo, "checkout", "-q", "work")
    git(repo, "merge", "-q", "--no-edit", "main")
    head = git(repo, "rev-parse", "HEAD")
    git(repo, "checkout", "-q", "main")
    with changed.journal() as journal:
        journal.append(
            e.ChangeSentBack("t1", "s1", "conflict", "runner"), e.ReviewReady("t1", "s1", head, 2)
        )
    paths = [one["path"] for one in changed("diff", "t1", "--json").json["files"]]
    assert paths == ["a.txt", "conftest.py"]


def test_a_change_of_more_files_than_are_named_is_told_in_full(changed: Line) -> None:
    with changed.journal() as journal:
        journal.append(e.SnapshotTaken("s1", "f" * 40, "x", ("a.txt",), (), 3000, 0, count=2500))
    assert "kept as ffffffffff: 2500 files, +3000 -0" in changed("log").out


def test_the_rest_of_an_endless_line_poses_as_no_other() -> None:
    endless = [b"+" + b"x" * (1 << 20), b"y", b"diff --git a/no b/no", b"\n@@ -1 +1 @@\n+end"]
    first, *others = lines_of(iter(endless))
    assert first.startswith(b"+xxx")
    assert others == [b"@@ -1 +1 @@", b"+end"]


def test_a_change_is_turned_down_with_a_reason(changed: Line) -> None:
    said = changed("reject", "t1", "  ")
    assert said.code == 1
    assert "Say why" in said.err


def test_a_task_without_a_change_says_when_there_will_be_one(conductor: Line) -> None:
    conductor("add", "--hold", "x")
    said = conductor("diff", "t1")
    assert said.code == 1
    assert "at the end of each of its turns" in said.err


def test_the_document_of_a_session(changed: Line) -> None:
    tasks = json.loads(changed("list", "--json").out)
    session = next(one for one in tasks if one["id"] == "t1")["session"]
    assert set(session) >= {
        "id", "task", "harness", "subscription", "model", "state", "since", "worktree", "branch",
        "base", "tmux", "vendor_session", "tokens", "cost_usd", "turns", "asks",
        "moving_to", "offers", "lived", "context",
    }  # fmt: skip
    assert session["tmux"]["session"] == "s1"
    assert session["tmux"]["socket"].endswith("tmux.sock")
