"""Comments, questions and parts of a change at the command line."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator

import pytest

from conductor import events as e
from tests.cli.conftest import Line, git
from tests.conductor.facts import added, claimed
from worktrees import parts

TEN = [f"line {n}\n" for n in range(1, 41)]


@pytest.fixture
def changed(conductor: Line) -> Iterator[Line]:
    """A change of two hunks in one file, and a new file."""
    repo = conductor.repo
    (repo / "a.txt").write_text("".join(TEN))
    git(repo, "commit", "-qam", "ten")
    base = git(repo, "rev-parse", "HEAD")
    git(repo, "checkout", "-q", "-b", "work")
    (repo / "a.txt").write_text("".join(["first\n", *TEN[1:30], "late \x1b[2J\n", *TEN[31:]]))
    (repo / "odd: name.txt").write_text("odd\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "work")
    head = git(repo, "rev-parse", "HEAD")
    git(repo, "checkout", "-q", "main")
    with conductor.journal() as journal:
        journal.append(
            added("t1", repo=str(repo), title="Work"), claimed(),
            e.WorktreeCreated("s1", "/nowhere", "work", base), e.SessionStarted("s1", 1),
            e.SessionBusy("s1", "x"), e.SessionIdle("s1", "x", "Done."),
            e.SnapshotTaken("s1", head, "x", ("a.txt", "odd: name.txt"), (), 3, 2, base),
            e.ReviewReady("t1", "s1", head, 2),
        )  # fmt: skip
    with open(conductor.places.runner_lock, "w") as lock:  # as if a runner were at work
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield conductor


def test_comments_are_drafted_listed_and_sent(changed: Line) -> None:
    assert changed("comment", "t1", "a.txt:1-2", "Why", "first?").out.startswith("c1 waits")
    changed("comment", "t1", "--suggest", "second", "a.txt:2")
    changed("comment", "t1", "--old", "a.txt:31", "-", given="It was right.\n")
    listed = changed("comment", "t1").out
    assert "c1  a.txt:1-2  draft" in listed
    assert "suggests:\n    second" in listed
    assert "c3  a.txt:31 (before)  draft" in listed
    rows = changed("comment", "t1", "--json").json
    assert rows[1]["suggestion"] == "second\n"
    assert rows[2]["quoted"] == "line 31"
    said = changed("send-back", "t1", "--again", "Nearly.")
    assert said.code == 0, said.err
    with changed.journal() as journal:
        told = [r.fact.text for r in journal.since(0) if isinstance(r.fact, e.MessageQueued)]
        assert told[0].startswith("Nearly.\n\nPlease answer each")
        assert "3. a.txt:31 (as it was before your change)" in told[0]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("a.txt:41", "x"), "has 40 lines, so there is no line 41"),
        (("b.txt:1", "x"), "has no text file b.txt"),
    ],
)
def test_what_makes_no_sense_is_said(changed: Line, words: tuple[str, ...], told: str) -> None:
    said = changed("comment", "t1", *words)
    assert (said.code, told in said.err) == (1, True), said.err


def test_parts_are_left_out_by_file_and_hunk(changed: Line) -> None:
    assert "has 2 hunks, and no hunk 3" in changed("approve", "t1", "--leave", "a.txt:3").err
    assert changed("approve", "t1", "--only", "a.txt:1").code == 0
    with changed.journal() as journal:
        (fact,) = [r.fact for r in journal.since(0) if isinstance(r.fact, e.ChangeApproved)]
    assert sorted(one.partition(" ")[2] for one in fact.left) == ["a.txt", "odd: name.txt"]


def test_hunks_are_numbered_where_they_are_read(changed: Line) -> None:
    shown = changed("diff", "t1").out
    assert "@@ -28,7 +28,7 @@" in shown
    assert "  a.txt:2" in shown


def test_what_was_left_out_while_reading_stays_out(changed: Line) -> None:
    with changed.journal() as journal:
        session, task = journal.state.sessions["s1"], journal.state.tasks["t1"]
        file = parts.read(changed.repo, session.base or "", task.offered or "")[0]
        journal.append(e.HunksLeft("t1", "a.txt", (*file.in_hunk(2), "gone")))
    assert "What you left out of a.txt has changed since" in changed("approve", "t1").err
    assert "t1 is approved without a.txt" in changed("approve", "t1").out
    with changed.journal() as journal:
        (fact,) = [r.fact for r in journal.since(0) if isinstance(r.fact, e.ChangeApproved)]
    assert fact.left == (f"{file.in_hunk(2)[0]} a.txt",)


def test_a_question_and_an_opinion_are_asked(changed: Line) -> None:
    said = changed("ask", "t1", "a.txt:1", "Why?")
    assert said.out.startswith("q1 is asked"), said.err
    said = changed("review", "t1", "--subscription", "other")
    assert said.out.startswith("t2 reads t1"), said.err
    shown = changed("show", "t2").out
    assert "git diff" in shown
    assert "FILE:LINE" in shown
