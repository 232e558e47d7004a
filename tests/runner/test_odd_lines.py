"""What an agent's files may hold, and where they may be said to be: none of it ends a runner."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from conductor import events as e
from conductor.runner.sightings import Sightings
from conductor.samples import totals
from conductor.state import SessionState, TaskState
from tests.runner.conftest import Say
from tests.runner.house import House

HUGE = "1" + "0" * 400
LINES = [
    *(
        f'{{"conductor":"context","size":{one},"percent":{other}}}'
        for one, other in (("9", "NaN"), ("9", "1e999"), (HUGE, "5"), ("1e300", "1e300"))
    ),
    f'{{"conductor":"limits","at":{HUGE},"of":{{"five_hour":{{"used_percentage":1}}}}}}',
    f'{{"statusUpdatedAt":{HUGE},"status":"waiting"}}',
    '{"a":' + "[" * 50_000 + "]" * 50_000 + "}",
    '{"conductor":"began","pid":1,"of":{"transcript_path":"/////"}}',
    '{"conductor":"asked","of":{"tool_name":"AskUserQuestion","tool_input":{"questions":[{"options":7}]}}}',
]


@pytest.fixture
def sightings(house: House) -> Sightings:
    """A Claude Code that has just been started, as far as facts tell, and whoever reads of it."""
    return Sightings(house.begun("claude"))


def tell(house: House, *lines: str) -> None:
    with (Path(house.places.sessions) / "s1" / "inbox.jsonl").open("a") as inbox:
        inbox.writelines(f"{line}\n" for line in lines)


@pytest.mark.parametrize("line", LINES, ids=range(len(LINES)))
async def test_a_line_that_cannot_be_meant_is_passed_over(
    house: House, sightings: Sightings, line: str
) -> None:
    tell(house, line, '{"hook_event_name":"UserPromptSubmit","session_id":"x","prompt":"Go"}')
    sightings.look(house.state)
    assert house.of("t1").state is SessionState.BUSY
    await sightings.reach.work.stop()


async def test_figures_that_cannot_be_are_none(house: House, sightings: Sightings) -> None:
    for used, resets in (("5", "1e17"), ("NaN", "5"), ("5", "-Infinity")):
        window = f'{{"five_hour":{{"used_percentage":{used},"resets_at":{resets}}}}}'
        tell(house, f'{{"conductor":"limits","at":5,"of":{window}}}')
    begun = '{"type":"assistant","requestId":"r","message":{"id":"i","model":"m","usage":'
    for fresh, output in ((10**17, 5), (5, -5)):
        tell(house, begun + f'{{"input_tokens":{fresh},"output_tokens":{output}}}}}}}')
    house.configure()  # and so nobody else reads the vendor's records
    sightings.look(house.state)
    assert not house.facts(e.WindowSeen)
    assert not totals(house.journal.db)
    await sightings.reach.work.stop()


def test_a_figure_beyond_all_time_that_was_noted_once_is_told(house: House, command: Say) -> None:
    house.journal.append(e.WindowSeen("max", "5h", 0.5, 1e308, 18_000.0, None, "s1"))
    assert "at no time that can be" in command("log")


async def test_not_all_that_lies_around_a_record_is_watched(
    house: House, sightings: Sightings
) -> None:
    theirs = house.folder / "theirs"
    theirs.mkdir()
    for folder in (theirs, Path("/"), house.folder, Path(house.places.sessions) / "s1"):
        house.journal.append(e.SessionRecorded("s1", str(folder / "x"), whole=False))
    assert sightings._folders() == {house.places.sessions, str(theirs)}


async def test_records_are_followed_where_there_can_be_some(
    house: House, sightings: Sightings
) -> None:
    real, pipe = house.folder / "real.jsonl", house.folder / "pipe.jsonl"
    os.mkfifo(pipe)
    told = [str(house.folder), str(pipe), "/a\0b", "/\udcff", "/" + "x" * 5000, str(real)]
    for path in told:
        began = {"session_id": "x", "source": "startup", "transcript_path": path}
        tell(house, json.dumps({"conductor": "began", "of": began}))
    sightings.look(house.state)
    failed = {"type": "assistant", "isApiErrorMessage": True, "message": {}, "error": "No credit"}
    real.write_text(json.dumps(failed) + "\n")
    sightings.look(house.state)
    sightings.read("s1")
    assert house.of("t1").why == "No credit"
    assert str(real) in house.of("t1").records
    await sightings.reach.work.stop()


async def test_a_status_that_is_a_pipe_keeps_nobody_waiting(
    house: House, sightings: Sightings
) -> None:
    pipe = house.folder / "pipe.json"
    os.mkfifo(pipe)
    house.journal.append(e.SessionRecorded("s1", str(pipe), whole=True))
    held = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)  # else even to open it would be to wait
    sightings.witnesses.hear(house.of("t1"))
    os.close(held)
    assert not house.facts(e.SessionBusy)


def test_what_an_agent_says_of_launches_is_no_launch(house: House) -> None:
    """Tools tell such words of what they have launched themselves."""
    task = house.task("Work", ["$ echo half > half", "Done."], ["$ echo whole > half", "Done."])
    house.settle()
    tell(house, '{"hook_event_name":"PostToolUse","tool_response":{"status":"launched"}}')
    house.tmux.kill("s1")
    house.act("send_back", task, "Go on")
    assert house.settle().tasks[task].state is TaskState.REVIEW, house.story()
    assert house.prompts("s1") == ["Work", "Go on"]


def test_a_session_whose_agent_is_no_longer_set_up_cannot_be_taken_up_again(house: House) -> None:
    mine = '[[subscription]]\nname = "mine"\nharness = "mine"\n[harness.mine]\n'
    takes = (
        'command = ["sh", "-c", "echo takes words; cat"]\nprompt = "typed"\nready = "takes words"\n'
    )
    house.configure(more=mine + takes)
    task = house.task("Work", harness="mine")
    with house.running():
        house.until(lambda _: house.facts(e.SessionBusy))
    house.tmux.stop_server()
    house.journal.append(e.SessionLost("s1", "it went"))
    house.configure(more=f"{mine}acp = 7\n")
    house.act("resume_all")
    house.settle()
    assert house.state.tasks[task].state is TaskState.FAILED, house.story()
