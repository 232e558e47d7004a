"""A home and a repository of their own, and the command line as people run it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conductor.cli.main import main
from conductor.journal import Journal
from conductor.places import Places
from tests import repositories

ROOT = Path(__file__).parents[2]


@dataclass
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Line:
    """A person at the command line."""

    home: Path
    repo: Path

    @property
    def places(self) -> Places:
        return Places(str(self.home), str(self.home))

    @property
    def env(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return kept | {
            "HOME": str(self.home),
            "CONDUCTOR_HOME": str(self.home),
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "100",
        }

    def __call__(self, *words: str, given: str | bytes = b"", cwd: Path | None = None) -> Said:
        raw = given.encode() if isinstance(given, str) else given
        done = subprocess.run(
            [sys.executable, "-m", "conductor", *words],
            cwd=cwd or self.repo,
            env=self.env,
            input=raw,
            capture_output=True,
            timeout=60,
            check=False,
        )
        said = Said(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in said.err, said.err
        assert "bug in Conductor" not in said.err, said.err
        return said

    def journal(self) -> Journal:
        self.places.make()
        return Journal(self.places.journal)


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def make_repo(tmp_path: Path) -> Callable[[str], Path]:
    def make(name: str) -> Path:
        folder = tmp_path / name
        repositories.begin(folder, **{"a.txt": "one\n"})
        return folder

    return make


@pytest.fixture
def conductor(tmp_path: Path, make_repo: Callable[[str], Path]) -> Line:
    home = tmp_path / "home"
    home.mkdir()
    return Line(home, make_repo("repo"))


@pytest.fixture
def at_hand(
    conductor: Line, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Said]:
    """The same command line without a process for each command, where only its answer matters."""
    monkeypatch.chdir(conductor.repo)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    for name, value in conductor.env.items():
        monkeypatch.setenv(name, value)

    def say(*words: str, given: str = "") -> Said:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
        capfd.readouterr()
        try:
            code = main(list(words))
        except SystemExit as end:  # argparse's way of ending after --help
            code = int(end.code or 0)
        return Said(code, *capfd.readouterr())

    return say
