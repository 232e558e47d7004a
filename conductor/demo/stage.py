"""Sets the stage: a folder with a project, a home of its own, and the tasks in its queue.

Every step can be cut off anywhere and taken again: what is there is kept, what is half there is
made anew under another name first, and nothing is there twice.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from pathlib import Path

from conductor import acts
from conductor.demo.errors import DemoError
from conductor.demo.project import copy_scripts, make_project, quoted, write
from conductor.demo.script import Part
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
_UNWRITTEN = "anything.toml"  # what is played for a task of the person's own
_SLOTS = (("rehearsal", 5), ("rehearsal-small", 1))


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
    stage = Stage(_named(into))
    try:
        _claim(stage.folder)
        with _alone(stage):
            if not stage.project.exists():
                make_project(stage.project)
            if not stage.scripts.exists():
                copy_scripts(stage.scripts)
            stage.places.make()
            write(Path(stage.places.config_file), _settings(stage, speed))
    except OSError as error:
        raise DemoError(
            f"{stage.folder} cannot be used: {error.strerror or error}. "
            "Name a folder that you can write to, on a disk with room."
        ) from error
    return stage


def fill_queue(stage: Stage, journal: Journal, parts: tuple[Part, ...]) -> None:
    """Put the tasks into the queue that are not there yet, and try again what came to nothing."""
    with _alone(stage):
        acts.trust(journal, str(stage.project))
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


def _named(into: str | None) -> Path:
    """Say which folder is meant: without a name, a fresh temporary one."""
    if into is None:
        return Path(tempfile.mkdtemp(prefix="conductor-demo-")).resolve()
    folder = Path(into).expanduser().resolve()
    if "?" in str(folder):  # after which a model's options would begin
        raise DemoError(f"{folder}: name a folder without a question mark in its path.")
    return folder


def _claim(folder: Path) -> None:
    """Make the folder ours, unless it holds what is not."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()) and not (folder / _MARK).is_file():
        raise DemoError(
            f"{folder} holds something else: name an empty folder, or one that is not there."
        )
    (folder / _MARK).touch()


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


def _settings(stage: Stage, speed: str) -> str:
    """Write the demo's configuration: no key, no account, and nothing of the person's git."""
    env = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    env["CONDUCTOR_REHEARSAL_SPEED"] = speed
    table = ", ".join(f"{name} = {quoted(value)}" for name, value in env.items())
    model = quoted(f"rehearsal:{stage.scripts / _UNWRITTEN}")
    return "\n".join(
        f'[[subscription]]\nname = "{name}"\nharness = "builtin"\nslots = {slots}\n'
        f"model = {model}\nenv = {{ {table} }}\n"
        for name, slots in _SLOTS
    )
