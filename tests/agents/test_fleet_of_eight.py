"""Eight real agents of four vendors, and a person at the screens with nothing but keys."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conductor.state import ALIVE, Session, SessionState, State, TaskState
from conductor.tui import looks
from tests.agents import install
from tests.conformance.others import OTHERS
from tests.conformance.vendors import VENDORS, Vendor
from tests.model_server.serve import ModelServer
from tests.runner.house import House, kill

ROOT = Path(__file__).parents[2]
NAMES = ("claude", "codex", "gemini", "opencode")
PATIENCE = 240.0
WAITING, ENDED = SessionState.WAITING, SessionState.ENDED
KEYS = {"claude": "1", "codex": "y", "gemini": "1", "opencode": "Enter"}
"""What allows once in each vendor's own dialog."""


class Person:
    """Somebody at a terminal of their own, 160 by 45."""

    def __init__(self, house: House, server: ModelServer) -> None:
        self.house = house
        self.socket = str(house.folder / "person.sock")
        vendors = {**VENDORS, **{one.name: one for one in OTHERS}}
        tables = [self._plan(vendors[name], server.address) for name in NAMES]
        Path(house.places.config_file).write_text("\n".join(tables))

    def _plan(self, vendor: Vendor, address: str) -> str:
        program = vendor.program or install.install(vendor.name)
        home = self.house.folder / vendor.name
        home.mkdir()
        env = {"PATH": f"{program.parent}:{install.path()}", **vendor.sign_in(home, address)}
        listed = ", ".join(f"{key} = {json.dumps(value)}" for key, value in env.items())
        return (
            f'[[subscription]]\nname = "{vendor.name}"\nharness = "{vendor.name}"\n'
            f"home = {json.dumps(str(home))}\nslots = 2\nenv = {{ {listed} }}\n"
        )

    def tmux(self, *words: str) -> str:
        env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        env |= {"LANG": "C.UTF-8", "CONDUCTOR_HOME": self.house.places.state}
        env |= {"PYTHONPATH": str(ROOT), "GIT_CONFIG_GLOBAL": os.devnull}
        argv = ["tmux", "-f", os.devnull, "-S", self.socket, *words]
        return subprocess.run(argv, capture_output=True, text=True, check=False, env=env).stdout

    def sit_down(self) -> None:
        words = shlex.join([sys.executable, "-m", "conductor", str(self.house.repo)])
        self.tmux("new-session", "-d", "-x", "160", "-y", "45", f"{words}; echo left; cat")

    def press(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)

    def sees(self, *wanted: str, gone: tuple[str, ...] = (), seconds: float = 60.0) -> str:
        until = time.monotonic() + seconds
        while True:
            shown = self.tmux("capture-pane", "-p")
            if all(words in shown for words in wanted) and not any(w in shown for w in gone):
                return shown
            assert time.monotonic() < until, f"{wanted} without {gone} never came:\n{shown}"
            time.sleep(0.05)  # between looks, until the deadline

    def looks_for(self, ask: str) -> None:
        """Go through the inbox to one that asks this: some may ask for their second already."""
        for key in ["Down"] * 9 + ["Up"] * 9:
            before = ""
            while before != (shown := self.sees()):
                before = shown
                time.sleep(0.7)  # until what is drawn stands still, as a person waits
            if any(line.strip() == ask for line in shown.splitlines()):
                return
            self.press(key)
        raise AssertionError(self.sees())

    def adds(self, words: str) -> None:
        self.press("n")
        self.sees("What is to be done?")
        self.tmux("send-keys", "-l", words)
        self.press("C-s")
        self.sees(gone=("What is to be done?",))

    def until(self, come: object) -> None:
        try:
            self.house.until(come, PATIENCE)  # type: ignore[arg-type]
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.tmux('capture-pane', '-p')}") from None

    def check(self) -> None:
        """Compare every state on the wall with the journal's, in a moment in which both stand."""
        self.press("f")
        until = time.monotonic() + 30
        while True:
            before = self._words()
            shown = self.tmux("capture-pane", "-p")
            wrong = [line for task, word in before.items() if not (line := _on(shown, task, word))]
            if not wrong and before == self._words():
                return
            assert time.monotonic() < until, f"the wall is not as the journal: {before}\n{shown}"
            time.sleep(0.1)  # between looks, until the deadline

    def _words(self) -> dict[str, str]:
        state = self.house.state
        return {
            f"{task.id} {task.title[:6]}": looks.look(
                task, state.sessions.get(task.session or "")
            ).word
            for task in state.tasks.values()
            if task.state in ALIVE  # what failed is not on the wall: the inbox tells of it
        }

    def picture(self, name: str) -> None:
        """Draw the fleet into the documents, where somebody asked for that."""
        if folder := os.environ.get("CONDUCTOR_PICTURES"):
            env = {**os.environ, "CONDUCTOR_HOME": self.house.places.state}
            out = str(Path(folder) / name)
            argv = [
                sys.executable,
                "-m",
                "conductor",
                "shot",
                "fleet",
                "--size",
                "160x45",
                "-o",
                out,
            ]
            subprocess.run(argv, check=True, env=env)


