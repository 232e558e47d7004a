"""The project the agents work on and the scripts they play: made whole, or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import subprocess
import sys

from conductor.demo.errors import DemoError
from conductor.demo.script import WRITTEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

_IDENTITY = (("user.name", "Conductor demo"), ("user.email", "demo@conductor.invalid"))


def make_project(project: Path) -> None:
    """Make the repository, with one commit in it and a check that any machine can run."""
    made = _fresh(project.with_suffix(".making"))
    _copy(WRITTEN / "project", made)
    command = f"{_python()} -m unittest -q"
    wishes = f'target = "main"\nverify = {quoted(command)}\nreview_limit = 20\n'
    write(made / "conductor.toml", wishes)
    _git(made, "init", "--quiet", "--initial-branch=main", "--template=")
    for key, value in _IDENTITY:
        _git(made, "config", key, value)
    _git(made, "add", "--all")
    _git(made, "commit", "--quiet", "--message=Begin Fairshare: who owes whom after a trip")
    made.rename(project)


def copy_scripts(scripts: Path) -> None:
    """Copy the scripts to the demo, so that a newer Conductor goes on with the same ones."""
    made = _fresh(scripts.with_suffix(".making"))
    _copy(WRITTEN / "tasks", made)
    if (python := _python()) != "python3":
        for script in made.glob("*.toml"):
            write(script, script.read_text("utf-8").replace("python3 -", f"{python} -"))
    made.rename(scripts)


def _python() -> str:
    """Name a Python for the agents' commands: theirs by its plain name, if it is new enough."""
    ask = ["python3", "-c", "import sys; sys.exit(sys.version_info < (3, 9))"]
    with contextlib.suppress(OSError):
        if subprocess.run(ask, capture_output=True, check=False, timeout=30).returncode == 0:
            return "python3"
    return shlex.quote(sys.executable)


def quoted(text: str) -> str:
    """Write a text as TOML does; JSON's strings are a part of TOML's."""
    return json.dumps(text, ensure_ascii=False)


def _fresh(folder: Path) -> Path:
    """Return a folder's name with nothing there: what a killed demo had half made is no loss."""
    if folder.exists():
        shutil.rmtree(folder)
    return folder


def _copy(source: Path, to: Path) -> None:
    """Copy what is written, without what an installer may have compiled in it."""
    if not source.is_dir():
        raise DemoError(f"{source} is missing: install Conductor again.")
    shutil.copytree(source, to, ignore=shutil.ignore_patterns("__pycache__"))


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def _git(folder: Path, *args: str) -> None:
    """Run git while the project is made, when nobody else's words are in it yet."""
    env = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
    env["PATH"] = os.environ.get("PATH", os.defpath)
    done = subprocess.run(
        ["git", *args], cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=60
    )
    if done.returncode != 0:
        raise DemoError(f"The project cannot be made: git {args[0]}: {done.stderr.strip()}")
