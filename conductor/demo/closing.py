"""The end of a demo: the target is tried once more, and nothing of ours is left running."""

from __future__ import annotations

import os
from pathlib import Path

from conductor import acts
from conductor.cleaning import clean
from conductor.config import load_repo
from conductor.demo.errors import DemoError
from conductor.demo.stage import CLOSED
from conductor.runner import door
from conductor.state import TaskState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.demo.stage import Stage
    from conductor.journal import Journal

_AT_WORK = frozenset({TaskState.RUNNING, TaskState.WAITING})


def target_passes(stage: Stage) -> tuple[bool, str]:
    """Run the project's own check on its target, in a clean checkout, and say how it went."""
    from worktrees.repository import Repository
    from worktrees.setup import setup
    from worktrees.verification import verification

    repo = Repository.open(stage.project)
    wishes = load_repo(str(stage.project))
    if wishes.verify is None:
        raise DemoError(f"{stage.project}/conductor.toml names no check any more.")
    target = repo.target(wishes.target)
    tree = verification(repo, stage.folder / "checkout", target.commit)
    log = Path(stage.places.logs) / "target.log"
    env = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    done = setup(tree, wishes.verify, env, log, wishes.verify_timeout)
    said = [one for one in clean(log.read_text("utf-8", "replace")).splitlines() if one.strip()]
    words = " · ".join(said[-2:]) if done.ok else "\n".join(said[-20:])
    return done.ok, f"{target.name} at {target.commit[:10]}, in a clean checkout: {words}"


def close(stage: Stage, journal: Journal) -> None:
    """End a demo so that it can go on later: what is at work is put down, and nothing runs on."""
    _end(stage, only_runner=True)  # first, or it would fill the slots that become free
    try:
        for task in journal.catch_up().tasks.values():
            if task.state in _AT_WORK:
                acts.cancel(journal, task.id, CLOSED)
    finally:  # on a full disk, too, where nothing can be written down any more
        end_processes(stage)


def end_processes(stage: Stage) -> None:
    """End the runner, then every agent's terminal with all that runs in it, then tmux itself."""
    _end(stage, only_runner=False)


def _end(stage: Stage, *, only_runner: bool) -> None:
    from conductor.terminals import processes
    from conductor.terminals.server import Tmux

    tmux = Tmux(Path(stage.places.terminals))
    terminals = {live.session: live for live in tmux.list()}
    left: list[processes.Process] = []
    for name in sorted(terminals, key=lambda name: name != door.SESSION):
        if name == door.SESSION or not only_runner:
            family = processes.tree(terminals[name].pid)
            left += processes.end(family, mark=tmux.mark(name))
    if not only_runner:
        server = tmux.attempt("display-message", "-p", "#{pid}").stdout
        family = processes.tree(int(server or 0))
        tmux.stop_server()  # which answers before it has ended
        left += processes.end(family)
    if left:
        names = ", ".join(f"{one.command} ({one.pid})" for one in left)
        raise DemoError(f"These processes of the demo do not end: {names}. Look with `ps`.")
