"""Real repositories for the tests of `worktrees`, made by a plain git."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests import repositories
from worktrees.repository import Repository
from worktrees.trees import create

if TYPE_CHECKING:
    from pathlib import Path

    from worktrees.listing import Worktree


@dataclass
class Sandbox:
    """A repository and a folder beside it, with git as a person would run it."""

    folder: Path

    @property
    def root(self) -> Path:
        return self.folder / "project"

    @property
    def repo(self) -> Repository:
        return Repository.open(self.root)

    def git(self, *args: str, cwd: Path | None = None, ok: bool = True) -> str:
        done = subprocess.run(
            ["git", *args],
            cwd=cwd or self.root,
            capture_output=True,
            text=True,
            check=False,
            errors="surrogateescape",
        )
        assert done.returncode == 0 or not ok, done.stderr
        return done.stdout.strip()

    def write(self, name: str, text: str | bytes, root: Path | None = None) -> Path:
        file = (root or self.root) / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return file

    def commit(self, message: str = "More", cwd: Path | None = None) -> str:
        self.git("add", "-A", cwd=cwd)
        self.git("commit", "-q", "--allow-empty", "-m", message, cwd=cwd)
        return self.git("rev-parse", "HEAD", cwd=cwd)

    def worktree(self, name: str = "one") -> Worktree:
        path = self.folder / "trees" / name
        return create(self.repo, path, f"conductor/{name}", self.repo.target().commit)


def new_sandbox(folder: Path) -> Sandbox:
    box = Sandbox(folder)
    files = {
        "README": "one\ntwo\nthree\n",
        "src/app.py": "print('hello')\n",
        ".gitignore": "*.log\nbuild/\n",
    }
    repositories.begin(box.root, **files)
    return box


@pytest.fixture(autouse=True)
def _no_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own git configuration must not decide a test."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in list(os.environ):
        if name.startswith(("GIT_", "XDG_CONFIG")):
            monkeypatch.delenv(name)


@pytest.fixture
def box(tmp_path: Path) -> Sandbox:
    return new_sandbox(tmp_path)
