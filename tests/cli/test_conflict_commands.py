"""Seeing a conflict three-way, and settling it in an editor."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conductor import events as e
from tests.cli.conftest import Line, git
from tests.conductor.facts import added, claimed


@pytest.fixture
def clashing(conductor: Line) -> Line:
    """A change in review whose target went another way meanwhile."""
    repo = conductor.repo
    base = git(repo, "rev-parse", "HEAD")
    git(repo, "checkout", "-q", "-b", "work")
    (repo / "a.txt").write_text("eins \x1b]52;c;AAAA\x07\n")
    git(repo, "commit", "-qam", "work")
    head = git(repo, "rev-parse", "HEAD")
    git(repo, "checkout", "-q", "main")
    (repo / "a.txt").write_text("un\n")
    git(repo, "commit", "-qam", "theirs")
    with conductor.journal() as journal:
        journal.append(
            added("t1", repo=str(repo), title="Work"), claimed(),
            e.WorktreeCreated("s1", "/nowhere", "work", base), e.SessionStarted("s1", 1),
            e.SessionBusy("s1", "x"), e.SessionIdle("s1", "x"),
            e.SnapshotTaken("s1", head, "x", ("a.txt",), (), 2, 0),
            e.SessionEnded("s1", "exit", 0), e.ReviewReady("t1", "s1", head, 1),
        )  # fmt: skip
    return conductor


def test_both_sides_and_what_they_began_with(clashing: Line) -> None:
    shown = clashing("conflict", "t1")
    assert shown.code == 0
    assert "a.txt: both changed the same lines" in shown.out
    for line in ("  one", "- un", "+ eins"):
        assert line in shown.out
    assert "\x1b" not in shown.out
    content = clashing("conflict", "s1", "--json").json
    assert list(content) == ["target", "onto", "change", "files"]
    assert content["target"] == "main"
    assert content["files"][0]["conflicts"] == [
        {"line": 1, "base": ["one"], "ours": ["un"], "theirs": ["eins \x1b]52;c;AAAA\x07"]}
    ]


def _edit(line: Line, script: str, folder: Path) -> int:
    """Run `resolve` in a terminal, with an editor that runs this on its file."""
    editor = folder / "editor"
    editor.write_text(f"#!/bin/sh\n{script}\n")
    editor.chmod(0o755)
    tools = folder / "tools"  # no tmux among them: no runner is to carry it out
    tools.mkdir(exist_ok=True)
    for name in ("git", "cp", "sh"):
        if not (tools / name).exists():
            (tools / name).symlink_to(shutil.which(name) or "")
    env = line.env | {"EDITOR": str(editor), "PATH": str(tools)}
    mine, theirs = pty.openpty()
    argv = [sys.executable, "-m", "conductor", "resolve", "t1"]
    with subprocess.Popen(
        argv, cwd=line.repo, env=env, stdin=theirs, stdout=theirs, stderr=theirs
    ) as child:
        os.close(theirs)
        try:
            while os.read(mine, 65536):
                pass
        except OSError:
            pass  # the end of a terminal on Linux
        code = child.wait(30)
    os.close(mine)
    return code


def test_what_the_editor_leaves_is_what_is_asked_for(clashing: Line, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    assert _edit(clashing, f'cp "$1" {seen}', tmp_path) == 1  # the markers are still there
    assert "|||||||" in seen.read_text()
    with clashing.journal() as journal:
        assert journal.state.resolves == ()
    assert _edit(clashing, 'echo "un, eins" > "$1"', tmp_path) == 1  # asked for, by no runner yet
    with clashing.journal() as journal:
        asked = journal.fact(journal.state.tasks["t1"].resolved)
    assert isinstance(asked, e.ResolveAsked)
    assert asked.paths == ("a.txt",)
    assert Path(asked.files[0]).read_text() == "un, eins\n"


def test_without_a_terminal_it_says_what_else_there_is(clashing: Line) -> None:
    said = clashing("resolve", "t1")
    assert said.code == 1
    assert "--agent" in said.err


def test_what_fits_needs_no_settling(clashing: Line) -> None:
    git(clashing.repo, "reset", "-q", "--hard", "HEAD~1")
    assert "nothing conflicts" in clashing("conflict", "t1").out
    said = clashing("resolve", "t1")
    assert said.code == 1
    assert "approve it, and it lands" in said.err
