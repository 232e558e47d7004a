"""`conductor list` must not pay for what it does not use."""

from __future__ import annotations

import subprocess
import sys

from tests.cli.conftest import Line

HEAVY = {
    "acp", "anthropic", "openai", "textual", "rich", "git", "libtmux", "watchfiles", "pyghostty",
    "cffi",
    "argparse", "typing", "dataclasses", "pathlib", "inspect", "tomllib", "subprocess", "asyncio",
    "importlib.metadata", "difflib", "shutil", "tempfile", "traceback", "logging", "socket",
    "conductor.config", "conductor.acts", "conductor.terminals", "harnesses", "worktrees",
}  # fmt: skip


def _loaded(conductor: Line, *words: str) -> set[str]:
    code = (
        "import sys; before = set(sys.modules); from conductor.cli.main import main;"
        f"main({list(words)!r}); sys.stderr.write(' '.join(set(sys.modules) - before))"
    )
    done = subprocess.run(
        # Without site-packages' own start-up files, which some environments fill with imports.
        [sys.executable, "-S", "-c", code],
        cwd=conductor.repo, env=conductor.env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(done.stderr.split())


def test_list_imports_nothing_heavy(conductor: Line) -> None:
    conductor("add", "--hold", "a task with a word in 日本語")
    loaded = _loaded(conductor, "list")
    assert "conductor.journal" in loaded
    assert not loaded & HEAVY


def test_help_imports_next_to_nothing(conductor: Line) -> None:
    assert {name for name in _loaded(conductor, "--help") if name.startswith("conductor")} == {
        "conductor", "conductor.cli", "conductor.cli.main", "conductor.cli.overview",
    }  # fmt: skip


def test_the_heavy_ones_would_be_noticed(conductor: Line) -> None:
    assert _loaded(conductor, "log") & HEAVY
