"""At the terminal's edge: it is given back as it was, and never made a mess of."""

from __future__ import annotations

import importlib.util
import os
import re
import signal
import sys
import termios
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


def _beside(name: str) -> ModuleType:
    # Tests are no package, so that none can shadow the real one.
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


terminals = _beside("terminal")
AGENT = ["sh", "-c", "echo ready; printf '\\033[38;2;1;2;3mrgb\\033[0m \\346\\227\\245\\n'; cat"]


@pytest.fixture
def seat() -> Iterator[object]:
    made = terminals.Seat()
    yield made
    made.close()


@pytest.mark.parametrize(
    "how",
    [
        signal.SIGTERM,
        pytest.param(signal.SIGHUP, marks=pytest.mark.long),
        pytest.param(signal.SIGUSR1, id="an error", marks=pytest.mark.long),
        pytest.param(None, id="ctrl-q", marks=pytest.mark.long),
    ],
)
def test_the_terminal_is_given_back_as_it_was(seat, how: signal.Signals | None) -> None:
    seat.agents(AGENT)
    terminal = seat.sit_down()
    terminal.sees("ready")
    terminal.write(b"\r")
    terminal.sees("F12 leaves")
    assert terminal.modes() >= {1049, 1003, 2004, "kitty"}
    if how is None:
        terminal.write(b"\x1b[24~")
        terminal.misses("F12 leaves")
        terminal.write(b"\x11")
    else:
        terminal.process.send_signal(how)
    terminal.process.wait(60)
    terminals.until(lambda: not terminal.modes(), lambda: str(terminal.modes()))
    assert terminal.screen.cursor().visible
    assert termios.tcgetattr(terminal.theirs) == terminal.before
    if how == signal.SIGUSR1:
        terminals.until(lambda: "this went wrong" in terminal.shown, lambda: terminal.shown)


def test_screens_whose_terminal_is_gone_wait_for_nothing(tmp_path: Path) -> None:
    stuck = tmp_path / "bin" / "tmux"
    stuck.parent.mkdir()
    asked = tmp_path / "asked"
    stuck.write_text(f"#!/bin/sh\necho $$ >>{asked}\nexec sleep 60\n")
    stuck.chmod(0o755)
    path = f"{stuck.parent}:{os.environ['PATH']}"
    given = {"PATH": path, "HOME": str(tmp_path), "CONDUCTOR_HOME": str(tmp_path)}
    given |= {"PYTHONPATH": str(terminals.ROOT), "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    terminal = terminals.Terminal([sys.executable, "-m", "conductor"], given)
    try:
        terminals.until(asked.exists, lambda: terminal.shown)
        terminal.process.send_signal(signal.SIGHUP)
        terminal.process.wait(6)  # it would wait for tmux for twice as long
    finally:
        terminal.close()
        for pid in map(int, asked.read_text().split()):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@pytest.mark.long
@pytest.mark.parametrize(
    ("env", "size", "colours"),
    [
        ({"TERM": "linux"}, (80, 24), b"38;5;"),
        ({"TERM": "xterm-16color"}, (80, 24), b"38;2;"),
        ({"TERM": "screen", "LC_ALL": "C"}, (80, 24), b"38;2;"),
        ({}, (20, 5), b"38;2;"),
    ],
    ids=["console", "16 colours", "C locale", "20x5"],
)
def test_poor_terminals_get_no_more_than_they_can_show(
    seat, env: dict[str, str], size: tuple[int, int], colours: bytes
) -> None:
    seat.agents(AGENT)
    terminal = seat.sit_down(size, env)
    terminal.sees("ready" if size[0] > 20 else "t1")
    assert colours not in terminal.sent
    for key in (b"?", b"\x1b", b"/", b"\x1b", b"v", b"\x1b"):
        terminal.write(key)
    terminal.write(b"\x1b\x11")
    terminal.process.wait(60)
    terminals.until(lambda: not terminal.modes(), lambda: str(terminal.modes()))
    assert "Traceback" not in terminal.shown


@pytest.mark.parametrize(
    ("env", "why"), [({"TERM": "dumb"}, "dumb"), ({"LC_ALL": "de_DE.ISO-8859-1"}, "ISO-8859-1")]
)
def test_what_cannot_work_is_said(tmp_path: Path, env: dict[str, str], why: str) -> None:
    argv = [sys.executable, "-m", "conductor"]
    given = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CONDUCTOR_HOME": str(tmp_path)}
    given |= {"PYTHONPATH": str(terminals.ROOT), "TERM": "xterm-256color", **env}
    terminal = terminals.Terminal(argv, given)
    try:
        assert terminal.process.wait(60) == 1
        terminals.until(lambda: why in terminal.shown, lambda: terminal.shown)
        assert b"\x1b[?" not in terminal.sent
    finally:
        terminal.close()


@pytest.mark.long
def test_inside_two_other_tmuxs_the_mouse_drags_and_f12_comes_back(seat) -> None:
    seat.agents(["sh", "-c", "echo the first; cat"], ["sh", "-c", "echo the second; cat"])
    terminal = seat.sit_down_nested()
    terminal.sees("the first", "the second")
    border = _border(terminal)
    _drag(terminal, (border, 8), (border + 20, 8))
    terminals.until(lambda: _border(terminal) > border + 15, lambda: terminal.shown)
    assert terminal.row(1).index("t1") < terminal.row(1).index("t2")
    _drag(terminal, (10, 1), (110, 8))
    terminals.until(
        lambda: 0 < terminal.row(1).find("t2") < terminal.row(1).find("t1"), lambda: terminal.shown
    )
    terminal.write(b"a")
    terminal.sees("F12 or Ctrl-b d goes back")
    terminal.write(b"\x1b[24~")
    terminal.sees("the first", "the second", "Step in")


def _border(terminal) -> int:
    """The column in which the first tile ends."""
    found = re.search("[╮┓]", terminal.row(1))
    return found.start() if found else 0


def _drag(terminal, start: tuple[int, int], end: tuple[int, int]) -> None:
    """Press the mouse's button there, go to the other place, and let go: as terminals say it."""
    for code, (x, y), how in ((0, start, "M"), (32, start, "M"), (32, end, "M"), (0, end, "m")):
        terminal.write(f"\x1b[<{code};{x + 1};{y + 1}{how}".encode())
