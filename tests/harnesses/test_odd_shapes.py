"""Lines like real ones, but for one piece of another kind: whoever reads them goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from harnesses import Harness, Printing
from harnesses.registry import registry
from tests.harnesses.test_vendor_lines import LINES

ODD = (None, True, 7, -1.5, "x", [], [7], ["x"], [[]], {}, {"x": 7}, "9" * 30)
ASKED = {
    "questions": [{"question": "Which?", "options": [{"label": "a", "description": "b"}]}],
    "command": "ls",
}
MORE: list[Any] = [
    {"hook_event_name": "Stop", "background_tasks": [{"type": "subagent", "status": "running"}]},
    {"hook_event_name": "SubagentStop", "agent_transcript_path": "/a/b", "agent_id": "x"},
    {"hook_event_name": "PermissionRequest", "turn_id": "t", "tool_name": "Bash",
     "tool_input": ASKED},
    {"hook_event_name": "Notification", "notification_type": "ToolPermission", "timestamp": "t",
     "details": {"type": "ask_user", **ASKED}},
    {"conductor": "began", "pid": 7, "of": {"transcript_path": "/a/b/c/d.jsonl", "source": "x"}},
    {"conductor": "asked", "ask": "ask-1-1", "of": {
        "tool_name": "AskUserQuestion", "tool_input": ASKED, "agent_id": "x",
        "transcript_path": "/a/b.jsonl"}},
    {"conductor": "context", "size": 200_000, "percent": 7.5},
    {"conductor": "limits", "at": 7, "of": {"five_hour": {"used_percentage": 7, "resets_at": 9}}},
    {"type": "rate_limit_event", "rate_limit_info": {"unifiedWindows": {
        "seven_day_opus": {"utilization": 0.5, "resetsAt": 9}}}},
    {"statusUpdatedAt": 7, "status": "waiting", "waitingFor": "input needed"},
    {"type": "assistant", "requestId": "r", "timestamp": "2026-01-01T00:00:00Z", "message": {
        "id": "i", "model": "m", "usage": {"input_tokens": 7},
        "content": [{"type": "tool_use", "id": "u", "name": "Bash", "input": ASKED}]}},
    {"type": "user", "message": {"content": [{"type": "tool_result", "tool_use_id": "u"}]}},
    {"type": "assistant", "isApiErrorMessage": True, "message": {"content": [{"text": "no"}]},
     "quotaLimits": {"status": "rejected", "resetsAt": 9, "rateLimitType": "five_hour"}},
    {"type": "event_msg", "timestamp": "2026-01-01T00:00:00Z", "payload": {
        "type": "token_count",
        "info": {"last_token_usage": {"total_tokens": 7}, "model_context_window": 9},
        "rate_limits": {"limit_id": "o", "limit_name": "O", "primary": {
            "used_percent": 7, "window_minutes": 300, "resets_at": 9}}}},
    {"type": "event_msg", "payload": {"type": "task_complete", "error": {
        "message": "no", "codex_error_info": "usage_limit_exceeded"}}},
    {"type": "token_usage_record", "payload": {"response_id": "r", "usage": {"input_tokens": 7}}},
    {"type": "response_item", "payload": {"type": "function_call", "name": "n", "arguments": "{}"}},
    {"id": 2, "result": {"rateLimitsByLimitId": {"codex": {"limitName": "O", "primary": {
        "usedPercent": 7, "windowDurationMins": 300, "resetsAt": 9}}}}},
    {"opencode": "question.asked", "id": "q", **ASKED},
    {"opencode": "permission.asked", "id": "p", "patterns": ["x"], "metadata": {}},
    {"pi": "asked", "id": "a", "tool": "bash", "input": ASKED},
    {"pi": "message", "id": "m", "model": "x", "usage": {"input": 7, "cost": {"total": 0.5}}},
    {"type": "run_result", "ts": "t", "aggregateUsage": {"inputTokens": 7, "totalCost": 0.5}},
    {"type": "usage", "id": "u", "model": "m", "input": 7, "cached": 1, "output": 2, "room": 9,
     "cost": 0.5, "used": 7, "size": 9, "at": 7.5},
    {"type": "limit", "until": 9.5, "text": "no"},
    {"type": "asked", "ask": "a", "kind": "permission", "text": "t"},
    {"type": "tool", "id": "t", "title": "x", "status": "completed", "given": ASKED},
]  # fmt: skip
WHOLE = [json.loads(line) for _, line, _ in LINES if line.startswith("{")] + MORE


def _bent(whole: Any) -> Iterator[Any]:
    """Yield what is whole with each of its pieces replaced, and itself."""
    yield whole
    yield from ODD
    parts = whole.items() if isinstance(whole, dict) else ()
    parts = enumerate(whole) if isinstance(whole, list) else parts
    for key, part in parts:
        for bent in _bent(part):
            copy = whole.copy()
            copy[key] = bent
            yield copy


def _known() -> Iterator[Harness]:
    for harness in registry({}).values():
        yield harness
        if isinstance(harness, Printing):
            yield harness.headless


@pytest.mark.parametrize("harness", list(_known()), ids=lambda one: type(one).__name__)
def test_no_piece_of_another_kind_is_more_than_passed_over(harness: Harness) -> None:
    for whole in WHOLE:
        for bent in _bent(whole):
            list(harness.read(json.dumps(bent)))
