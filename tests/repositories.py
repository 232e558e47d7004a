"""Repositories that begin with one commit, each a copy of one that git made in this process."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

AUTHOR = {"user.name": "Ada", "user.email": "ada@example.org"}


def begin(root: Path, **files: str) -> None:
    """Make a repository of Ada's that holds these files; six programs of git would cost more."""
    shutil.copytree(_made(tuple(sorted(files.items()))), root, dirs_exist_ok=True, symlinks=True)
    # Copies are other files than those the index knows, which not every command looks past.
    _git(root, "update-index", "-q", "--refresh")


@cache
def _made(files: tuple[tuple[str, str], ...]) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="begun-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name, text in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    _git(folder, "init", "-q", "-b", "main")
    for key, value in AUTHOR.items():
        _git(folder, "config", key, value)
    _git(folder, "add", "-A")
    _git(folder, "commit", "-q", "-m", "Begin")
    return folder


def _git(folder: Path, *words: str) -> None:
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", *words], cwd=folder, env=env, check=True)
