"""A house in which a real agent CLI lives, talking to a model server on loopback."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from conductor import acts
from conductor.state import Session, SessionState, State, TaskState
from tests.agents import install
from tests.conformance.vendors import HEADLESS, Vendor
from tests.model_server.serve import ModelServer
from tests.runner.house import House, soon


@dataclass
class Ground:
    """Where one vendor's agent is tried."""

    vendor: Vendor
    house: House
    server: ModelServer
    mode: str = ""  # what its agent may do unasked
    task: str = ""  # of the agent that several tests talk to, one after the other
    before: int = 0  # turns that it took for tests before this one
    requests: int = 0  # and what it asked of its model for them
    open: ExitStack = field(default_factory=ExitStack)  # what closes all of it

    def configure(
        self, permissions: str = "ask", model: str = "", commands: str = "", slots: int = 8
    ) -> None:
        self.mode = permissions
        home = self.house.folder / "account"
        home.mkdir(exist_ok=True)
        assert self.vendor.program is not None
        path = f"{self.vendor.program.parent}:{install.path()}"
        env = {"PATH": path, **self.vendor.sign_in(home, self.server.address)}
        lines = [
            self.vendor.table,
            "[[subscription]]",
            'name = "plan"',
            f'harness = "{self.vendor.harness}"',
            *(['mode = "headless"'] if self.vendor.name.endswith(HEADLESS) else []),
            f"home = {json.dumps(str(home))}",
            f"slots = {slots}",
            f'permissions = "{permissions}"',
            *([f'model = "{model or self.vendor.model}"'] if model or self.vendor.model else []),
            *([f"commands = [{json.dumps(commands)}]"] if commands else []),
            "[subscription.env]",
            *(f"{key} = {json.dumps(value)}" for key, value in env.items()),
        ]
        Path(self.house.places.config_file).write_text("\n".join(lines) + "\n")

    def sign_out(self) -> None:
        """Take the account away, as a vendor does whose sign-in has run out."""
        self.configure()
        self.vendor.sign_out(self.house.folder / "account")
        text = Path(self.house.places.config_file).read_text()
        Path(self.house.places.config_file).write_text(text.replace('"x"', '"wrong"'))

    def begin(self, words: str) -> str:
        """Queue a task on a trusted repository, and return its id."""
        acts.trust(self.house.journal, str(self.house.repo))
        return self.house.task(words)

    def say(self, words: str) -> str:
        """Say it to the agent that is here, or begin one; return its task.

        What some agents need until they take words is most of what a test would cost.
        """
        if self.task:
            self.before = self.house.of(self.task).turns
            self.requests = len(self.server.seen)
            acts.say(self.house.journal, self.task, words)
        else:
            self.task = self.begin(words)
        return self.task

    @property
    def seen(self) -> str:
        """All that the model was sent since the latest words."""
        return str([seen.body for seen in self.server.seen[self.requests :]])

    @property
    def rests(self) -> bool:
        """Whether its agent waits for words, for another test's as well as for this one's."""
        session = self.house.state.sessions.get(self.house.state.tasks[self.task].session or "")
        idle = session is not None and session.state is SessionState.IDLE and not session.asks
        return idle and not self.house.state.messages

    def until(self, task: str, state: SessionState, *, turns: int = 0, ask: str = "") -> Session:
        """Wait until the session of a task is in a state."""

        def come(_: object) -> Session | None:
            if self.house.state.tasks[task].session is None:
                return None
            now = self.house.of(task)
            late = (now.ask or "").startswith("screen-")  # shown only because it begins late
            new = now.turns >= self.before + turns and (not ask or now.ask != ask) and not late
            return now if now.state is state and new else None

        try:
            found = self.house.until(come, self.vendor.patience)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.screen(task)}") from None
        assert isinstance(found, Session)
        return found

    def refused(self, task: str, patience: float = 0.0) -> str:
        """Wait until a turn has failed, or the agent at its start; return why."""

        def why(state: State) -> str | None:
            told = state.tasks[task].why if state.tasks[task].state is TaskState.FAILED else None
            session = state.sessions.get(state.tasks[task].session or "")
            if session and session.ask_kind == "question":
                return session.ask_text
            turned = session is not None and session.state is SessionState.IDLE and session.turns
            return session.why if session and turned else told

        found = self.house.until(why, patience or self.vendor.patience)
        assert isinstance(found, str)
        return found

    def screen(self, task: str) -> str:
        session = self.house.state.tasks[task].session
        if session is None or not self.house.tmux.has(session):
            return "no terminal"
        lines = self.house.tmux.capture(session, ansi=False).splitlines()
        return "\n".join(line for line in lines if line.strip())

    def soon(self, task: str, come: Callable[[], Any]) -> None:
        """Wait for what is in no journal; a failure shows the agent's screen."""
        end = time.monotonic() + self.vendor.patience
        while not come():
            if time.monotonic() > end:
                pytest.fail(f"not in time\n{self.house.story()}\n{self.screen(task)}")
            time.sleep(0.05)

    def sees(self, task: str, text: str) -> None:
        self.soon(task, lambda: text in self.screen(task))

    def press(self, session: Session, *keys: str) -> None:
        """Press keys in the agent's own terminal, as a person who stepped in does."""
        self.house.tmux.keys(session.id, *keys)

    def pause(self) -> None:
        """Let pass the time that a person takes to read; a dialog takes no key before."""
        until = time.monotonic() + 1.0
        soon(lambda: time.monotonic() > until)

    @contextmanager
    def visit(self, session: Session) -> Iterator[None]:
        """Be in the agent's tile meanwhile, as the screens tell tmux."""
        with self.house.visit(session.id):
            yield

    def type(self, session: Session, words: str) -> None:
        self.house.tmux.keys(session.id, *words)
        self.pause()  # Enter in the same breath is part of what is pasted, to some
        self.house.tmux.keys(session.id, "Enter")

    def file(self, session: Session, name: str) -> Path:
        return Path(session.worktree or "") / name


def opened(vendor: Vendor) -> Ground:
    """Open a house for one vendor's agent, with a runner in it."""
    with ExitStack() as stack:
        house = House()
        stack.callback(house.close)
        made = Ground(vendor, house, stack.enter_context(ModelServer()))
        made.configure()
        house.start()
        house.until(lambda state: state.runner)
        stack.callback(_leaves, house)
        made.open = stack.pop_all()
    return made


def _leaves(house: House) -> None:
    house.runners[-1].terminate()
    assert house.runners[-1].wait(10) == 0, house.story()
