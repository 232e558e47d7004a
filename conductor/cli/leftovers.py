"""Terminals, processes and worktrees, and those that no session at work accounts for."""

from __future__ import annotations

from pathlib import Path

from conductor.cleaning import clean_line
from conductor.cli.findings import Finding, Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from conductor.places import Places
    from conductor.state import State


def leftovers(where: Places, state: State) -> Iterator[Finding]:
    """Name terminals, processes and worktrees that no session at work accounts for."""
    from conductor.runner.door import SESSION, STANDBY
    from conductor.runner.remains import strays
    from conductor.terminals.errors import TerminalError
    from conductor.terminals.inventory import inventory
    from conductor.terminals.live import VIEWER
    from conductor.terminals.server import Tmux

    tmux = Tmux(Path(where.terminals))
    try:
        rooms = inventory(tmux)
        beside = {one.session for one in tmux.list() if one.beside}
    except TerminalError as error:
        yield Finding("terminals", Verdict.NOTE, str(error))
        return
    terminals = [room.session for room in rooms]
    shells = sum(room.windows - 1 for room in rooms if room.session in state.sessions)
    attached = [room.session for room in rooms if room.attached and room.session in state.sessions]
    agents = len([n for n in terminals if n in state.live])
    text = f"{agents} with an agent, {shells} shells of yours"
    if attached:
        text += f"; somebody is in {', '.join(attached)}"
    yield Finding("terminals", Verdict.GOOD, text)
    known = {SESSION, STANDBY, *beside, *state.sessions}
    strange = [n for n in terminals if n not in known and not n.startswith(VIEWER)]
    missing = [n for n in state.live if n not in terminals and state.live[n].launches]
    if strange:
        yield Finding("terminals", Verdict.NOTE, f"not ours to explain: {', '.join(strange)}")
    if missing:
        yield Finding("terminals", Verdict.NOTE, f"the terminals of {', '.join(missing)} are gone")
    if stray := strays(tmux, state):
        named = ", ".join(f"{one.command} {one.pid} of {name}" for one, name in stray)
        pids = " ".join(str(one.pid) for one, _ in stray)
        text = f"still running, though its agent has ended: {named}; `kill {pids}` ends it"
        yield Finding("processes", Verdict.NOTE, clean_line(text, 400))
    yield from _worktrees(where, state)
    for root in state.repos:
        yield from _repository(root, state)


def _worktrees(where: Places, state: State) -> Iterator[Finding]:
    from worktrees.members import RECORDS, members

    expected = {session.worktree for session in state.sessions.values() if not session.gone}
    used = left = 0
    strange = ""
    for workshop in sorted(filter(Path.is_dir, Path(where.worktrees).iterdir())):
        pool = members(workshop)
        known = {one.name for one in pool}
        if (workshop / RECORDS).is_dir():
            yield _pool(workshop, [str(one.stage) for one in pool], sum(o.size for o in pool))
        for folder in workshop.iterdir():
            if str(folder) in expected:
                used += 1
            elif folder.name not in known and not folder.name.startswith(("check-", ".")):
                left, strange = left + 1, str(folder)
    text = f"{used} in use"
    if left:
        text += f"; {left} that no session uses, such as {strange}"
    yield Finding("worktrees", Verdict.GOOD, text)


def _pool(workshop: Path, stages: list[str], size: int) -> Finding:
    ready, lent = stages.count("ready"), stages.count("lent")
    text = f"{workshop.name.rpartition('-')[0]}: {ready} ready for the next agents, {lent} in use"
    if others := len(stages) - ready - lent:
        text += f", {others} being made"
    return Finding("pool", Verdict.GOOD, f"{text}; {size / (1 << 30):.1f} GB")


def _repository(root: str, state: State) -> Iterator[Finding]:
    """Say what of ours a repository keeps, and which worktrees of tasks are gone."""
    from worktrees.errors import GitError
    from worktrees.inventory import kept, vanished
    from worktrees.repository import Repository

    name = clean_line(Path(root).name, 80)
    ours = [one for one in state.sessions.values() if state.tasks[one.task].repo == root]
    paths = {Path(one.worktree): one for one in ours if one.worktree and not one.gone}
    try:
        repo = Repository.open(Path(root))
        gone, found = vanished(repo, paths), kept(repo.place)
    except GitError as error:
        yield Finding("repository", Verdict.NOTE, f"{name}: {error}")
        return
    for path in gone:
        yield Finding("worktrees", Verdict.NOTE, f"{path} of {paths[path].task} is gone")
    known = {one.branch for one in ours}
    strange = [branch for branch in found.branches if branch not in known]
    text = (
        f"{name}: agents' branches: {len(found.branches)}, refs that keep snapshots: {found.refs}"
    )
    if strange:
        text += f"; branches of no task here: {len(strange)}, such as {clean_line(strange[0], 80)}"
    yield Finding("repository", Verdict.GOOD, text)
