"""The end of a demo: the target is tried once more, and nothing of ours is left running."""

from __future__ import annotations

import os
import time
from pathlib import Path

from conductor import acts
from conductor.bell import watch
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

_PATIENCE = 10.0
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


def put_down(stage: Stage, journal: Journal) -> None:
    """Let the agents at work put it down, so that the same demo can go on later."""
    at_work = [task.id for task in journal.catch_up().tasks.values() if task.state in _AT_WORK]
    for ident in at_work:
        try:
            acts.cancel(journal, ident, CLOSED)
        except acts.Refused:
            continue  # it came to its end by itself, just now
    if not at_work or not door.running(stage.places):
        return
    until = time.monotonic() + _PATIENCE
    for state in watch(journal, _PATIENCE):
        alive = {session.task for session in state.live.values()}
        if not alive & set(at_work) or time.monotonic() > until:
            return


def end_processes(stage: Stage) -> None:
    """End the runner, then every agent's terminal with all that runs in it, then tmux itself."""
    from conductor.terminals import processes
    from conductor.terminals.server import Tmux

    tmux = Tmux(Path(stage.places.terminals))
    terminals = {live.session: live for live in tmux.list()}
    server = int(tmux.run("display-message", "-p", "#{pid}")) if terminals else 0
    left: list[processes.Process] = []
    for name in sorted(terminals, key=lambda name: name != door.SESSION):
        family = processes.tree(terminals[name].pid)
        left += processes.end(family, mark=tmux.mark(name))
    tmux.stop_server()  # which answers before it has ended
    if server:
        left += processes.end(processes.tree(server))
    if left:
        names = ", ".join(f"{one.command} ({one.pid})" for one in left)
        raise DemoError(f"These processes of the demo do not end: {names}. Look with `ps`.")
