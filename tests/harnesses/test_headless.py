"""Vendors' print modes: what their lines become in our pane, and in its record."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harnesses import (
    Asked,
    Busy,
    HarnessError,
    Idle,
    Limited,
    Named,
    Order,
    Permissions,
    Printing,
    Recorded,
    Reply,
    TurnFailed,
    Used,
    Window,
)
from harnesses.acp.plan import NAME, Plan
from harnesses.acp.process import Child
from harnesses.acp.talk import Turn
from harnesses.acp.told import Ask, Entry, Filled, Told, Tool, Withdrawn
from harnesses.builtin.happenings import Note, Words
from harnesses.claude import Claude
from harnesses.codex import Codex
from harnesses.headless import lines
from harnesses.headless.claude_talk import ClaudeTalk
from harnesses.headless.codex_talk import CodexTalk


class Mute(ClaudeTalk):
    """Claude Code without a process: what is written to it is kept."""

    def __init__(self, **plan: Any) -> None:
        self.heard: list[Told] = []
        self.written: list[Mapping[str, Any]] = []
        super().__init__(Plan("claude", ("claude",), "/w", home="/none", **plan), self.heard.append)

    def _write(self, entry: Mapping[str, Any]) -> None:
        self.written.append(entry)

    def take(self, *entries: Mapping[str, Any]) -> None:
        for entry in entries:
            self._hear(entry)


def said(*blocks: Mapping[str, Any], who: str = "assistant") -> dict[str, Any]:
    return {"type": who, "parent_tool_use_id": None, "message": {"content": [*blocks]}}


RUN = {"type": "tool_use", "id": "u1", "name": "Bash", "input": {"command": "make"}}
DONE = {"type": "tool_result", "tool_use_id": "u1", "content": "made", "is_error": False}
RESULT = {"type": "result", "is_error": False, "terminal_reason": "completed"}
INIT = {"type": "system", "subtype": "init", "session_id": "v1"}


async def turn(talk: Mute, *entries: Mapping[str, Any]) -> Turn:
    """Play a turn in which the agent says this."""
    played = asyncio.create_task(talk.prompt("Go"))
    await asyncio.sleep(0)
    talk.take(*entries)
    return await asyncio.wait_for(played, 5)


async def test_a_turn_of_claude_is_told_with_its_tools() -> None:
    talk = Mute()
    model = {"m": {"contextWindow": 1000}}
    usage = {"input_tokens": 30, "cache_read_input_tokens": 70, "output_tokens": 9}
    answer = said({"type": "text", "text": "Done."})
    answer["message"]["usage"] = usage
    ended = await turn(
        talk, INIT, said(RUN), said(DONE, who="user"), answer, {**RESULT, "modelUsage": model}
    )
    assert (ended.stop, talk.id) == ("end_turn", "v1")
    tools = [(one.status, one.output) for one in talk.heard if isinstance(one, Tool)]
    assert tools == [("in_progress", ""), ("completed", "made")]
    assert Words("Done.\n") in talk.heard
    assert Filled(100, 1000) in talk.heard
    assert Entry("named", {"id": "v1"}) in talk.heard


async def test_a_turn_of_claude_ends_with_its_helpers() -> None:
    talk = Mute()
    tasks = {"type": "system", "subtype": "background_tasks_changed"}
    played = asyncio.create_task(talk.prompt("Go"))
    await asyncio.sleep(0)
    talk.take(INIT, {**tasks, "tasks": [{"task_type": "local_agent"}]}, RESULT)
    assert not played.done()
    talk.take({**tasks, "tasks": []}, INIT, RESULT)
    assert (await asyncio.wait_for(played, 5)).stop == "end_turn"
    talk.take(INIT, said({"type": "text", "text": "More."}), RESULT)
    assert talk.heard[-1] == Entry("end", {"last": "More.", "stop": "end_turn"})
    assert Entry("woke") in talk.heard


@pytest.mark.parametrize(
    ("ends", "stop", "until"),
    [
        ({"terminal_reason": "aborted_streaming", "is_error": True}, "cancelled", None),
        ({"is_error": True, "result": "no credit left"}, "no credit left", None),
    ],
)
async def test_a_turn_of_claude_that_fails_says_why(
    ends: dict[str, Any], stop: str, until: float | None
) -> None:
    ended = await turn(Mute(), INIT, {**RESULT, **ends})
    assert (ended.stop, ended.until) == (stop, until)


async def test_a_window_of_claude_that_is_used_up_is_a_limit() -> None:
    info = {"status": "rejected", "resetsAt": 77, "rateLimitType": "five_hour"}
    limit = {"type": "rate_limit_event", "rate_limit_info": info}
    ended = await turn(Mute(), INIT, limit, {**RESULT, "is_error": True, "result": "used up"})
    assert (ended.stop, ended.until) == ("limit", 77.0)


def asked(tool: str, given: Mapping[str, Any]) -> dict[str, Any]:
    request = {"subtype": "can_use_tool", "tool_name": tool, "input": given, "tool_use_id": "u1"}
    return {"type": "control_request", "request_id": "r1", "request": request}


def decision(talk: Mute) -> Mapping[str, Any]:
    found: Mapping[str, Any] = talk.written[-1]["response"]["response"]
    return found


def test_permissions_of_claude_are_given_and_refused() -> None:
    for word, told in (("allow", {"behavior": "allow"}), ("reject", {"behavior": "deny"})):
        talk = Mute()
        talk.take(asked("Bash", {"command": "make"}))
        (ask,) = talk.heard
        assert isinstance(ask, Ask)
        assert "make" in ask.text
        for _ in range(2):
            ask.settle(ask.option(word))
        assert decision(talk).items() >= told.items()
        assert len(talk.written) == 1, "answered once"


def test_a_refusal_of_claude_tells_why() -> None:
    talk = Mute()
    talk.take(asked("Bash", {"command": "make"}))
    (ask,) = talk.heard
    assert isinstance(ask, Ask)
    assert ask.refuse is not None
    ask.refuse("rather not")
    assert decision(talk) == {"behavior": "deny", "message": "rather not"}


def test_a_question_of_claude_is_answered_in_words() -> None:
    talk = Mute()
    options = [{"label": "red", "description": "warm"}]
    given = {"questions": [{"question": "Which colour?", "options": options}]}
    talk.take(asked("AskUserQuestion", given))
    (ask,) = talk.heard
    assert isinstance(ask, Ask)
    assert ask.text == "Which colour?\n- red: warm"
    assert ask.words is not None
    ask.words("green")
    assert decision(talk)["updatedInput"]["answers"] == {"Which colour?": "green"}


def test_what_claude_withdraws_is_not_answered() -> None:
    talk = Mute()
    talk.take(asked("Bash", {}), {"type": "control_cancel_request", "request_id": "r1"})
    ask, withdrawn = talk.heard
    assert isinstance(ask, Ask)
    assert withdrawn == Withdrawn(ask.id), "the pane shows it no more"
    ask.settle(ask.options[0])
    assert not talk.written


CODEX = """
cat >/dev/null
echo '{"type":"thread.started","thread_id":"x1"}'
echo '{"type":"item.completed","item":{"id":"i","type":"agent_message","text":"Done."}}'
"""


async def test_a_line_beyond_all_measure_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harnesses.acp.process._LONGEST", 100)
    text = f'{{"a": "{"x" * 5000}"}}\n{{"a": 1}}\n'
    (tmp_path / "lines").write_text(text)
    child = await Child.start("it", ("cat", "lines"), str(tmp_path))
    assert [one async for one in lines.told(child)] == [{"a": 1}]
    await child.close()


async def codex(tmp_path: Path, end: str) -> tuple[Turn | str, list[Told], CodexTalk]:
    script = tmp_path / "codex"
    script.write_text(f"#!/bin/sh\n{CODEX}{end}\n")
    script.chmod(0o700)
    heard: list[Told] = []
    talk = CodexTalk(Plan("codex", (str(script),), str(tmp_path), home=str(tmp_path)), heard.append)
    await talk.open(None)
    try:
        return await talk.prompt("Go"), heard, talk
    except HarnessError as error:
        return str(error), heard, talk
    finally:
        await talk.close()


async def test_a_turn_of_codex_is_a_process(tmp_path: Path) -> None:
    ended, heard, talk = await codex(tmp_path, """echo '{"type":"turn.completed"}'""")
    assert isinstance(ended, Turn)
    assert (ended.stop, talk.id, talk.code) == ("end_turn", "x1", None)
    assert Words("Done.\n") in heard
    assert Entry("named", {"id": "x1"}) in heard


async def test_trouble_that_codex_gets_over_is_no_failure(tmp_path: Path) -> None:
    waits = """echo '{"type":"error","message":"waiting for network"}'"""
    ended, heard, _ = await codex(
        tmp_path, f"""{waits}; {waits}; echo '{{"type":"turn.completed"}}'"""
    )
    assert isinstance(ended, Turn)
    assert ended.stop == "end_turn"
    assert heard.count(Note("waiting for network")) == 1
    ended, _, _ = await codex(tmp_path, f"{waits}; exit 1")
    assert isinstance(ended, Turn)
    assert ended.stop == "waiting for network"


async def test_a_turn_of_codex_that_fails_says_why(tmp_path: Path) -> None:
    failed = """echo '{"type":"turn.failed","error":{"message":"no such model"}}'; exit 1"""
    ended, _, talk = await codex(tmp_path, failed)
    assert isinstance(ended, Turn)
    assert (ended.stop, talk.code) == ("no such model", None)
    ended, _, talk = await codex(tmp_path, "kill -9 $$")
    assert talk.code == 137
    assert "137" in str(ended)


async def test_a_limit_of_codex_ends_when_its_rollout_says(tmp_path: Path) -> None:
    folder = tmp_path / "sessions" / "2026" / "11" / "21"
    folder.mkdir(parents=True)
    window = {"used_percent": 100.0, "window_minutes": 300, "resets_at": 99}
    payload = {"type": "token_count", "rate_limits": {"limit_id": "codex", "primary": window}}
    rollout = folder / "rollout-2026-x1.jsonl"
    rollout.write_text(json.dumps({"type": "event_msg", "payload": payload}) + "\n")
    told = """echo '{"type":"turn.failed","error":{"message":"You hit your usage limit."}}'"""
    ended, heard, _ = await codex(tmp_path, told)
    assert isinstance(ended, Turn)
    assert (ended.stop, ended.until) == ("limit", 99.0)
    assert Entry("recorded", {"path": str(rollout)}) in heard


def order(tmp_path: Path, **more: Any) -> Order:
    known = {"repo": tmp_path / "repo", "trusted": True, "fresh": "f1", "home": tmp_path / "home"}
    return Order("s1", tmp_path / "w", tmp_path, tmp_path / "inbox", **{**known, **more})


def test_both_are_started_as_their_permissions_say(tmp_path: Path) -> None:
    for vendor, mode, full in (
        (Claude(), "default", "bypassPermissions"),
        (Codex(), "read-only", "workspace-write"),
    ):
        assert isinstance(vendor, Printing)
        for permissions, word in ((Permissions.ASK, mode), (Permissions.ALL, full)):
            launch = vendor.headless.launch(order(tmp_path, permissions=permissions))
            plan = json.loads(launch.seeds[tmp_path / NAME])
            assert word in plan["command"]
            assert launch.program == vendor.name
        with pytest.raises(HarnessError, match="conductor trust"):
            vendor.headless.launch(order(tmp_path, trusted=False)).merges[0].change(None)


def test_the_record_decides_and_the_vendors_own_only_adds(tmp_path: Path) -> None:
    harness = Claude().headless

    def read(**entry: Any) -> list[object]:
        return list(harness.read(json.dumps(entry)))

    assert read(type="asked", ask="a1", text="May I?", what="question") == [
        Asked("a1", "question", "May I?")
    ]
    assert read(type="limited", until=7, text="full") == [Limited(7.0, "full")]
    assert read(type="recorded", path="/t") == [Recorded("/t")]
    assert read(type="named", id="v1") == [Named("v1")]
    assert read(type="woke") == [Busy()]
    assert read(type="end", last="Done") == [Idle("Done")]
    window = {"five_hour": {"utilization": 0.5, "resetsAt": 9}}
    (told,) = read(type="rate_limit_event", rate_limit_info={"unifiedWindows": window})
    assert isinstance(told, Window)
    message = {"id": "m1", "model": "x", "content": [], "usage": {"output_tokens": 3}}
    (used,) = read(type="assistant", message=message)
    assert isinstance(used, Used)
    broken = {"role": "user", "content": [{"text": "[Request interrupted by user]"}]}
    assert read(type="user", message=broken) == []
    failed = {"content": [{"type": "text", "text": "no credit"}]}
    assert read(type="assistant", isApiErrorMessage=True, message=failed) == []
    assert read(type="failure", why="no credit") == [TurnFailed("no credit")]
    assert isinstance(harness.say("Go"), Reply)
