"""Pictures of what really is: agents' terminals are in them, and taking one changes nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conductor import events as e
from conductor.journal import Journal
from conductor.places import Places
from conductor.runner import door
from conductor.terminals.server import Tmux

ROOT = Path(__file__).parents[2]


def shot(home: Path, screen: str, out: Path) -> str:
    """Take a picture as a person would; one that never comes back is a failure."""
    done = subprocess.run(
        [sys.executable, "-m", "conductor", "shot", screen, "--size", "100x30", "-o", str(out)],
        env={"CONDUCTOR_HOME": str(home), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return out.read_text().replace("&#160;", " ")


@pytest.mark.parametrize("screen", ["fleet", "review", "new"])
def test_a_fresh_home_is_pictured_without_starting_anything(tmp_path: Path, screen: str) -> None:
    svg = shot(tmp_path, screen, tmp_path / "x.svg")
    assert {"fleet": "No agent is at work", "review": "Nothing waits", "new": "New task"}[
        screen
    ] in svg
    assert not door.running(Places(str(tmp_path), str(tmp_path)))
    assert not Tmux(Path(Places(str(tmp_path), str(tmp_path)).terminals)).has("runner")


def test_an_agents_terminal_is_in_the_picture(tmp_path: Path) -> None:
    places = Places(str(tmp_path), str(tmp_path))
    places.make()
    tmux = Tmux(Path(places.terminals))
    with Journal(places.journal) as journal:
        journal.append(
            e.TaskAdded("t1", "Count the sheep", "Count them.", str(tmp_path)),
            e.SessionClaimed("s1", "t1", "shell", "local"),
            e.SessionBusy("s1", "record"),
        )
        try:
            words = ["sh", "-c", "echo forty sheep; exec cat"]
            tmux.start("s1", words, cwd=tmp_path, env={}, size=(80, 24))
            before = len(journal)
            svg = shot(tmp_path, "zoom", tmp_path / "x.svg")
            assert "forty sheep" in svg
            assert "Count the sheep" in svg
            journal.catch_up()
            assert len(journal) == before
        finally:
            tmux.stop_server()


def test_a_picture_of_a_change_does_not_count_as_reading_it(tmp_path: Path) -> None:
    places = Places(str(tmp_path / "h"), str(tmp_path / "h"))
    places.make()
    repo = tmp_path / "repo"
    subprocess.run(["git", "init", "-q", "-b", "main", str(repo)], check=True)
    (repo / "a.txt").write_text("one\n")
    as_a = ["git", "-C", str(repo), "-c", "user.name=a", "-c", "user.email=a@b"]
    heads = []
    for words in ("one", "two"):
        (repo / "a.txt").write_text(f"{words}\n")
        subprocess.run([*as_a, "add", "-A"], check=True)
        subprocess.run([*as_a, "commit", "-q", "-m", words], check=True)
        said = subprocess.run(
            [*as_a, "rev-parse", "HEAD"], check=True, capture_output=True, text=True
        )
        heads.append(said.stdout.strip())
    with Journal(places.journal) as journal:
        journal.append(
            e.TaskAdded("t1", "Write two", "Write it.", str(repo)),
            e.SessionClaimed("s1", "t1", "shell", "local"),
            e.SnapshotTaken("s1", heads[1], heads[0], ("a.txt",), (), 1, 1),
            e.ReviewReady("t1", "s1", heads[1]),
        )
        svg = shot(tmp_path / "h", "review", tmp_path / "x.svg")
        assert "two" in svg
        state = journal.catch_up()
        assert state.tasks["t1"].opened is None
