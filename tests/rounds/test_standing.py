"""How comments stand after a round, by real commits."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from conductor.rounds.said import Comment
from conductor.rounds.standing import Stands, stand

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    return tmp_path


def git(repo: Path, *words: str) -> str:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    done = subprocess.run(("git", *who, *words), cwd=repo, capture_output=True, check=True)
    return done.stdout.decode().strip()


def commit(repo: Path, **files: str | None) -> str:
    for name, text in files.items():
        if text is None:
            (repo / name).unlink()
        else:
            (repo / name).write_text(text)
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "--allow-empty", "-m", "x")
    return git(repo, "rev-parse", "HEAD")


def comment(number: str, path: str, line: int, base: str, head: str, **more: object) -> Comment:
    made = Comment(number, path, "new", line, line, head, base, "", "?", None, "person", None, 0.0)
    return made.but(sent=1).but(**more)


TEN = [f"{n}\n" for n in range(1, 11)]


def test_a_round_answers_outdates_or_leaves_open(repo: Path) -> None:
    base = commit(repo, f="".join(TEN), gone="x\n", old="".join(TEN) * 3)
    head = commit(
        repo, f="".join([*TEN, "new\n"]), gone="y\n", g="g\n", old="".join([*TEN * 3, "a\n"])
    )
    git(repo, "mv", "old", "moved")
    after = commit(repo, f="".join(["zero\n", *TEN[:4], "five\n", *TEN[5:], "new\n"]), gone=None)
    found = stand(
        str(repo),
        [
            comment("c1", "f", 5, base, head),
            comment("c2", "f", 11, base, head),
            comment("c3", "gone", 1, base, head),
            comment("c4", "g", 1, base, head),
            comment("c5", "old", 31, base, head),
            comment("c6", "f", 5, base, head, sent=0),
            comment("c7", "f", 8, base, head, sent=0, applied="x" * 40),
            comment("c8", "f", 8, base, "0" * 40),
        ],
        base, after,
    )  # fmt: skip
    assert found == {
        "c1": Stands("answered", "f", 6, 6),
        "c2": Stands("open", "f", 12, 12),
        "c3": Stands("outdated", "gone", 1, 1),
        "c4": Stands("open", "g", 1, 1),
        "c5": Stands("open", "moved", 31, 31),
        "c6": Stands("outdated", "f", 6, 6),
        "c7": Stands("answered", "f", 9, 9),
        "c8": Stands("outdated", "f", 8, 8),
    }


def test_a_comment_on_removed_lines_is_answered_where_they_had_been(repo: Path) -> None:
    base = commit(repo, f="".join(TEN), gone="x\n")
    head = commit(repo, f="".join([*TEN[:2], *TEN[4:]]), gone=None)
    one = comment("c1", "f", 3, base, head, side="old", last=4)
    two = comment("c2", "gone", 1, base, head, side="old")
    same = commit(repo, f="".join([*TEN[:2], *TEN[4:9], "ten\n"]))
    assert {k: s.state for k, s in stand(str(repo), [one, two], base, same).items()} == {
        "c1": "open", "c2": "open",
    }  # fmt: skip
    back = commit(repo, f="".join(TEN), gone="x\n")
    found = stand(str(repo), [one, two], base, back)
    assert {k: s.state for k, s in found.items()} == {"c1": "answered", "c2": "answered"}
    assert (found["c1"].first, found["c1"].last) == (3, 4)
