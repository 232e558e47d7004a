"""OpenAI's Responses API as Codex speaks it: items streamed, its shell and patch tools called."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.model_server.wires import Answer, Request

_SHELLS = ("exec_command", "shell_command", "shell", "local_shell", "execute")
_OUTPUTS = ("function_call_output", "custom_tool_call_output", "local_shell_call_output")


class OpenAIResponses:
    """POST /v1/responses, streaming."""

    def read(self, headers: Mapping[str, str], body: Any) -> Request:
        prompt, results = "", 0
        for item in body["input"]:
            if item.get("type") in _OUTPUTS:
                results += 1
            elif item.get("type", "message") == "message" and item["role"] == "user":
                told = item["content"]
                for part in [{"text": told}] if isinstance(told, str) else told:
                    text = part.get("text", "")
                    if not text.startswith(("<", "# AGENTS.md")):  # what the CLI tells of itself
                        prompt, results = text, 0
        names = tuple(tool.get("name") or tool["type"] for tool in body.get("tools") or ())
        return Request(
            headers.get("authorization", ""),
            body["model"],
            prompt,
            results,
            len(json.dumps(body["input"])),
            next((name for name in _SHELLS if name in names), ""),
            names,
        )

    def refusal(self, made: Answer) -> Any:
        error: dict[str, Any] = {"message": made.message, "type": "error", "code": None}
        if made.reset is not None:
            error |= {"type": "usage_limit_reached", "plan_type": "plus"}
            error |= {"resets_at": int(made.reset)}
        elif made.status == 429:
            error["code"] = "rate_limit_exceeded"
        return {"error": error}

    def limits(self, made: Answer) -> dict[str, str]:
        """Return the headers that tell of the subscription's windows."""
        used, reset = f"{made.used[0] * 100:g}", made.window
        if made.reset is not None:
            used, reset = "100", made.reset
        return {
            "x-codex-primary-used-percent": used,
            "x-codex-primary-window-minutes": "300",
            "x-codex-primary-reset-at": f"{reset:.0f}",
            "x-codex-secondary-used-percent": f"{made.used[1] * 100:g}",
            "x-codex-secondary-window-minutes": "10080",
            "x-codex-secondary-reset-at": f"{made.week or made.window + 86_400:.0f}",
        }

    def events(self, request: Request, made: Answer) -> Iterator[str]:
        head = {"id": f"resp_{made.number:04}", "object": "response", "model": request.model}
        yield self._event("response.created", response={**head, "status": "in_progress"})
        items = list(self._items(request, made))
        for index, item in enumerate(items):
            begun = {**item, "status": "in_progress"}
            if item["type"] == "message":
                begun["content"] = []
            yield self._event("response.output_item.added", output_index=index, item=begun)
            if item["type"] == "message":
                for word in made.words:
                    where = {"item_id": item["id"], "output_index": index, "content_index": 0}
                    yield self._event("response.output_text.delta", **where, delta=word)
            yield self._event("response.output_item.done", output_index=index, item=item)
        used = request.size // 4 + 100
        usage = {
            "input_tokens": used,
            "input_tokens_details": {"cached_tokens": 100},
            "output_tokens": 7 + len(made.words),
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": used + 7 + len(made.words),
        }
        done = {**head, "status": "completed", "output": items, "usage": usage}
        if made.cut:
            done |= {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
        yield self._event(
            "response.incomplete" if made.cut else "response.completed", response=done
        )

    def _items(self, request: Request, made: Answer) -> Iterator[dict[str, Any]]:
        number = f"{made.number:04}"
        if made.text:
            said = {"type": "output_text", "text": made.text, "annotations": []}
            yield {
                "type": "message",
                "id": f"msg_{number}",
                "role": "assistant",
                "status": "completed",
                "content": [said],
            }
        if made.file is not None and "apply_patch" in request.tools:
            patch = f"*** Begin Patch\n*** Add File: {made.file}\n+{made.content}\n*** End Patch\n"
            call = {"type": "custom_tool_call", "id": f"ctc_{number}", "call_id": f"call_{number}"}
            yield {**call, "name": "apply_patch", "input": patch, "status": "completed"}
        elif made.command is not None:
            call = {"type": "function_call", "id": f"fc_{number}", "call_id": f"call_{number}"}
            given = json.dumps(_arguments(request.tool, made))
            yield {**call, "name": request.tool, "arguments": given, "status": "completed"}

    def _event(self, kind: str, **fields: Any) -> str:
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n"


def _arguments(tool: str, made: Answer) -> dict[str, Any]:
    key = "cmd" if tool == "exec_command" else "command"
    line: Any = made.command
    given: dict[str, Any] = {key: ["bash", "-lc", line] if tool == "shell" else line}
    if made.outside:
        given |= {"sandbox_permissions": "require_escalated", "justification": made.outside}
    return given
