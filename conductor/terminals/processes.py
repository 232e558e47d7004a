"""The processes of a session: recorded with what identifies them, and ended for sure.

Its limit: a child that leaves the tree, its session and process group, *and* clears its
environment between two looks cannot be found again. Reading another process's environment
needs /proc; elsewhere `ps -E` shows that of one's own processes.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_LOOK_EVERY = 0.02


@dataclass(frozen=True, slots=True)
class Process:
    """One process, told apart by its start from a later one with the same number."""

    pid: int
    started: str
    command: str


@dataclass(frozen=True, slots=True)
class _Seen:
    process: Process
    parent: int
    group: int
    session: int
    zombie: bool


def tree(pid: int) -> tuple[Process, ...]:
    """Return a process and all that descend from it, whoever started another before that one."""
    seen = _table()
    return tuple(seen[each].process for each in _descend(seen, {pid} & seen.keys()))


def marked(mark: str) -> tuple[Process, ...]:
    """Return every process that carries `NAME=value` in its environment."""
    seen = _table()
    return tuple(seen[pid].process for pid in sorted(_carriers(seen, mark)))


def bearing(begin: str) -> dict[Process, str]:
    """Return every process with a variable in its environment that begins so, and all of that."""
    seen = _table()
    return {seen[pid].process: found for pid, found in sorted(_bearers(seen, begin).items())}


def find(pid: int) -> Process | None:
    """Return who runs under a number now."""
    found = _table().get(pid)
    return found.process if found and not found.zombie else None


def alive(process: Process) -> bool:
    """Whether this very process still runs."""
    found = find(process.pid)
    return found is not None and found.started == process.started


def parent(pid: int) -> int | None:
    """Return the number of the process that has started it, or has taken it over since."""
    found = _one(pid)
    return None if found is None else found.parent


def kill(pid: int, word: str) -> None:
    """Kill the process of that number if its command line has this in it."""
    seen = _one(pid)
    if seen is not None and os.fsencode(word) in _command_line(pid):
        _send(seen.process, signal.SIGKILL)


def end(
    processes: Sequence[Process], *, mark: str | None = None, grace: float = 3.0
) -> tuple[Process, ...]:
    """End these processes and all that came of them: ask, wait, insist; return what is left."""
    family = _Family(processes, mark)
    family.look()
    family.signal(signal.SIGHUP)
    family.signal(signal.SIGTERM)
    # A stopped process acts on neither until it is continued.
    family.signal(signal.SIGCONT)
    family.wait(lambda: not family.look(), grace)
    for _ in range(5):
        if not family.look():
            return ()
        family.signal(signal.SIGKILL)
        family.wait(lambda: not family.look(), 0.4)
    return family.look()


class _Family:
    """All that was ever seen to belong together; what belongs to it now can only grow or die."""

    def __init__(self, processes: Iterable[Process], mark: str | None) -> None:
        self._known = {process.pid: process.started for process in processes}
        self._groups: set[int] = set()
        self._sessions: set[int] = set()
        self._mark = mark
        self._living: tuple[Process, ...] = ()

    def look(self) -> tuple[Process, ...]:
        """Find who lives: the recorded, their children, their groups, and who carries the mark."""
        seen = _table()
        ours = {
            pid
            for pid, started in self._known.items()
            if pid in seen and seen[pid].process.started == started
        }
        if self._mark is not None:
            ours |= _carriers(seen, self._mark)
        # Groups count only if a member of ours leads them: never the caller's own shell's group.
        self._groups |= {pid for pid in ours if seen[pid].group == pid}
        self._sessions |= {pid for pid in ours if seen[pid].session == pid}
        ours |= {
            pid
            for pid, each in seen.items()
            if each.group in self._groups or each.session in self._sessions
        }
        ours = {*_descend(seen, ours)} - {os.getpid()}
        self._known |= {pid: seen[pid].process.started for pid in ours}
        self._living = tuple(seen[pid].process for pid in sorted(ours) if not seen[pid].zombie)
        return self._living

    def signal(self, number: signal.Signals) -> None:
        """Signal everyone found by the last look."""
        for process in self._living:
            _send(process, number)

    @staticmethod
    def wait(done: Callable[[], bool], seconds: float) -> None:
        """Wait until it is so, or the time is over."""
        deadline = time.monotonic() + seconds
        while not done() and time.monotonic() < deadline:
            time.sleep(_LOOK_EVERY)


def _descend(seen: dict[int, _Seen], roots: set[int]) -> list[int]:
    """List processes and their descendants by generation: numbers begin anew, and tell nothing."""
    children: dict[int, list[int]] = {}
    for pid, each in seen.items():
        children.setdefault(each.parent, []).append(pid)
    found = dict.fromkeys(sorted(roots))
    rest = deque(found)
    while rest:
        for child in sorted(children.get(rest.popleft(), ())):
            if child not in found:
                found[child] = None
                rest.append(child)
    return list(found)


def _carriers(seen: dict[int, _Seen], mark: str) -> set[int]:
    return {pid for pid, found in _bearers(seen, mark).items() if found == mark}


if sys.platform == "linux":

    def _table() -> dict[int, _Seen]:
        seen = {}
        for name in os.listdir("/proc"):
            if name.isdigit():
                each = _read_stat(int(name))
                if each is not None:
                    seen[each.process.pid] = each
        return seen

    def _one(pid: int) -> _Seen | None:
        return _read_stat(pid)

    def _read_stat(pid: int) -> _Seen | None:
        try:
            with open(f"/proc/{pid}/stat", "rb") as file:
                text = file.read().decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            return None  # ended meanwhile, or somebody else's where the system hides those
        # The command stands in brackets and may itself hold brackets and spaces.
        command = text[text.index("(") + 1 : text.rindex(")")]
        fields = text[text.rindex(")") + 2 :].split()
        return _Seen(
            Process(pid, fields[19], command),
            parent=int(fields[1]),
            group=int(fields[2]),
            session=int(fields[3]),
            zombie=fields[0] in "ZX",
        )

    def _command_line(pid: int) -> bytes:
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                return file.read()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            return b""  # ended meanwhile, or somebody else's

    def _bearers(seen: dict[int, _Seen], begin: str) -> dict[int, str]:
        wanted = b"\0" + os.fsencode(begin)
        found = {}
        for pid in seen:
            try:
                with open(f"/proc/{pid}/environ", "rb") as file:
                    text = b"\0" + file.read()
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue  # ended meanwhile, or somebody else's
            at = text.find(wanted) + 1
            if at:
                found[pid] = os.fsdecode(text[at:].partition(b"\0")[0])
        return found

    def _send(process: Process, number: signal.Signals) -> None:
        """Signal through a handle, so that a recycled number can never be hit."""
        try:
            handle = os.pidfd_open(process.pid)
        except ProcessLookupError:
            return
        try:
            now = _read_stat(process.pid)
            if now is not None and now.process.started == process.started:
                signal.pidfd_send_signal(handle, number)
        except (ProcessLookupError, PermissionError):
            return  # ended meanwhile, or it changed its user: `end` reports it as left
        finally:
            os.close(handle)

else:

    def _table() -> dict[int, _Seen]:
        asked = subprocess.run(
            ["ps", "-axww", "-o", "pid=,ppid=,pgid=,sess=,stat=,lstart=,comm="],
            capture_output=True,
            check=True,
            env={"LC_ALL": "C", "PATH": os.defpath},
        )
        seen = {}
        for line in asked.stdout.decode(errors="replace").splitlines():
            fields = line.split(None, 10)
            if len(fields) < 11:
                continue
            pid, parent, group, session = fields[0], fields[1], fields[2], fields[3]
            seen[int(pid)] = _Seen(
                Process(int(pid), " ".join(fields[5:10]), fields[10]),
                parent=int(parent),
                group=int(group),
                # macOS prints the session as an address, or 0: no use to tell sessions apart.
                session=int(session) if session.isdigit() else 0,
                zombie=fields[4].startswith("Z"),
            )
        return seen

    def _one(pid: int) -> _Seen | None:
        return _table().get(pid)

    def _command_line(pid: int) -> bytes:
        asked = subprocess.run(
            ["ps", "-ww", "-o", "args=", "-p", str(pid)],
            capture_output=True,
            check=False,
            env={"LC_ALL": "C", "PATH": os.defpath},
        )
        return asked.stdout

    def _bearers(seen: dict[int, _Seen], begin: str) -> dict[int, str]:
        asked = subprocess.run(
            ["ps", "-axEww", "-o", "pid=,command="],
            capture_output=True,
            check=True,
            env={"LC_ALL": "C", "PATH": os.defpath},
        )
        found = {}
        for line in asked.stdout.decode(errors="replace").splitlines():
            pid, _, rest = line.strip().partition(" ")
            _, there, after = rest.partition(f" {begin}")
            if there and int(pid) in seen:
                found[int(pid)] = begin + after.partition(" ")[0]
        return found

    def _send(process: Process, number: signal.Signals) -> None:
        now = _table().get(process.pid)
        if now is None or now.process.started != process.started:
            return
        try:
            os.kill(process.pid, number)
        except (ProcessLookupError, PermissionError):
            return  # ended meanwhile, or it changed its user: `end` reports it as left
