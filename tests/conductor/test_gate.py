"""Who may write next: turns, and nobody left waiting."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from pathlib import Path

import pytest

from conductor import gate
from conductor.gate import Gate


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    names = (str(tmp_path / "gate"), str(tmp_path / "lock"))
    for name in names:
        Path(name).touch()
    return names


def _gate(files: tuple[str, str]) -> Gate:
    return Gate(*[os.open(name, os.O_RDWR) for name in files])


def test_who_waits_does_something_useful_and_then_has_the_lock(files: tuple[str, str]) -> None:
    done: list[str] = []
    may_go, read = threading.Event(), threading.Event()

    def holds() -> None:
        with _gate(files).passed(lambda: False):
            read.set()
            may_go.wait(30)
            done.append("let go")

    def meanwhile() -> bool:
        done.append("read")
        may_go.set()
        return True

    holder = threading.Thread(target=holds)
    holder.start()
    assert read.wait(30)
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
