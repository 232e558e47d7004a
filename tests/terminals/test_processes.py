"""Ending a session's processes whole: children, daemons, the deaf and the stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from conductor.terminals import processes
from conductor.terminals.processes import Process

if TYPE_CHECKING:
    from conductor.terminals.server import Tmux

# Leaves the tree, the session and the group, as Codex's daemon does, and shuts its ears.
DAEMON = """
import os, signal, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        open(sys.argv[1], "w").write(str(os.getpid()) + "\\n")
        time.sleep(120)
    os._exit(0)
os.wait()
time.sleep(120)
"""


def _running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_a_session_is_ended_whole_with_its_daemon(
    tmux: Tmux, folder: Path, env: dict[str, str], until
) -> None:
    note, script = folder / "daemon.pid", folder / "daemon.py"
    script.write_text(DAEMON)
    bystander = tmux.start("s2", ["sleep", "120"], cwd=folder, env=env)
    pane = tmux.start("s1", [sys.executable, "-I", str(script), str(note)], cwd=folder, env=env)
    until(lambda: note.exists() and note.read_text().endswith("\n"))
    daemon = int(note.read_text())
    recorded = processes.tree(pane.pid)
    assert daemon not in {each.pid for each in recorded}
    assert daemon in {each.pid for each in processes.marked(tmux.mark("s1"))}
    tmux.kill("s1")
    assert processes.end(recorded, mark=tmux.mark("s1"), grace=0.3) == ()
    assert not any(_running(each.pid) for each in recorded)
    assert not _running(daemon)
    assert processes.tree(bystander.pid)


def test_a_tree_tells_the_parent_first_where_numbers_began_anew() -> None:
    def one(pid: int, parent: int) -> processes._Seen:
        return processes._Seen(processes.Process(pid, "", ""), parent, 0, 0, zombie=False)

    seen = {each.process.pid: each for each in (one(9, 700), one(5, 9), one(700, 1), one(800, 9))}
    assert processes._descend(seen, {700}) == [700, 9, 5, 800]


def test_deaf_and_stopped_children_are_ended(tmux: Tmux, folder: Path, env, until) -> None:
    argv = ["sh", "-c", "trap '' HUP TERM; sh -c 'trap \"\" TERM HUP; kill -STOP $$' & sleep 120"]
    pane = tmux.start("s1", argv, cwd=folder, env=env)
    until(lambda: len(processes.tree(pane.pid)) >= 4)
    recorded = processes.tree(pane.pid)
    assert processes.end(recorded, grace=0.2) == ()
    assert not any(_running(each.pid) for each in recorded)


def test_a_gentle_end_needs_no_insisting(tmux: Tmux, folder: Path, env, until) -> None:
    inbox, said = folder / "inbox", folder / "said"
    argv = ["sh", "-c", f"trap 'echo bye > {said}; exit 0' TERM HUP; while :; do sleep 0.05; done"]
    pane = tmux.start("s1", argv, cwd=folder, env=env, inbox=inbox)
    until(lambda: len(processes.tree(pane.pid)) >= 3)
    assert processes.end(processes.tree(pane.pid), mark=tmux.mark("s1")) == ()
    assert said.read_text() == "bye\n"


def test_a_recycled_number_is_never_signalled() -> None:
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as sleeper:
        (now,) = processes.tree(sleeper.pid)
        another = Process(now.pid, "1", now.command)
        assert processes.end([another], grace=0.1) == ()
        assert sleeper.poll() is None
        assert processes.alive(now)
        assert not processes.alive(another)
        assert processes.end([now]) == ()
        assert sleeper.wait() in (-signal.SIGHUP, -signal.SIGTERM)


def test_a_number_is_killed_only_where_it_is_who_was_meant() -> None:
    with subprocess.Popen(["sleep", "60"]) as sleeper:
        processes.kill(sleeper.pid, "/our/tmux.sock")
        assert processes.tree(sleeper.pid)
        assert sleeper.poll() is None
        processes.kill(sleeper.pid, "60")
        assert sleeper.wait() == -signal.SIGKILL
    processes.kill(2**22 + 1, "60")


def test_our_own_group_is_left_alone() -> None:
    """A recorded child that shares our process group must not take us along."""
    with subprocess.Popen(["sleep", "60"]) as sleeper, subprocess.Popen(["sleep", "60"]) as other:
        assert os.getpgid(sleeper.pid) == os.getpgid(0)
        assert processes.end(processes.tree(sleeper.pid)) == ()
        assert other.poll() is None
        other.kill()


def test_nothing_to_end() -> None:
    assert processes.tree(2**22 + 1) == ()
    assert processes.end([]) == ()
