"""Our totals beside the programs' own, and ccusage's, on the same homes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from conductor import acts, meters
from conductor.homes import Home
from conductor.intake import Intake
from conductor.journal import Journal
from conductor.meters import Split
from conductor.readers import read_homes
from conductor.samples import Tokens
from conductor.state import SessionState
from harnesses.records import RecordsError
from tests.agents import install
from tests.bench.bench_usage import ccusage
from tests.conformance.accounts import SIGN_IN
from tests.conformance.fleet import Fleet, room
from tests.conformance.vendors import VENDORS
from tests.model_server.serve import ModelServer
from tests.runner.house import House, soon

pytestmark = pytest.mark.long

SONNET, OPUS = "claude-sonnet-4-5", "claude-opus-5-5"


@dataclass
class Headless:
    """A program that works without a terminal, in one home."""

    folder: Path
    server: ModelServer
    vendor: str
    env: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if VENDORS[self.vendor].program is None:
            pytest.skip(VENDORS[self.vendor].missing)
        self.home = self.folder / self.vendor
        self.home.mkdir()
        env, key = SIGN_IN[self.vendor](self.home, self.server.address, "me")
        self.server.memory.plans[key] = room()
        where = {"claude": "CLAUDE_CONFIG_DIR", "codex": "CODEX_HOME"}[self.vendor]
        about = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "IS_SANDBOX": "1"}
        self.env = {**about, **env, where: str(self.home)}
        self.work = self.folder / f"work-{self.vendor}"
        self.work.mkdir()
        subprocess.run(["git", "init", "-q"], cwd=self.work, check=True)

    def run(self, *words: str) -> list[dict[str, Any]]:
        done = subprocess.run(
            [str(VENDORS[self.vendor].program), *words], check=False, cwd=self.work, env=self.env,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=90,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    def ours(self, by: Split) -> dict[str, Tokens]:
        with Journal(str(self.folder / f"journal-{self.vendor}-{by}")) as journal:
            read_homes(Intake(journal), [Home(self.vendor, str(self.home), "me")], _raise)
            return meters.totals(journal, 0.0, by)


def _raise(_: Home, error: RecordsError) -> None:
    raise error


@pytest.fixture
def server(_no_outside: None) -> Iterator[ModelServer]:
    with ModelServer() as one:
        yield one


def claude(folder: Path, server: ModelServer) -> tuple[Headless, dict[str, Any]]:
    """Have Claude Code work with one model, and go on with another; return its last figures."""
    program = Headless(folder, server, "claude")
    words = ["-p", "--output-format", "json", "--dangerously-skip-permissions"]
    (first,) = program.run(*words, "--model", SONNET, "Make [[file=a.txt]] [[file=b.txt]]")
    again = ["--model", OPUS, "--resume", first["session_id"], "More [[file=c.txt]]"]
    (last,) = program.run(*words, *again)
    return program, last


def codex(folder: Path, server: ModelServer) -> tuple[Headless, dict[str, int]]:
    """Have Codex work, and go on with the same conversation; return its last figures."""
    program = Headless(folder, server, "codex")
    words = ["exec", "--json", "--dangerously-bypass-approvals-and-sandbox"]
    told = program.run(*words, "Make [[file=a.txt]] [[file=b.txt]]")
    (thread,) = [one["thread_id"] for one in told if one["type"] == "thread.started"]
    told = program.run(*words, "resume", thread, "More [[file=c.txt]]")
    (last,) = [one["usage"] for one in told if one["type"] == "turn.completed"]
    return program, last


def test_claude_codes_own_figures_are_ours(tmp_path: Path, server: ModelServer) -> None:
    program, last = claude(tmp_path, server)
    ours, theirs = program.ours(Split.MODEL), last["modelUsage"]
    assert ours.keys() == theirs.keys() == {SONNET, OPUS}
    for model, told in theirs.items():
        mine = ours[model]
        written = told["cacheCreationInputTokens"]
        assert (mine.input, mine.written) == (told["inputTokens"] + written, written)
        assert (mine.cached, mine.output) == (told["cacheReadInputTokens"], told["outputTokens"])
        assert mine.cost_usd == pytest.approx(told["costUSD"], rel=1e-9)
    (state,) = cost_states(program.home)[-1:]
    whole = sum(one.cost_usd or 0.0 for one in ours.values())
    assert whole == pytest.approx(state["totalCostUSD"], rel=1e-9)
    assert whole == pytest.approx(last["total_cost_usd"], rel=1e-9)


def test_codexs_own_figures_are_ours(tmp_path: Path, server: ModelServer) -> None:
    program, told = codex(tmp_path, server)
    (ours,) = program.ours(Split.SUBSCRIPTION).values()
    assert ours.input + ours.cached == told["input_tokens"]
    assert (ours.cached, ours.output) == (told["cached_input_tokens"], told["output_tokens"])
    assert ours.requests == 5


def test_what_only_claude_codes_sum_tells_is_a_title(server: ModelServer) -> None:
    """In the terminal it asks for a title and records nothing of that but in its sum."""
    house = House()
    try:
        fleet = Fleet(house, server)
        fleet.subscribe("me", "claude", room())
        fleet.begin("off")
        task = house.task("Make [[file=a.txt]]")
        fleet.until(task, lambda one: one.state is SessionState.IDLE and one.turns)
        acts.say(house.journal, task, "/exit")
        house.until(lambda _: not house.of(task).live)
        (state,) = soon(lambda: cost_states(house.folder / "me"))[-1:]
        asked = [one.body for one in server.seen]
        titles = [told for body, told in zip(asked, server.memory.told, strict=True)
                  if not body.get("tools") and body["max_tokens"] > 1]  # fmt: skip
        soon(lambda: meters.totals(house.journal, 0.0, Split.MODEL)[OPUS].requests == 2)
        ours = meters.totals(house.journal, 0.0, Split.MODEL)[OPUS]
        theirs = state["modelUsage"][OPUS]
        assert len(titles) == 1
        assert theirs["inputTokens"] - (ours.input - ours.written) == titles[0][0]
        assert theirs["outputTokens"] - ours.output == titles[0][1]
    finally:
        house.close()


def cost_states(home: Path) -> list[dict[str, Any]]:
    found = []
    for path in home.glob("projects/*/*.jsonl"):
        lines = (json.loads(line) for line in path.read_text().splitlines())
        found += [line for line in lines if line["type"] == "cost-state"]
    return found


@pytest.mark.agents
def test_ccusage_counts_the_same(tmp_path: Path, server: ModelServer) -> None:
    program = install.installed("ccusage")
    if program is None:
        pytest.skip("ccusage is not installed: `python -m tests.agents.install ccusage`")
    ours = [make(tmp_path, server)[0] for make in (claude, codex)]
    homes = [Home(one.vendor, str(one.home), "me") for one in ours]
    _, theirs = ccusage(program, tmp_path, homes)
    mine = [total for one in ours for total in one.ours(Split.MODEL).values()]
    for name in ("input", "written", "cached", "output"):
        assert theirs[name] == sum(getattr(one, name) for one in mine)
    known = [one.ours(Split.MODEL) for one in ours]
    priced = sum(
        total.cost_usd or 0.0 for each in known for model, total in each.items() if model != OPUS
    )
    assert theirs["cost_usd"] == pytest.approx(priced, rel=1e-9), "its list knows no Opus 5.5"
