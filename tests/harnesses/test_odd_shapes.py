"""Lines like real ones, but for one piece of another kind: whoever reads them goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from unittest.mock import MagicMock

import pytest

from harnesses import Harness, Printing, hooks
from harnesses.acp.page import Page
from harnesses.acp.plan import Plan
from harnesses.acp.told import Ask, Entry, Filled, Told
from harnesses.builtin import openai_model
from harnesses.builtin.models import ModelFailed
from harnesses.builtin.retries import Refused
from harnesses.headless.claude_talk import ClaudeTalk
from harnesses.headless.codex_talk import CodexTalk
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


PRINTED: list[Any] = [
    {"type": "system", "subtype": "init", "session_id": "v"},
    {"type": "system", "subtype": "background_tasks_changed",
     "tasks": [{"task_type": "local_agent"}]},
    {"type": "rate_limit_event", "rate_limit_info": {"status": "rejected", "resetsAt": 7}},
    {"type": "assistant", "parent_tool_use_id": None, "message": {
        "usage": {"input_tokens": 7, "cache_read_input_tokens": 7},
        "content": [{"type": "text", "text": "x"}, {"type": "thinking", "thinking": "x"},
                    {"type": "tool_use", "id": "u", "name": "Edit", "input": {
                        "file_path": "x", "old_string": "x", "new_string": "y"}}]}},
    {"type": "assistant", "message": {"content": [
        {"type": "tool_use", "id": "w", "name": "Write", "input": {
            "file_path": "x", "content": "y"}}]}},
    {"type": "user", "message": {"content": [
        {"type": "tool_result", "tool_use_id": "u", "is_error": True,
         "content": [{"type": "text", "text": "x"}]}]}},
    {"type": "control_request", "request_id": "r", "request": {
        "subtype": "can_use_tool", "tool_name": "AskUserQuestion", "tool_use_id": "u",
        "input": ASKED}},
    {"type": "control_cancel_request", "request_id": "r"},
    {"type": "result", "subtype": "x", "is_error": True, "terminal_reason": "x", "result": "x",
     "modelUsage": {"m": {"contextWindow": 7}}},
    {"type": "thread.started", "thread_id": "t"},
    {"type": "item.started", "item": {"type": "command_execution", "id": "i", "command": "x",
                                      "aggregated_output": "x", "status": "failed"}},
    {"type": "item.completed", "item": {"type": "file_change", "id": "i", "status": "completed",
                                        "changes": [{"kind": "add", "path": "x"}]}},
    {"type": "item.completed", "item": {"type": "agent_message", "id": "i", "text": "x"}},
    {"type": "item.completed", "item": {"type": "reasoning", "id": "i", "text": "x"}},
    {"type": "item.completed", "item": {"type": "error", "id": "i", "message": "x"}},
    {"type": "error", "message": "x"},
    {"type": "turn.failed", "error": {"message": "x"}},
]  # fmt: skip


@pytest.mark.parametrize("kind", [ClaudeTalk, CodexTalk])
def test_nor_is_it_in_what_a_print_mode_prints(kind: type[ClaudeTalk | CodexTalk]) -> None:
    """An exception there would leave the turn at work for ever."""
    heard: list[Told] = []
    talk = kind(Plan("it", ("it",), "/w", home="/none"), heard.append)
    for whole in PRINTED:
        for bent in _bent(whole):
            if (entry := hooks.parse(json.dumps(bent))) is not None:
                talk._hear(entry)
    page = Page()
    for one in heard:
        if isinstance(one, Entry):
            json.dumps(dict(one.fields))
        elif not isinstance(one, Filled):
            page.told(one, 80)
        if isinstance(one, Ask):
            one.settle(None)


CHUNKS: list[dict[str, Any]] = [
    {"id": "c", "model": "m", "choices": [{"index": 0, "delta": {
        "content": "x", "tool_calls": [{"index": 0, "id": "t", "function": {
            "name": "shell", "arguments": '{"command": "ls"}'}}]}, "finish_reason": None}]},
    {"id": "c", "model": "m", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    {"id": "c", "model": "m", "choices": [], "usage": {
        "prompt_tokens": 7, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 3}}},
]  # fmt: skip


def test_nor_is_it_in_what_a_compatible_server_streams() -> None:
    """An exception there would end the built-in agent."""
    from openai.types.chat import ChatCompletionChunk

    for bent in _bent(CHUNKS):
        if not (isinstance(bent, list) and all(isinstance(one, dict) for one in bent)):
            continue  # the package says that of itself
        stream = [ChatCompletionChunk.construct(None, **one) for one in bent]
        try:
            reply = openai_model._read(stream, MagicMock(), "m")
        except (ModelFailed, Refused):
            continue
        assert isinstance(reply.text, str)
        if reply.usage:
            assert reply.usage.input >= 0
            assert isinstance(reply.usage.output, int)
