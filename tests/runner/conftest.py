"""A fresh house for each test, and nothing of the machine's own settings in it."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable, Iterator

import pytest

from conductor.cli.main import main
from tests.runner.house import House

Say = Callable[..., str]


@pytest.fixture(autouse=True)
def _no_outside(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own git configuration must not decide a test."""
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("person")))
    for name in list(os.environ):
        if name.startswith(("GIT_", "XDG_CONFIG", "CONDUCTOR_")):
            monkeypatch.delenv(name)


@pytest.fixture
def house() -> Iterator[House]:
    made = House()
    yield made
    made.close()
    for handler in logging.getLogger().handlers[:]:  # of runners inside the test's own process
        if isinstance(handler, logging.FileHandler):
            logging.getLogger().removeHandler(handler)
            handler.close()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@pytest.fixture
def command(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Say:
    """The command line, in this very process: its home's journal is open here already."""
    monkeypatch.setenv("CONDUCTOR_HOME", house.places.state)

    def say(*words: str) -> str:
        capsys.readouterr()
        assert main(list(words)) == 0
        return capsys.readouterr().out

    return say
