"""aider and Cline for real, run once a prompt."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from conductor import acts
from conductor.samples import totals
from conductor.state import TaskState
from tests.agents import install
from tests.model_server.serve import ModelServer
from tests.runner.house import House

pytestmark = pytest.mark.agents


@pytest.fixture
def ground(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[House, ModelServer]]:
    if "agents" not in request.config.getoption("markexpr"):
        pytest.skip("tried with `-m agents` only: they are large, and installed first")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in list(os.environ):
        if name.startswith(("GIT_", "XDG_", "CONDUCTOR_", "OPENAI_")):
            monkeypatch.delenv(name)
    house = House()
    with ModelServer() as server:
        yield house, server
    house.close()


def _configure(house: House, name: str, home: str, **env: str) -> None:
    path = f"{install.install(name).parent}:{install.path()}"
    listed = ", ".join(f"{key} = {json.dumps(text)}" for key, text in {"PATH": path, **env}.items())
    Path(house.places.config_file).write_text(
        f'[[subscription]]\nname = "it"\nharness = "{name}"\npermissions = "all"\n{home}'
        f"env = {{ {listed} }}\n"
    )
    acts.trust(house.journal, str(house.repo))


def test_aider_takes_a_prompt_a_run_and_remembers(ground: tuple[House, ModelServer]) -> None:
    house, server = ground
    at = {"OPENAI_API_BASE": f"{server.address}/v1", "OPENAI_API_KEY": "x"}
    _configure(house, "aider", 'model = "openai/fake-model"\n', **at)
    task = house.task("Remember the word heron")
    with house.running():
        house.until_task(task, TaskState.REVIEW, seconds=90)
        before = len(server.seen)
        acts.say(house.journal, task, "Go on")
        house.until(lambda s: house.of(task).launches == 2, 90)
        house.until_task(task, TaskState.REVIEW, seconds=90)
        assert house.of(task).code == 0
    assert "heron" in str([seen.body for seen in server.seen[before:]])
    assert house.of(task).files == (), "what it keeps for itself is no change"


def test_cline_works_headless_and_tells_what_it_used(ground: tuple[House, ModelServer]) -> None:
    house, server = ground
    home = house.folder / "cline"
    home.mkdir()
    _configure(house, "cline", f"home = {json.dumps(str(home))}\n")
    sign_in = ["cline", "auth", "--config", str(home), "--data-dir", str(home / "data")]
    sign_in += ["openai-compatible", "-k", "x", "-b", f"{server.address}/v1", "-m", "fake-model"]
    path = f"{install.install('cline').parent}:{install.path()}"
    env = {**os.environ, "PATH": path}
    subprocess.run(sign_in, env=env, check=True, capture_output=True, timeout=60)
    task = house.task("Make it [[file=made.txt]]")
    with house.running():
        house.until_task(task, TaskState.REVIEW, seconds=90)
    session = house.of(task)
    assert session.files == ("made.txt",)
    assert session.last.startswith("Done: Make it")
    assert totals(house.journal.db)[session.id].cached == 200
