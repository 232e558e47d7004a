"""What an agent has started and left running: found by its mark, and ended for sure."""

from __future__ import annotations

from conductor.state import Session, State
from conductor.terminals import processes
from conductor.terminals.server import Tmux


def end_all(tmux: Tmux, session: Session) -> tuple[processes.Process, ...]:
    """End an agent and all that it started; return what is left.

    The person's shells beside it carry the same mark, and are the person's.
    """
    left: tuple[processes.Process, ...] = ()
    for _ in range(3):  # for what started others in the very moment it was ended
        spared = {one for shell in _shells(tmux, session.id) for one in processes.tree(shell)}
        ours = {*_tree(tmux, session), *processes.marked(tmux.mark(session.id))} - spared
        if not ours:
            return ()
        left = processes.end(sorted(ours, key=lambda one: one.pid))
    return left


def _tree(tmux: Tmux, session: Session) -> tuple[processes.Process, ...]:
    """Find what descends from an agent that is in its terminal.

    The number of one that is not there any more may be anybody's by now, after a restart of the
    machine for one: then only the mark tells what it has left.
    """
    there = (live.pid for live in tmux.list() if live.session == session.id)
    return processes.tree(session.pid) if session.pid and session.pid in there else ()


def strays(tmux: Tmux, state: State) -> list[tuple[processes.Process, str]]:
    """Find what still runs of agents that have ended, and whose it is."""
    begin = tmux.mark("s").removesuffix("s")
    found = []
    for one, mark in processes.bearing(begin).items():
        name = mark.removeprefix(begin)
        if name in state.sessions and name not in state.live:
            found.append((one, name))
    names = {name for _, name in found}
    spared = {one for n in names for shell in _shells(tmux, n) for one in processes.tree(shell)}
    return [(one, name) for one, name in found if one not in spared]


def _shells(tmux: Tmux, name: str) -> list[int]:
    """Find the processes of the windows that the person opened beside an agent."""
    if not tmux.has(name):
        return []
    form = "#{?#{==:#{@agent},#{pane_id}},agent,#{pane_pid}}"
    said = tmux.run("list-panes", "-s", "-t", f"={name}:", "-F", form)
    return [int(pid) for pid in said.split() if pid.isdigit()]
