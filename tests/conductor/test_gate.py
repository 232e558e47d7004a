"""Who may write next: turns, and nobody left waiting."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conductor import gate
from conductor.gate import Gate
from tests.waiting import until

if TYPE_CHECKING:
    pass


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    names = (str(tmp_path / "gate"), str(tmp_path / "lock"))
    for name in names:
        Path(name).touch()
    return names


def _gate(files: tuple[str, str]) -> Gate:
    return Gate(*[os.open(name, os.O_RDWR) for name in files])


def test_who_waits_does_something_useful_and_then_has_the_lock(
    files: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "TURN", 60.0)
    monkeypatch.setattr(gate, "PAUSE", 0.5)
    done: list[str] = []
    may_go, deciding = threading.Event(), threading.Event()

    def holds() -> None:
        mine = _gate(files)
        with mine.passed(lambda: False):
            pass  # after the first of a turn the next one comes forward
        with mine.passed(lambda: False):
            deciding.set()
            may_go.wait(30)
            done.append("let go")

    def meanwhile() -> bool:
        done.append("read")
        may_go.set()
        return True

    holder = threading.Thread(target=holds)
    holder.start()
    assert deciding.wait(30)
    with _gate(files).passed(meanwhile):
        assert done[0] == "read"
        assert "let go" in done
    holder.join(30)


def test_a_turn_goes_on_past_those_who_wait_and_then_ends(
    files: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "TURN", 0.3)
    mine = _gate(files)
    with mine.passed(lambda: False):
        pass
    ends = time.monotonic() + gate.TURN
    waiting = os.open(files[0], os.O_RDWR)
    fcntl.flock(waiting, fcntl.LOCK_EX)  # as one does that comes next
    gone_on = False
    passed = threading.Event()

    def goes_on() -> None:
        nonlocal gone_on
        while time.monotonic() < ends:
            with mine.passed(lambda: False):
                gone_on = True
        with mine.passed(lambda: False):
            passed.set()

    again = threading.Thread(target=goes_on)
    again.start()
    assert not passed.wait(2 * gate.TURN)  # its turn is over, and it waits before the gate
    os.close(waiting)
    assert passed.wait(30)
    again.join(30)
    assert gone_on


def _waits_in_line(name: str, files: tuple[str, str], order: list[str]) -> threading.Thread:
    """Let a thread come to the gate, and return once it stands in the line."""

    def comes() -> None:
        with mine.passed(lambda: False):
            order.append(name)

    mine, before = _gate(files), _last_number(files)
    thread = threading.Thread(target=comes)
    thread.start()
    until(lambda: _last_number(files) > before)
    return thread


def _last_number(files: tuple[str, str]) -> int:
    return int.from_bytes(Path(files[0]).read_bytes()[:8], "little")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the line has no order")
def test_first_come_first_served(files: tuple[str, str]) -> None:
    order: list[str] = []
    with _gate(files).passed(lambda: False):
        waiting = [_waits_in_line(name, files, order) for name in "abcdef"]
    for thread in waiting:
        thread.join(30)
    assert "".join(order) == "abcdef"


KILLED = """
import os, sys
from conductor.gate import Gate
with Gate(*[os.open(name, os.O_RDWR) for name in sys.argv[1:]]).passed(lambda: False):
    print("in", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("place", ["at the lock", "in the line"])
def test_one_that_is_killed_holds_nobody_up(files: tuple[str, str], place: str) -> None:
    order: list[str] = []

    def start() -> subprocess.Popen[bytes]:
        argv = [sys.executable, "-c", KILLED, *files]
        return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    with start() as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"in\n"
        before = _last_number(files)
        with start() as second:
            until(lambda: _last_number(files) > before or sys.platform != "linux")
            thread = _waits_in_line("last", files, order)
            first, then = (holder, second) if place == "at the lock" else (second, holder)
            for each in (first, then):
                each.send_signal(signal.SIGKILL)
                each.wait(30)
    thread.join(30)
    assert order == ["last"]


def test_a_turn_is_not_cut_short_and_not_kept(
    files: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "TURN", 60.0)
    monkeypatch.setattr(gate, "PAUSE", 1.0)
    order: list[str] = []
    mine = _gate(files)
    with mine.passed(lambda: False):
        waiting = _waits_in_line("next", files, order)
    for _ in range(20):
        with mine.passed(lambda: False):
            order.append("mine")
        time.sleep(0.002)  # the lock is free meanwhile, and left alone
    waiting.join(30)  # no decision follows, so it need not wait for the turn's end
    assert order == ["mine"] * 20 + ["next"]
