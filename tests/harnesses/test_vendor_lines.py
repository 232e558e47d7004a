"""What the lines of real agents mean: each was written by the program itself, and shortened."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harnesses import (
    Ask,
    Asked,
    Began,
    Busy,
    Context,
    Harness,
    HarnessError,
    Idle,
    Limited,
    Line,
    Named,
    Order,
    Prompted,
    Recorded,
    Sighting,
    TurnFailed,
    Typing,
    Used,
)
from harnesses.copilot import Copilot
from harnesses.gemini import Gemini
from harnesses.opencode import OpenCode
from harnesses.pi import Pi
from harnesses.qwen import Qwen

LINES: list[tuple[Harness, str, tuple[Sighting, ...]]] = [
    (OpenCode(), '{"opencode":"ready","version":"1.18.33"}', (Idle(),)),
    (
        OpenCode(),
        ('{"opencode":"permission.asked","id":"per_1","permission":"bash","patterns":["touch a"],'
        '"metadata":{"command":"touch a"},"always":["touch *"]}'),
        (Asked("per_1", "permission", "bash\ntouch a"),),
    ),
    (
        OpenCode(),
        ('{"opencode":"message","id":"msg_1","tokens":{"total":2553,"input":2446,"output":7,'
        '"reasoning":0,"cache":{"write":0,"read":100}},"cost":0.00246,"model":"fake/fake-model"}'),
        (Used("msg_1", "fake/fake-model", 2446, 100, 7, 0.00246),),
    ),
    (
        OpenCode(),
        ('{"opencode":"status","status":{"type":"retry","attempt":1,"message":"Too many",'
        '"next":1795250000000},"long":true,"last":""}'),
        (Limited(1795250005.0, "Too many"),),
    ),
    (
        OpenCode(),
        '{"opencode":"status","status":{"type":"retry","next":1795250000000},"long":false}',
        (Busy(),),
    ),
    (OpenCode(), '{"opencode":"error","error":{"name":"MessageAbortedError"}}', ()),
    (Gemini(), '{"id":"b5","type":"info","content":"Request cancelled."}', (Idle(ready=False),)),
    (Gemini(), '{"id":"b6","type":"info","content":"This request failed."}', ()),
    (
        Gemini(),
        ('{"session_id":"1b17","transcript_path":"/h/chats/s.jsonl","cwd":"/wt",'
        '"hook_event_name":"SessionStart","timestamp":"t","source":"startup"}'),
        (Recorded("/h/chats/s.jsonl"), Named("1b17"), Idle()),
    ),
    (
        Gemini(),
        ('{"hook_event_name":"Notification","timestamp":"t1","notification_type":"ToolPermission",'
        '"message":"m","details":{"type":"exec","title":"Confirm Shell Command","command":"ls"}}'),
        (Asked("t1", "permission", "Confirm Shell Command\nls"),),
    ),
    (
        Gemini(),
        ('{"id":"6fe0","type":"gemini","content":"","tokens":{"input":271,"output":7,"cached":100,'
        '"thoughts":3,"tool":0,"total":278},"model":"gemini-2.5-pro"}'),
        (Used("6fe0", "gemini-2.5-pro", 171, 100, 10),),
    ),
    (Gemini(), '{"id":"b4","type":"error","content":"[Error]"}', (TurnFailed("[Error]"),)),
    (
        Gemini(),
        '{"hook_event_name":"AfterAgent","prompt":"p","prompt_response":"[no response text]"}',
        (),
    ),
    (
        Qwen(),
        '{"type":"user","message":{"role":"user","content":[{"type":"text","text":"a\\nb"}]}}',
        (Prompted("a\nb"),),
    ),
    (
        Qwen(),
        ('{"type":"control_request","request_id":"4f24","request":{"subtype":"can_use_tool",'
        '"tool_name":"run_shell_command","input":{"command":"touch y"}}}'),
        (Asked("4f24", "permission", "run_shell_command\ntouch y"),),
    ),
    (
        Qwen(),
        ('{"type":"assistant","uuid":"u1","model":"m","usageMetadata":{"promptTokenCount":9838,'
        '"candidatesTokenCount":7,"thoughtsTokenCount":0,"cachedContentTokenCount":100}}'),
        (Used("u1", "m", 9738, 100, 7),),
    ),
    (
        Qwen(),
        '{"hook_event_name":"StopFailure","error":"rate_limit","error_details":"429 slow down"}',
        (TurnFailed("429 slow down"),),
    ),
    (Pi(), '{"pi":"end","last":"","error":"429 slow down"}', (TurnFailed("429 slow down"),)),
    (Copilot(), "title: GitHub Copilot", (Began(),)),
    (Copilot(), "title: one - GitHub Copilot", (Began(),)),
    (
        Copilot(),
        '{"type":"permission.completed","data":{"requestId":"r","result":{"kind":"approved"}}}',
        (Busy(),),
    ),
    (
        Copilot(),
        '{"type":"permission.completed","data":{"requestId":"r","result":{"kind":"cancelled"}}}',
        (),
    ),
    (
        Copilot(),
        ('{"type":"permission.requested","data":{"requestId":"2bec","permissionRequest":'
        '{"kind":"shell","fullCommandText":"touch z","intention":"as asked"}}}'),
        (Asked("2bec", "permission", "shell: as asked\ntouch z"),),
    ),
    (
        Copilot(),
        '{"type":"assistant.message","data":{"content":"","toolRequests":[{"name":"bash"}]}}',
        (),
    ),
    (
        Copilot(),
        ('{"type":"session.usage_record","data":{"usage":{"model":"m","inputTokens":6474,'
        '"outputTokens":7,"cacheReadTokens":100,"cost":0.0}},"id":"0892"}'),
        (Used("0892", "m", 6374, 100, 7),),
    ),
    (
        Copilot(),
        ('{"type":"tool.execution_complete","data":{"toolTelemetry":{"metrics":'
        '{"context_token_limit":128000,"context_current_tokens":10390}}}}'),
        (Context(10390, 128000),),
    ),
    (Copilot(), '{"type":"tool.execution_complete","data":{"toolTelemetry":{}}}', ()),
]  # fmt: skip


@pytest.mark.parametrize(("harness", "line", "meaning"), LINES)
def test_a_line_means(harness: Harness, line: str, meaning: tuple[Sighting, ...]) -> None:
    assert tuple(harness.read(line)) == meaning


@pytest.mark.parametrize("harness", [OpenCode(), Gemini(), Qwen(), Pi(), Copilot()])
@pytest.mark.parametrize("line", ["", "{", "[]", '{"type":7}', '{"data":[]}', "title: ", "null"])
def test_a_strange_line_means_nothing(harness: Harness, line: str) -> None:
    assert tuple(harness.read(line)) == ()


def order(tmp_path: Path) -> Order:
    return Order(
        session="s1",
        worktree=tmp_path / "trees" / "one",
        folder=tmp_path,
        inbox=tmp_path / "inbox.jsonl",
        home=tmp_path,
        repo=tmp_path / "repo",
        trusted=True,
        fresh="5be3",
    )


def test_a_model_that_opencode_cannot_name_is_refused(tmp_path: Path) -> None:
    asked = replace(order(tmp_path), model="anthropic/claude-opus-5-5")
    assert OpenCode().launch(asked).env["CONDUCTOR_MODEL"] == "anthropic/claude-opus-5-5"
    with pytest.raises(HarnessError, match="PROVIDER/MODEL"):
        OpenCode().launch(replace(asked, model="claude-opus-5-5"))


def test_gemini_adds_its_hooks_to_the_persons_settings_once(tmp_path: Path) -> None:
    merge = Gemini().launch(order(tmp_path)).merges[0]
    theirs = {"theme": "é", "hooks": {"AfterAgent": [{"hooks": [{"command": "mine"}]}]}}
    changed = merge.change(json.dumps(theirs))
    assert changed is not None
    told = json.loads(changed)
    assert told["theme"] == "é"
    assert told["hooks"]["AfterAgent"][0] == {"hooks": [{"command": "mine"}]}
    assert len(told["hooks"]["AfterAgent"]) == 2
    assert merge.change(changed) is None
    older = changed.replace("exec /bin/sh", "exec /bin/older-sh")
    assert json.loads(merge.change(older) or "") == told


def test_copilot_trusts_our_worktrees_and_keeps_the_persons_comments(tmp_path: Path) -> None:
    merge = Copilot().launch(order(tmp_path)).merges[0]
    changed = merge.change('// mine\n{"beep": true}\n')
    assert changed is not None
    assert changed.startswith("// mine\n")
    told = json.loads(changed.removeprefix("// mine\n"))
    assert told == {"beep": True, "trustedFolders": [str(tmp_path / "trees")]}
    assert merge.change(changed) is None


@pytest.mark.parametrize("harness", [Gemini(), Copilot()])
@pytest.mark.parametrize("text", ["{", '{"hooks": [], "trustedFolders": {}}', "[]"])
def test_settings_that_are_not_as_expected_are_left_alone(
    harness: Harness, text: str, tmp_path: Path
) -> None:
    merge = harness.launch(order(tmp_path)).merges[0]
    with pytest.raises(HarnessError, match="left as it is"):
        merge.change(text)


def test_answers_and_prompts_go_where_each_takes_them() -> None:
    ask = Ask("r1", "permission")
    said = OpenCode().answer(ask, "deny: not now")
    assert json.loads(said.text) == {
        "call": "permission", "requestID": "r1", "reply": "reject", "message": "not now",
    }  # fmt: skip
    lines = Qwen().answer(ask, "deny: not now").text.splitlines()
    assert [json.loads(line)["type"] for line in lines] == ["confirmation_response", "submit"]
    assert Gemini().answer(ask, "allow") == Typing((), "", ("1",), needs=("1. Allow once",))
    assert Gemini().say("!ls").paste == " !ls"
    assert isinstance(Pi().say("hello"), Line)
