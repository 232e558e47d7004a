"""Screens shown by whoever stands by: as if started here, and gone without a trace."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conductor import program
from conductor.cli import relay, standby
from conductor.places import Places
from tests.cli.conftest import git

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not os.path.islink("/proc/self/ns/mnt"),
    reason="the quick way is Linux's, where processes can be told apart",
)
PATIENCE = 60.0
FRAME = b"leave; agents go on"
OURS = ("-m", "conductor")
BROKEN = """
import sys
from conductor.cli.main import main
from conductor.tui.lookout import Lookout
Lookout.journal = lambda _: 1 // 0
sys.exit(main())
"""


class Terminal:
    """A person's terminal with `conductor` in it."""

    def __init__(
        self, home: Path, cwd: Path, *words: str, program: tuple[str, ...] = OURS, **env: str
    ) -> None:
        self._end, self.theirs = pty.openpty()
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.before = termios.tcgetattr(self.theirs)
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        self.process = subprocess.Popen(
            [sys.executable, *program, *words],
            cwd=cwd, stdin=self.theirs, stdout=self.theirs, stderr=self.theirs,
            start_new_session=True,
            env=kept | {"HOME": str(home), "CONDUCTOR_HOME": str(home), "TERM": "xterm"} | env,
        )  # fmt: skip
        self.seen = b""

    def until(self, wanted: bytes) -> None:
        end = time.monotonic() + PATIENCE
        while wanted not in self.seen:
            assert time.monotonic() < end, self.seen[-2000:]
            assert self.process.poll() is None, self.seen[-2000:]
            if select.select([self._end], [], [], 0.1)[0]:
                self.seen += os.read(self._end, 65536)

    def ended(self) -> int:
        """Wait for the command's end, and return its code; the terminal is as it was before."""
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < end
            if select.select([self._end], [], [], 0.02)[0]:
                self.seen += os.read(self._end, 65536)
        while select.select([self._end], [], [], 0)[0]:
            self.seen += os.read(self._end, 65536)
        assert termios.tcgetattr(self.theirs) == self.before
        return self.process.returncode

    def press(self, keys: bytes) -> None:
        os.write(self._end, keys)

    def hang_up(self) -> None:
        os.close(self._end)
        self._end = -1

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        if self._end >= 0:
            os.close(self._end)
        os.close(self.theirs)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    """A home in which somebody stands by, and the number of that process."""
    folder = tmp_path_factory.mktemp("h")
    places = Places(str(folder), str(folder))
    places.make()
    (folder / "repo").mkdir()
    git(folder / "repo", "init", "-q", "-b", "main")
    with open(places.runner_lock, "w") as lock:  # as if a runner were at work
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = subprocess.Popen(
            [sys.executable, "-I", "-m", "conductor.cli.standby"],
            env={"HOME": str(folder), "CONDUCTOR_HOME": str(folder), "LANG": "C.UTF-8"},
        )
        end = time.monotonic() + PATIENCE
        while not os.path.exists(places.standby):
            assert time.monotonic() < end
            assert process.poll() is None
            time.sleep(0.02)
        yield folder, process.pid
        process.terminate()
        process.wait()


@pytest.fixture
def shown(home: tuple[Path, int]) -> Iterator[tuple[Terminal, int]]:
    """Screens in a terminal, and the process that shows them."""
    terminal = Terminal(home[0], home[0] / "repo", COLORTERM="truecolor")
    terminal.until(FRAME)
    (number,) = _children(home[1])
    yield terminal, number
    terminal.close()
    _gone(number)


def _children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # gone in this very moment
            about = stat.read_text().rpartition(")")[2].split()
            found += [int(stat.parent.name)] if int(about[1]) == parent and about[0] != "Z" else []
    return found


def _gone(number: int) -> None:
    end = time.monotonic() + PATIENCE
    while Path(f"/proc/{number}").exists():
        assert time.monotonic() < end, "the screens are still there"
        time.sleep(0.02)


