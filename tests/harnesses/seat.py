"""A seat at an agent of ours: a real process in a real pseudo-terminal, and its record."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harnesses import Harness, Order
from harnesses.builtin.harness import Builtin
from harnesses.builtin.record import NAME
from tests import waiting

DEADLINE = 60.0  # a busy machine takes its time, above all to import a vendor's package
BUG = """
from harnesses.builtin import __main__ as agent, loop
loop.run_command = lambda *_, **__: 1 / 0
raise SystemExit(agent.main())
"""
BUILTIN = Builtin()
PASTE = (b"\x1b[200~", b"\x1b[201~")


def until(found: Callable[[], Any], what: str, deadline: float = DEADLINE) -> Any:
    """Wait for a condition."""
    return waiting.until(found, lambda: what, seconds=deadline)


def record_lines(folder: Path, kind: str | None = None, name: str = NAME) -> list[dict[str, Any]]:
    path = folder / name
    found = []
    for line in path.read_bytes().splitlines() if path.exists() else []:
        with contextlib.suppress(ValueError):
            entry = json.loads(line)
            if kind is None or entry["type"] == kind:
                found.append(entry)
    return found


class Seat:
    """What a person at the agent's terminal sees and does."""

    def __init__(
        self,
        order: Order,
        size: tuple[int, int] = (24, 80),
        *,
        bug: bool = False,
        harness: Harness = BUILTIN,
    ) -> None:
        self.folder = order.folder
        launch = harness.launch(order)
        self.record = launch.records[0].name
        self.old = 0
        for path, text in launch.seeds.items():
            path.write_text(text, "utf-8")
        argv = [*launch.argv[:2], "-c", BUG, *launch.argv[4:]] if bug else launch.argv
        basic = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
        self.master, self.slave = pty.openpty()
        self.before = termios.tcgetattr(self.slave)
        self.resize(*size)
        self.process = subprocess.Popen(
            argv,
            cwd=order.worktree,
            env={**basic, "TERM": "xterm-256color", "LANG": "C.UTF-8", **launch.env},
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            start_new_session=True,
            # The agent needs a controlling terminal to hear of its size and its end.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509
        )
        self.seen = bytearray()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while data := os.read(self.master, 65_536):
                self.seen += data

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, data: str | bytes) -> None:
        data = data.encode() if isinstance(data, str) else data
        while data:
            data = data[os.write(self.master, data) :]

    def paste(self, text: str | bytes) -> None:
        text = text.encode() if isinstance(text, str) else text
        self.type(PASTE[0] + text + PASTE[1])

    def say(self, text: str) -> None:
        """Say it as the runner does: clear, paste, Enter."""
        self.type(b"\x15")
        self.paste(text)
        self.type(b"\r")

    def lines(self, kind: str | None = None) -> list[dict[str, Any]]:
        new = record_lines(self.folder, None, self.record)[self.old :]
        return [one for one in new if kind in (None, one["type"])]

    def forget(self) -> None:
        """Count only what comes from here on: another test begins on the same seat."""
        self.old = len(record_lines(self.folder, None, self.record))
        self.seen.clear()

    def wait(self, kind: str, count: int = 1) -> dict[str, Any]:
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            found = self.lines(kind)
            if len(found) >= count:
                return found[count - 1]
            time.sleep(0.01)
        said = self.seen[-3000:].decode(errors="replace")
        pytest.fail(f"no {kind} number {count}\n{self.lines()}\n{said}")

    def sees(self, text: str) -> None:
        until(lambda: text.encode() in self.seen, f"{text!r} on screen")

    def rests(self) -> None:
        """Wait until it says so on screen: an end is recorded a moment before."""
        states = (b"working", b"stopping")
        until(
            lambda: self.seen.rfind(b"ready \xc2\xb7") > max(map(self.seen.rfind, states)),
            "an agent at rest",
        )

    def ends(self) -> int:
        return self.process.wait(DEADLINE)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        os.close(self.slave)
        self._reader.join(5)
        os.close(self.master)


class Seats:
    """Opens seats for one test."""

    def __init__(self, tmp: Path) -> None:
        self.worktree = tmp / "worktree"
        self.worktree.mkdir()
        self.tmp = tmp
        self.open: list[Seat] = []

    def script(self, text: str) -> str:
        path = self.tmp / "script.toml"
        path.write_text(text, "utf-8")
        return f"rehearsal:{path}"

    def order(
        self, model: str, session: str, resume: str | None, env: dict[str, str] | None
    ) -> Order:
        folder = self.tmp / "sessions" / session
        folder.mkdir(parents=True, exist_ok=True)
        return Order(
            session=session,
            worktree=self.worktree,
            folder=folder,
            inbox=folder / "inbox.jsonl",
            model=model,
            env={"CONDUCTOR_REHEARSAL_SPEED": "1000", **(env or {})},
            resume=resume,
        )

    def __call__(
        self,
        model: str,
        *,
        session: str = "s1",
        resume: str | None = None,
        env: dict[str, str] | None = None,
        size: tuple[int, int] = (24, 80),
        ready: bool = True,
        bug: bool = False,
    ) -> Seat:
        order = self.order(model, session, resume, env)
        before = len(record_lines(order.folder, "ready"))
        seat = Seat(order, size, bug=bug)
        self.open.append(seat)
        if ready:
            seat.wait("ready", before + 1)
        return seat
