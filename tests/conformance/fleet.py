"""Several subscriptions at a model server, whose windows fill."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from conductor import acts
from conductor import events as e
from conductor.state import Session, State, Window
from conductor.windows import of_all
from tests.conformance.accounts import SIGN_IN
from tests.conformance.vendors import VENDORS
from tests.model_server.plans import Plan
from tests.model_server.serve import ModelServer
from tests.runner.house import House

PATIENCE = 60.0


class Fleet:
    """A house with several subscriptions at a model server."""

    def __init__(self, house: House, server: ModelServer) -> None:
        self.house = house
        self.server = server
        self._lines: list[str] = []
        self.keys: dict[str, str] = {}

    def subscribe(self, name: str, vendor: str, plan: Plan, slots: int = 4) -> Plan:
        program = self.program(vendor)
        home = self.house.folder / name
        home.mkdir()
        env, key = SIGN_IN[vendor](home, self.server.address, name)
        self.keys[name] = key
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

    def program(self, vendor: str) -> Path:
        program = VENDORS[vendor].program
        if program is None:
            pytest.skip(VENDORS[vendor].missing)
        return program

    def instead(self, name: str, program: Path) -> None:
        """Have another program stand in for the agent of one subscription."""
        line = self._lines.index(f"name = {json.dumps(name)}")
        env = next(n for n in range(line, len(self._lines)) if self._lines[n].startswith("env"))
        self._lines[env] = self._lines[env].replace('PATH = "', f'PATH = "{program.parent}:')

    def configure(self, failover: str) -> None:
        text = "\n".join([*self._lines, "[fleet]", f'failover = "{failover}"', ""])
        Path(self.house.places.config_file).write_text(text)
        self.house.task("Only to have the runner look", held=True)

    def begin(self, failover: str) -> None:
        self.configure(failover)
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

    def told(self, name: str) -> list[Window]:
        return of_all(self.house.state, name)

    def continues(self, message: str) -> bool:
        queued = self.house.facts(e.MessageQueued)
        return any(f.message == message and f.kind == "continue" for f in queued)

    def file(self, session: Session, name: str) -> Path:
        return Path(session.worktree or "") / name


def soon_full() -> Plan:
    """A plan that has room for few answers more."""
    return Plan(short=0.94, step=0.02, resets=time.time() + 2 * 3600)


def room(short: float = 0.2) -> Plan:
    return Plan(short=short, step=0.005)