def test_a_key_leaves_them_and_the_terminal_is_as_it_was(shown: tuple[Terminal, int]) -> None:
    terminal, number = shown
    assert b"48;2;" in terminal.seen  # this terminal's colours, not those of whoever stands by
    fcntl.ioctl(terminal.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
    os.kill(terminal.process.pid, signal.SIGWINCH)  # it is nobody's own terminal, so nobody tells
    terminal.until(b"\x1b[40;1H")
    terminal.press(b"n")
    terminal.until(b"the draft is kept")
    terminal.press(b"\x11")
    assert terminal.ended() == 0
    _gone(number)


def test_ending_what_was_started_ends_the_screens(shown: tuple[Terminal, int]) -> None:
    terminal, number = shown
    terminal.process.terminate()
    assert terminal.ended() == 128 + signal.SIGTERM
    assert b"\x1b[?1049l" in terminal.seen
    _gone(number)


def test_a_terminal_that_is_gone_takes_the_screens_along(shown: tuple[Terminal, int]) -> None:
    terminal, number = shown
    terminal.hang_up()
    assert terminal.process.wait(PATIENCE) == 128 + signal.SIGHUP
    _gone(number)


def test_ending_screens_that_are_shown_the_usual_way_puts_the_terminal_back(
    home: tuple[Path, int],
) -> None:
    with contextlib.closing(
        Terminal(home[0], home[0] / "repo", TEXTUAL_SOMETHING="set")
    ) as terminal:
        terminal.until(FRAME)
        assert not _children(home[1])
        terminal.process.terminate()
        assert terminal.ended() == 128 + signal.SIGTERM
        assert b"\x1b[?1049l" in terminal.seen


def test_a_bug_in_the_screens_is_a_sentence_below_a_terminal_as_it_was(
    home: tuple[Path, int],
) -> None:
    with contextlib.closing(
        Terminal(home[0], home[0] / "repo", program=("-c", BROKEN), TEXTUAL_SOMETHING="set")
    ) as terminal:
        assert terminal.ended() == 1
        said = terminal.seen.partition(b"\x1b[?1049l")[2]
        assert b"this is a bug in Conductor (ZeroDivisionError" in said
        assert b"Lookout" not in said
        assert "<lambda>" in (home[0] / "logs" / "conductor.log").read_text()


def test_screens_that_die_leave_the_terminal_as_it_was(shown: tuple[Terminal, int]) -> None:
    terminal, number = shown
    os.kill(number, signal.SIGKILL)
    assert terminal.ended() == 1
    assert b"\x1b[?1049l" in terminal.seen
    assert b"ended in the middle of something" in terminal.seen


def test_words_folder_and_exit_code_are_those_of_the_command(
    home: tuple[Path, int], tmp_path: Path
) -> None:
    (tmp_path / "plain").mkdir()
    with contextlib.closing(Terminal(home[0], tmp_path, "plain")) as terminal:
        assert terminal.ended() == 1
        assert b"plain is not inside a git repository" in terminal.seen


def test_what_is_read_when_a_program_is_loaded_goes_the_usual_way(
    monkeypatch: pytest.MonkeyPatch, home: tuple[Path, int]
) -> None:
    monkeypatch.setattr(os, "isatty", lambda _: True)
    monkeypatch.setattr(os, "fstat", lambda _: os.stat_result(range(10)))
    for name in [name for name in os.environ if name.startswith(("PYTHON", "TEXTUAL"))]:
        monkeypatch.delenv(name)
    assert relay._usual()
    monkeypatch.setenv("TEXTUAL_FPS", "10")
    assert not relay._usual()


@pytest.mark.parametrize(
    "asked",
    [b"another program\0/\x0018\x000", b"", b"\xff\0\0\0", relay.identity() + b"\0/\0x\0y"],
    ids=["another", "nothing", "torn", "nonsense"],
)
def test_what_cannot_be_meant_is_not_shown(asked: bytes) -> None:
    one, other = socket.socketpair()
    with one, other, open(os.devnull) as terminal:
        socket.send_fds(one, [len(asked).to_bytes(8, "big")], [terminal.fileno()])
        one.sendall(asked)
        assert standby._receive(other) is None


def test_the_socket_is_for_its_owner_alone(home: tuple[Path, int]) -> None:
    assert os.stat(home[0] / "standby.sock").st_mode & 0o777 == 0o600


def test_another_program_on_disk_has_another_stamp(tmp_path: Path) -> None:
    for name in program._PACKAGES:
        (tmp_path / name / "deep").mkdir(parents=True)
    before = program.stamp(str(tmp_path))
    assert program.stamp(str(tmp_path)) == before
    (tmp_path / "conductor" / "deep" / "new.py").write_text("x = 1\n")
    assert program.stamp(str(tmp_path)) != before
