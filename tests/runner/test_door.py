"""The runner's door: what a person is told when the runner cannot start."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conductor.events import RunnerStarted
from conductor.places import PlaceError, Places
from conductor.runner import door
from conductor.runner.main import run
from conductor.terminals.errors import TerminalError
from conductor.terminals.server import Tmux
from tests.runner.house import DEADLINE, House


def test_a_runner_that_ends_at_once_is_told_of_with_its_last_words(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = house.folder / "python"
    python.write_text("#!/bin/sh\necho 'ModuleNotFoundError: No module named conductor'; exit 1\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    began = time.monotonic()
    with pytest.raises(TerminalError, match=r"ended at once, and said: Mod.* No module named"):
        door.ensure(house.places, wait=DEADLINE)
    assert time.monotonic() - began < DEADLINE / 2


def test_a_runner_whose_home_is_broken_says_so(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Places(config=str(house.folder / "b"), state=str(house.folder / "b"))
    broken.make()
    Path(broken.journal, "journal.db").write_bytes(b"this is not a database, and never was" * 100)
    monkeypatch.setenv("CONDUCTOR_HOME", broken.state)
    tmux = Tmux(Path(broken.terminals))
    try:
        with pytest.raises(TerminalError, match=r"ended at once, and said: .*not a database"):
            door.ensure(broken, wait=20)
    finally:
        tmux.stop_server()


def test_a_home_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path) -> None:
    places = Places(config=str(tmp_path), state=str(tmp_path))
    os.mkdir(places.runner_lock)  # also root, for whom nothing is read-only, cannot open this
    with pytest.raises(PlaceError, match="cannot use its folder"):
        run(places)


def test_a_runner_is_started_anew_with_another_terminals_path(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONDUCTOR_HOME", house.places.state)
    door.ensure(house.places, wait=DEADLINE)
    before = house.until(lambda s: s.runner)
    door.renew(house.places, wait=DEADLINE)
    house.until(lambda s: s.runner not in (None, before))
    assert door.running(house.places)


def test_a_runner_whose_program_was_replaced_takes_up_the_new_one(house: House) -> None:
    known = house.folder / "known"
    replaced = (
        "import pathlib, runpy, conductor.runner.main as main; main.CHECK = 0.05\n"
        f"known = pathlib.Path({str(known)!r}); told = iter([3] if known.exists() else [1, 2, 3])\n"
        "main.stamp = lambda: next(told, 3); known.touch()\n"
        "runpy.run_module('conductor.runner', run_name='__main__')\n"
    )
    env = {**os.environ, "CONDUCTOR_HOME": house.places.state}
    made = subprocess.Popen((sys.executable, "-c", replaced), env=env)
    house.runners.append(made)
    house.until(lambda _: len(house.facts(RunnerStarted)) == 2)
    assert [one.pid for one in house.facts(RunnerStarted)] == [made.pid, made.pid]
    made.terminate()
    assert made.wait(DEADLINE) == 0
