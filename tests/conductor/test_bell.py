"""Whoever watches is woken by what others write, misses nothing, and is left alone otherwise."""

from __future__ import annotations

import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from conductor.bell import Bell, watch
from conductor.journal import Journal
from tests.conductor.facts import added

ROOT = Path(__file__).parents[2]

_WRITES = """if True:
    import sys
    from conductor.events import TaskAdded
    from conductor.journal import Journal
    with Journal(sys.argv[1]) as journal:
        for number in sys.argv[2:]:
            journal.append(TaskAdded(f"t{number}", "x", "x", "/r"))
"""


def _write(folder: str, *numbers: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", _WRITES, folder, *numbers], cwd=ROOT)


def test_a_fact_of_another_process_is_seen(tmp_path: Path) -> None:
    folder = str(tmp_path)
    with Journal(folder) as journal:
        seen: list[str] = []
        writer = _write(folder, *"12345")
        for state in watch(journal, timeout=30):
            seen = list(state.tasks)
            if len(seen) == 5:
                break
        assert seen == ["t1", "t2", "t3", "t4", "t5"]
        assert writer.wait(30) == 0


_DIES = """if True:
    import os, signal, sys
    from conductor.events import TaskAdded
    from conductor.journal import Journal
    journal = Journal(sys.argv[1])
    journal._ring = lambda: os.kill(os.getpid(), signal.SIGKILL)
    journal.append(TaskAdded("t1", "x", "x", "/r"))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, only the bell is listened to")
def test_a_writer_killed_before_it_rings_is_noticed_by_its_end(tmp_path: Path) -> None:
    with Journal(str(tmp_path)) as journal:
        states = watch(journal, timeout=30)
        next(states)
        writer = subprocess.Popen([sys.executable, "-c", _DIES, str(tmp_path)], cwd=ROOT)
        assert "t1" in next(states).tasks
        assert writer.wait(30) == -signal.SIGKILL


def test_what_was_written_before_watching_began_is_seen_at_once(tmp_path: Path) -> None:
    with Journal(str(tmp_path)) as journal:
        assert _write(str(tmp_path), "1").wait(30) == 0
        state = next(watch(journal, timeout=0.0))
        assert list(state.tasks) == ["t1"]


def test_watching_ends_when_its_time_is_over(tmp_path: Path) -> None:
    with Journal(str(tmp_path)) as journal:
        began = time.monotonic()
        assert len(list(watch(journal, timeout=0.1))) == 1
        assert time.monotonic() - began < 5


def test_nothing_rings_when_nothing_is_written(tmp_path: Path) -> None:
    with Journal(str(tmp_path)) as journal, Journal(str(tmp_path)) as other:
        journal.append(added("t1"))
        bell = Bell(journal.folder)
        try:
            other.catch_up()
            with other.decide() as decision:
                assert decision.state.tasks  # looked, and chose nothing
            assert select.select([bell], [], [], 0.05)[0] == []
            other.append(added("t2"))
            assert select.select([bell], [], [], 5.0)[0] == [bell]
        finally:
            bell.close()


def test_a_writer_in_a_thread_wakes_a_watcher_that_waits(tmp_path: Path) -> None:
    def write() -> None:
        with Journal(str(tmp_path)) as other:
            other.append(added("t1"))

    with Journal(str(tmp_path)) as journal:
        states = watch(journal, timeout=30)
        next(states)
        writer = threading.Timer(0.05, write)
        writer.start()
        assert "t1" in next(states).tasks
        writer.join(30)  # it is woken before the writer is done
