"""Real programs on subscriptions whose windows fill: limits, moves and returns, as a person has them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conductor import acts
from conductor import events as e
from conductor.config import load
from conductor.inbox import Need, inbox
from conductor.state import Session, SessionState, State
from tests.conformance.accounts import SIGN_IN
from tests.conformance.vendors import VENDORS
from tests.model_server.plans import Plan
from tests.model_server.serve import ModelServer
from tests.runner.house import House

pytestmark = pytest.mark.long

PATIENCE = 60.0
IDLE, LIMITED = SessionState.IDLE, SessionState.LIMITED
BOTH = pytest.mark.parametrize("vendor", ["claude", "codex"])


class Fleet:
    """A house with several subscriptions at a model server."""

    def __init__(self, house: House, server: ModelServer) -> None:
        self.house = house
        self.server = server
        self._lines: list[str] = []

    def subscribe(self, name: str, vendor: str, plan: Plan, slots: int = 4) -> Plan:
        program = VENDORS[vendor].program
        if program is None:
            pytest.skip(VENDORS[vendor].missing)
        home = self.house.folder / name
        home.mkdir()
        env, key = SIGN_IN[vendor](home, self.server.address, name)
        self.server.memory.plans[key] = plan
        env = {"PATH": f"{program.parent}:/usr/bin:/bin", **env}
        self._lines += [
            "[[subscription]]",
            *(f"{k} = {json.dumps(v)}" for k, v in
              {"name": name, "harness": vendor, "home": str(home), "slots": slots,
               "permissions": "edits"}.items()),
            f"env = {{ {', '.join(f'{k} = {json.dumps(v)}' for k, v in env.items())} }}",
        ]  # fmt: skip
        return plan

    def begin(self, failover: str) -> None:
        text = "\n".join([*self._lines, "[fleet]", f'failover = "{failover}"', ""])
        Path(self.house.places.config_file).write_text(text)
        acts.trust(self.house.journal, str(self.house.repo))
        self.house.start()
        self.house.until(lambda state: state.runner)

    def until(self, task: str, come: Callable[[Session], object]) -> Session:
        def found(state: State) -> Session | None:
            if state.tasks[task].session is None:
                return None
            now = self.house.of(task)
            return now if come(now) else None

        try:
            session = self.house.until(found, PATIENCE)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.screens()}") from None
        assert isinstance(session, Session)
        return session

    def screens(self) -> str:
        shown = [self.house.tmux.capture(one.session, ansi=False) for one in self.house.tmux.list()]
        return "\n".join(line for screen in shown for line in screen.splitlines() if line.strip())

    def asked_with(self, word: str) -> list[str]:
        """Return who authorized the requests that contain a word."""
        return [s.headers["authorization"] for s in self.server.seen if word in str(s.body)]

    def file(self, session: Session, name: str) -> Path:
        return Path(session.worktree or "") / name


@pytest.fixture
def fleet(_no_outside: None) -> Iterator[Fleet]:
    house = House()
    with ModelServer() as server:
        try:
            yield Fleet(house, server)
            if house.runners:
                house.runners[-1].terminate()
                assert house.runners[-1].wait(10) == 0, house.story()
        finally:
            house.close()


def soon_full() -> Plan:
    """A plan that has room for few answers more."""
    return Plan(short=0.94, step=0.02, resets=time.time() + 2 * 3600)


WORK = (
    "Remember the word heron [[file=one.txt]] [[file=two.txt]] [[file=three.txt]] "
    "[[file=four.txt]] [[file=five.txt]]"
)


@BOTH
def test_a_limited_session_moves_by_itself_with_its_conversation(fleet: Fleet, vendor: str) -> None:
    fleet.subscribe("first", vendor, soon_full())
    fleet.subscribe("second", vendor, Plan(short=0.2, step=0.01))
    fleet.begin("auto")
    task = fleet.house.task(WORK, subscription=None)
    session = fleet.until(task, lambda s: s.subscription == "second" and s.state is IDLE)
    print(fleet.house.story())
    assert (fleet.file(session, "one.txt")).exists()
