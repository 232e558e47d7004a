"""What befalls Claude Code and Codex from outside, and what is said of it."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from conductor import acts
from conductor import events as e
from conductor.state import SessionState, State, TaskState
from tests.conformance.ground import Ground

pytestmark = pytest.mark.long
IDLE, BUSY = SessionState.IDLE, SessionState.BUSY


@pytest.fixture(autouse=True)
def _only_those_two(ground: Ground) -> None:
    if ground.vendor.harness not in ("claude", "codex"):
        pytest.skip("tried with Claude Code and Codex")


def test_an_account_without_credit_is_said_and_can_be_gone_on_with(ground: Ground) -> None:
    ground.configure("edits")
    task = ground.begin("Work [[broke]]")
    assert "credit balance is too low" in ground.refused(task).lower()
    session = ground.house.of(task)
    assert session.state is IDLE
    assert not session.last.startswith("Done")
    acts.say(ground.house.journal, task, "Again [[file=made.txt]]")
    session = ground.until(task, IDLE, turns=2)
    assert ground.file(session, "made.txt").exists()
    assert not ground.house.facts(e.SessionLimited)


def test_an_unreachable_network_is_said(ground: Ground) -> None:
    if ground.vendor.harness == "codex":
        pytest.skip("Codex waits for the network, however long it takes: it is at work meanwhile")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
    config = Path(ground.house.places.config_file)
    patient = config.read_text().replace(
        "[subscription.env]\n", '[subscription.env]\nCLAUDE_CODE_MAX_RETRIES = "1"\n'
    )
    config.write_text(patient.replace(ground.server.address, address))
    task = ground.begin("Work")
    assert ground.refused(task, 180.0)
    assert not ground.house.facts(e.SessionLimited)


def test_broken_settings_are_named_and_left_as_they_are(ground: Ground) -> None:
    name = {"claude": ".claude.json", "codex": "config.toml"}[ground.vendor.harness]
    file = ground.house.folder / "account" / name
    file.write_text("{ this is not = it")
    task = ground.begin("Work")

    def failed(state: State) -> str | None:
        return state.tasks[task].why if state.tasks[task].state is TaskState.FAILED else None

    why = ground.house.until(failed, ground.vendor.patience)
    assert name in why
    assert file.read_text() == "{ this is not = it"


def test_where_a_hook_of_ours_fails_the_state_is_right(ground: Ground) -> None:
    if ground.vendor.name != "claude":
        pytest.skip("only Claude Code has a status beside its hooks")
    task = ground.begin("Begin")
    session = ground.until(task, IDLE, turns=1)
    script = Path(ground.house.places.sessions) / session.id / "hook.sh"
    script.write_text("exit 1\n")
    acts.say(ground.house.journal, task, "Wait [[delay=3]]")
    ground.until(task, BUSY)
    session = ground.until(task, IDLE, turns=2)
    assert json.loads(Path(session.witness or "").read_text())["status"] == "idle"
