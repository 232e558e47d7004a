"""The runner's door: what a person is told when the runner cannot start."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

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
