"""The import contracts hold, and each of them can fail: a contract that cannot is no contract."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent.parent
LINT = (sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()")
BREACHES = {
    "harnesses and worktrees are leaves and never meet": (
        "harnesses/shell.py",
        "import worktrees.git",
    ),
    "worktrees knows git and nothing else of ours": ("worktrees/names.py", "import harnesses"),
    "facts, then state, then journal, then whoever acts or shows": (
        "conductor/state/__init__.py",
        "import conductor.journal",
    ),
    "only the runner changes a repository": ("conductor/cli/review.py", "import worktrees.merges"),
    "only the screens know Textual": ("conductor/runner/door.py", "import textual"),
    "what follows from the facts is worked out without input or output": (
        "conductor/scheduler.py",
        "import conductor.journal",
    ),
}


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copy")
    for package in ("conductor", "harnesses", "worktrees"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(HERE / package, folder / package, ignore=ignored)
    shutil.copy(HERE / "pyproject.toml", folder)
    return folder


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (*LINT, "--no-cache"),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(folder), "COLUMNS": "200"},
    )


def test_they_hold(copied: Path) -> None:
    said = _lint(copied)
    assert said.returncode == 0, said.stdout


@pytest.mark.parametrize("contract", BREACHES)
def test_each_can_fail(copied: Path, contract: str) -> None:
    name, line = BREACHES[contract]
    file = copied / name
    before = file.read_text()
    file.write_text(f"{before}\n{line}\n")
    try:
        said = _lint(copied)
    finally:
        file.write_text(before)
    assert said.returncode == 1
    assert any(
        row.startswith(contract) and row.rstrip().endswith("BROKEN")
        for row in said.stdout.splitlines()
    ), said.stdout
