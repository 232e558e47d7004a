"""Whatever stands in an agent's files, what comes after it is heard, of this agent and of others."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conductor import events as e
from conductor.cli.main import main
from conductor.journal import Journal
from conductor.places import Places
from conductor.runner.reach import Reach
from conductor.runner.sightings import Sightings
from conductor.samples import totals
from tests.conductor.facts import added, claimed

NEST = '{"a":' * 20_000
STRANGE = [
    NEST + "1" + "}" * 20_000,
    NEST,
    '{"hook_event_name":"UserPromptSubmit","session_id":"\\ud800","prompt":"\\udfff \\ud83d\\ude00"}',
    '{"conductor":"began","pid":7,"of":{"transcript_path":"////x"}}',
    '{"conductor":"began","pid":7,"of":{"transcript_path":"/a/\\u0000/b/c/d.jsonl"}}',
    '{"conductor":"began","pid":7,"of":{"transcript_path":"/"}}',
    '{"conductor":"context","size":200000,"percent":-1e308}',
    '{"conductor":"context","size":200000,"percent":1e999}',
    '{"conductor":"asked","ask":"ask-1-1","of":{"tool_name":"AskUserQuestion",'
    '"tool_input":{"questions":[{"question":"q","options":true}]}}}',
    '{"statusUpdatedAt":1' + "0" * 400 + ',"status":"waiting","waitingFor":"x"}',
    *(
        f'{{"conductor":"limits","at":5,"of":{{"five_hour":{{"used_percentage":{used},'
        f'"resets_at":{resets}}}}}}}'
        for used, resets in (("NaN", "5"), ("1", "1e308"), ("1e400", "-Infinity"), ("-1", "9" * 30))
    ),
    '{"type":"assistant","requestId":"r","message":{"id":"i","model":"m","usage":'
    '{"input_tokens":99999999999999999,"output_tokens":-5}}}',
]  # fmt: skip
LAST = '{"hook_event_name":"UserPromptSubmit","session_id":"x","prompt":"Go on."}\n{"hook_event_name":"Stop","last_assistant_message":"That is all."}'


@pytest.fixture
def places(tmp_path: Path) -> Places:
    made = Places(str(tmp_path / "home"), str(tmp_path / "home"))
    made.make()
    return made


@pytest.fixture
def journal(places: Places) -> Iterator[Journal]:
    with Journal(places.journal) as made:
        made.append(
            added(), e.SessionClaimed("s1", "t1", "claude", "max"), e.SessionStarted("s1", 1),
            e.SessionBusy("s1", "hook"),
        )  # fmt: skip
        yield made


@pytest.fixture
def sightings(places: Places, journal: Journal) -> Sightings:
    Path(places.sessions, "s1").mkdir()
    return Sightings(Reach(places, journal))


def read(sightings: Sightings, *lines: str) -> None:
    """Let the runner read these lines of its inbox."""

    async def reads() -> None:
        sightings.read("s1")

    inbox = Path(sightings.reach.places.sessions, "s1", "inbox.jsonl")
    inbox.write_text("".join(f"{line}\n" for line in lines))
    asyncio.run(reads())


@pytest.mark.parametrize("line", STRANGE, ids=range(len(STRANGE)))
def test_a_strange_line_is_passed_over(sightings: Sightings, line: str) -> None:
    read(sightings, line, LAST)
    assert sightings.reach.state().sessions["s1"].last == "That is all."


def test_what_was_strange_is_told_as_no_figure(
    places: Places, sightings: Sightings, journal: Journal,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    read(sightings, *STRANGE, LAST)
    assert not journal.state.windows
    assert not totals(journal)
    monkeypatch.setenv("CONDUCTOR_HOME", places.state)
    assert main(["log"]) == 0
    assert main(["log", "--json"]) == 0
    for line in capsys.readouterr().out.splitlines():
        if line.startswith("{"):
            json.loads(line, parse_constant=lambda name: pytest.fail(name))


def test_an_older_figure_beyond_all_time_is_told_all_the_same(
    places: Places, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.append(e.WindowSeen("max", "5h", 0.5, 1e308, 18_000.0, None, "s1", seen=1.0))
    monkeypatch.setenv("CONDUCTOR_HOME", places.state)
    assert main(["log"]) == 0


def test_what_is_no_file_is_not_read(
    places: Places, sightings: Sightings, journal: Journal, tmp_path: Path
) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    pipe = theirs / "pipe"
    os.mkfifo(pipe)
    journal.append(
        *(
            e.SessionRecorded("s1", path, whole)
            for path in (str(pipe), str(tmp_path), "/x", "no/path", "\0", "/" + "x" * 5000)
            for whole in (False, True)
        ),
        added("t2"), claimed("s2", "t2"), e.SessionStarted("s2", 1),
    )  # fmt: skip
    began = time.monotonic()
    read(sightings, LAST)
    session = journal.state.sessions["s1"]
    assert session.last == "That is all."
    sightings.witnesses._ask_status(session, str(pipe))
    assert time.monotonic() - began < 30
    assert sightings._folders() == {places.sessions, str(theirs)}, "but not all there is"
