"""Names from any text."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worktrees.errors import GitError
from worktrees.names import branch_name, folder_name, under
from worktrees.refs import is_valid

if TYPE_CHECKING:
    from pathlib import Path


def test_readable() -> None:
    assert branch_name("Add login!", "t12") == "conductor/t12-add-login"
    assert branch_name("Über-Größe: don't panic", "t1") == "conductor/t1-uber-groe-dont-panic"
    assert branch_name("$(rm -rf /)", "t1") == "conductor/t1-rm-rf"
    assert branch_name("漢字", "t3") == "conductor/t3"
    assert branch_name("--upload-pack=x", "../..") == "conductor/task-upload-pack-x"
    assert len(folder_name("very long words " * 50, "t1")) <= 60


def refused(folder: Path, names: set[str]) -> str:
    """What git says of branches with these names, none of which is there; all asked in one call.

    Each in a folder of its own, since one may be the folder of another.
    """
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    asked = "".join(f"verify refs/heads/{n}/{name}\0\0" for n, name in enumerate(names))
    words = ("git", "update-ref", "-z", "--stdin")
    given = asked.encode("utf-8", "surrogateescape")
    return subprocess.run(
        words, cwd=folder, input=given, capture_output=True, check=False
    ).stderr.decode()


def test_any_text_gives_a_name_that_git_takes(tmp_path: Path) -> None:
    names: set[str] = set()

    @given(st.text(), st.text())
    @settings(max_examples=60)
    def gather(title: str, task: str) -> None:
        name = branch_name(title, task)
        assert name.isascii()
        assert len(name) < 110
        assert is_valid(f"refs/heads/{name}")
        names.add(name)

    gather()
    assert refused(tmp_path, names) == ""


def test_what_we_hold_valid_git_holds_valid(tmp_path: Path) -> None:
    names: set[str] = set()

    @given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
    @settings(max_examples=100)
    def gather(name: str) -> None:
        if is_valid(f"refs/heads/{name}"):
            names.add(name)

    gather()
    assert refused(tmp_path, names) == ""
    assert "invalid ref format" in refused(tmp_path, names | {"a..b"})


def test_under_follows_links(tmp_path: Path) -> None:
    inner = tmp_path / "root" / "inner"
    inner.mkdir(parents=True)
    assert under(tmp_path / "root", inner / "new") == inner / "new"
    (inner / "out").symlink_to(tmp_path)
    for bad in (
        inner / "out" / "x",
        tmp_path / "root",
        inner / ".." / ".." / "x",
        tmp_path / "rooted",
    ):
        with pytest.raises(GitError):
            under(tmp_path / "root", bad)