def _on(shown: str, task: str, word: str) -> bool:
    """Say whether some line of the screen has a task and, there or beside it, its state."""
    return task in shown and word in shown


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Person]:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in list(os.environ):
        if name.startswith(("GIT_", "XDG_", "CONDUCTOR_HOME", "ANTHROPIC_", "CLAUDE_", "OPENAI_")):
            monkeypatch.delenv(name)
    house = House(trusted=False)
    with ModelServer() as server:
        made = Person(house, server)
        try:
            yield made
        finally:
            made.tmux("kill-server")
            house.close()


def _asking(state: State) -> list[Session]:
    found = [state.sessions[task.session] for task in state.tasks.values() if task.session]
    return [one for one in found if one.state is WAITING and one.ask_kind == "permission"]


@pytest.mark.agents
@pytest.mark.long
def test_a_fleet_of_eight_is_led_by_keys(person: Person) -> None:
    house = person.house
    person.sit_down()
    person.sees("New task")
    asks = " ".join(f"[[outside=I want it]] [[run=touch {one}]]" for one in ("first", "second"))
    for number in range(1, 9):
        person.adds(f"Work {number} {asks}")

    person.press("i")
    person.sees("Do you trust what is in project?")
    person.press("y")
    person.until(lambda s: len(_asking(s)) == 8)
    assert {one.harness for one in house.state.sessions.values()} == set(NAMES)
    person.check()
    person.picture("eight.svg")

    # The first permission of each, from the inbox.
    person.press("i")
    for left in range(7, -1, -1):
        person.looks_for("touch first")
        person.press("y")
        person.until(lambda s, left=left: len(_unanswered(s)) <= left)
    person.until(lambda s: all(_file(one, "first") for one in s.sessions.values()))
    person.until(lambda s: len(_asking(s)) == 8)
    person.check()

    # The runner is killed, and one agent: the screens start another runner, which sees it.
    lost = next(one for one in house.state.sessions.values() if one.harness == "claude")
    kill(house.state.runner or 0)
    kill(_agent(lost))
    person.adds("Say hello")
    person.until(lambda s: s.sessions[lost.id].state is ENDED)
    person.until(lambda s: s.tasks[lost.task].state is TaskState.FAILED)
    person.until(lambda s: s.tasks["t9"].state is TaskState.REVIEW)
    person.check()
    assert len(_asking(house.state)) == 7

    # The second permission of each, in its own terminal.
    for task in list(house.state.tasks.values()):
        session = house.state.sessions[task.session or ""]
        if session not in _asking(house.state):
            continue
        person.press("f")
        alive = [one.id for one in house.state.tasks.values() if one.state in ALIVE]
        person.press(str(alive.index(task.id) + 1))  # the number on its tile
        person.press("Enter")
        person.sees("F12 leaves")
        person.press(KEYS[session.harness])
        person.until(lambda s, t=task.id: s.tasks[t].state is TaskState.REVIEW)
        assert _file(session, "second")
        person.press("F12")
        person.sees(gone=("You type to",))
    person.check()
    person.picture("eight-done.svg")
    person.press("C-q")
    person.sees("left")


def _unanswered(state: State) -> list[str]:
    """List the sessions whose first permission nobody has answered yet."""
    coming = {message.session for message in state.messages.values()}
    return [one.id for one in state.sessions.values()
            if not _file(one, "first") and one.id not in coming]  # fmt: skip


def _file(session: Session, name: str) -> bool:
    return (Path(session.worktree or "") / name).exists()


def _agent(session: Session) -> int:
    """Find the process of the agent itself, below its launch script."""
    from conductor.terminals import processes

    found = processes.tree(session.pid or 0)
    return next(one.pid for one in found if one.command.startswith(session.harness))
