"""Sets the stage: a folder with a project, a home of its own, and the tasks in its queue.

Every step can be cut off anywhere and taken again: what is there is kept, what is half there is
made anew under another name first, and nothing is there twice.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from conductor import acts
from conductor.demo.script import WRITTEN, Part
from conductor.places import Places
from conductor.state import TaskState
from conductor.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from conductor.journal import Journal

CLOSED = "The demo was closed while its agent was at work."
"""Why a closed demo's tasks were cancelled; they are taken up again when it goes on."""

_MARK = "conductor-demo.txt"
_MARKED = "A demo of Conductor. `conductor demo --into` this folder goes on with it.\n"
_IDENTITY = (("user.name", "Conductor demo"), ("user.email", "demo@conductor.invalid"))
_SLOTS = (("rehearsal", 5), ("rehearsal-small", 1))


class DemoError(Exception):
    """The demo cannot be played; the text says why and what to do."""


class Stage(Value):
    """The folders of one demo."""

    folder: Path

    @property
    def project(self) -> Path:
        """The repository that the agents work on."""
        return self.folder / "project"

    @property
    def scripts(self) -> Path:
        """What the agents will say and do."""
        return self.folder / "scripts"

    @property
    def places(self) -> Places:
        """The demo's own home, apart from the person's."""
        home = str(self.folder / "home")
        return Places(config=home, state=home)


def set_stage(into: str | None, speed: str) -> Stage:
    """Make the demo's folder, or complete the one that was begun there."""
    stage = Stage(_folder(into))
    with _alone(stage):
        if not stage.project.exists():
            _make_project(stage)
        if not stage.scripts.exists():
            _copy_scripts(stage)
        stage.places.make()
        _write(Path(stage.places.config_file), _settings(speed))
    return stage


def fill_queue(stage: Stage, journal: Journal, parts: tuple[Part, ...]) -> None:
    """Put the tasks into the queue that are not there yet, and try again what came to nothing."""
    with _alone(stage):
        known = {task.title: task.id for task in journal.catch_up().tasks.values()}
        for part in parts:
            if part.title not in known:
                known[part.title] = acts.add_task(
                    journal,
                    part.text,
                    str(stage.project),
                    title=part.title,
                    after=tuple(known[title] for title in part.after),
                    harness="builtin",
                    subscription=part.subscription,
                    model=f"rehearsal:{stage.scripts / part.script}",
                )
        for task in journal.state.tasks.values():
            if task.why == CLOSED or task.state is TaskState.FAILED:
                acts.retry(journal, task.id)


def _folder(into: str | None) -> Path:
    if into is None:
        folder = Path(tempfile.mkdtemp(prefix="conductor-demo-")).resolve()
    else:
        folder = Path(into).expanduser().resolve()
    if "?" in str(folder):
        raise DemoError(f"{folder}: name a folder without a question mark in its path.")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()) and not (folder / _MARK).is_file():
            raise DemoError(
                f"{folder} holds something else: name an empty folder, or one that is not there."
            )
        (folder / _MARK).touch()
    except OSError as error:
        raise DemoError(
            f"{folder} cannot be used: {error.strerror}. Name a folder you can write to."
        ) from error
    return folder


@contextlib.contextmanager
def _alone(stage: Stage) -> Iterator[None]:
    """Keep two demos in one folder from making everything twice."""
    mark = stage.folder / _MARK
    with mark.open("r+") as locked:
        fcntl.flock(locked, fcntl.LOCK_EX)
        if not mark.stat().st_size:
            locked.write(_MARKED)
            locked.flush()
        yield


def _make_project(stage: Stage) -> None:
    made = _fresh(stage.folder / "project.making")
    _copy(WRITTEN / "project", made)
    command = f"{shlex.quote(sys.executable)} -m unittest -q"
    _write(made / "conductor.toml", f'target = "main"\nverify = {_quoted(command)}\n')
    _git(made, "init", "--quiet", "--initial-branch=main", "--template=")
    for key, value in _IDENTITY:
        _git(made, "config", key, value)
    _git(made, "add", "--all")
    _git(made, "commit", "--quiet", "--message=Begin Fairshare: who owes whom after a trip")
    made.rename(stage.project)


def _copy_scripts(stage: Stage) -> None:
    """Copy the scripts beside the project, so that a newer Conductor goes on with the same ones."""
    made = _fresh(stage.folder / "scripts.making")
    _copy(WRITTEN / "tasks", made)
    if (python := _python()) != "python3":
        for script in made.glob("*.toml"):
            _write(script, script.read_text("utf-8").replace("python3 -", f"{python} -"))
    made.rename(stage.scripts)


def _python() -> str:
    """Name a Python for the agents' commands: theirs by its plain name, if it is new enough."""
    ask = ["python3", "-c", "import sys; sys.exit(sys.version_info < (3, 9))"]
    with contextlib.suppress(OSError):
        if subprocess.run(ask, capture_output=True, check=False, timeout=30).returncode == 0:
            return "python3"
    return shlex.quote(sys.executable)


def _settings(speed: str) -> str:
    """Write the demo's configuration: no key, no account, and nothing of the person's git."""
    env = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    env["CONDUCTOR_REHEARSAL_SPEED"] = speed
    table = ", ".join(f"{name} = {_quoted(value)}" for name, value in env.items())
    return "\n".join(
        f'[[subscription]]\nname = "{name}"\nharness = "builtin"\nslots = {slots}\n'
        f"env = {{ {table} }}\n"
        for name, slots in _SLOTS
    )


def _quoted(text: str) -> str:
    """Write a text as TOML does; JSON's strings are a part of TOML's."""
    return json.dumps(text, ensure_ascii=False)


def _fresh(folder: Path) -> Path:
    """Return a folder's name with nothing there: what a killed demo had half made is no loss."""
    if folder.exists():
        shutil.rmtree(folder)
    return folder


def _copy(source: Path, to: Path) -> None:
    """Copy what is written, without what an installer may have compiled in it."""
    try:
        shutil.copytree(source, to, ignore=shutil.ignore_patterns("__pycache__"))
    except (OSError, shutil.Error) as error:
        raise DemoError(f"{source} cannot be copied: {error}. Install Conductor again.") from error


def _write(path: Path, text: str) -> None:
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
