"""The vendors' APIs: how each writes what the model server answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.model_server import tools

_FOLDER = re.compile(r"[Ww]orking directory: ([^\s\\\"]+)")
_BESIDE = ("<system-reminder>", "<session_context>", "<environment_details>")
_DATE = re.compile(r"\A<current_datetime>[^<]*</current_datetime>\s*")


@dataclass(frozen=True, slots=True)
class Request:
    """What a request says, whatever the vendor."""

    key: str
    model: str
    prompt: str  # the latest thing a person said
    results: int  # tool results since then
    size: int  # characters of the whole conversation
    tool: str  # the name of the tool that runs commands, or "" for a request that offers none
    tools: tuple[str, ...] = ()
    folder: str = ""  # where the agent works, as it tells the model
    schemas: tools.Schemas = field(default_factory=dict)  # what each tool offered takes


@dataclass(slots=True)
class Answer:
    """What to answer, whatever the vendor."""

    number: int
    text: str = ""
    command: str | None = None
    file: str | None = None  # a file to write by the vendor's own tool for it, if it has one
    content: str = "made by the model server"
    question: str | None = None
    reads: tuple[str, ...] = ()  # files to read at the same time
    helpers: tuple[str, ...] = ()  # prompts for helpers at work at the same time
    outside: str = ""  # ask to run outside the sandbox, for this reason
    status: int = 200
    message: str = ""
    retry_after: float | None = None
    reset: float | None = None
    window: float = 0.0  # when the subscription's window ends, while it has room
    week: float = 0.0  # when its week does
    used: tuple[float, float] = (0.375, 0.61)  # of the window, and of the week
    delay: float = 0.0
    drop: bool = False
    junk: bool = False
    nothing: bool = False
    cut: bool = False

    @property
    def words(self) -> list[str]:
        return re.findall(r"\s*\S+|\s+", self.text)


class Wire(Protocol):
    """One vendor's API."""

    def read(self, headers: Mapping[str, str], body: Any) -> Request: ...
    def refusal(self, made: Answer) -> Any: ...
    def limits(self, made: Answer) -> dict[str, str]: ...
    def events(self, request: Request, made: Answer) -> Iterator[str]: ...


class AnthropicMessages:
    """POST /v1/messages, streaming."""

    def read(self, headers: Mapping[str, str], body: Any) -> Request:
        prompt, results = "", 0
        for message in body["messages"]:
            if message["role"] != "user":
                continue
            content = message["content"]
            blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
            for block in blocks:
                if block["type"] == "text" and not block["text"].startswith("<system-reminder>"):
                    prompt, results = block["text"], 0
            if any(block["type"] == "tool_result" for block in blocks):
                results += 1  # those of one reply come together
        names = tuple(tool["name"] for tool in body.get("tools") or ())
        told = _FOLDER.findall(json.dumps([body.get("system"), body["messages"]]))
        return Request(
            headers.get("x-api-key", headers.get("authorization", "")),
            body["model"],
            prompt,
            results,
            len(json.dumps(body["messages"])),
            "Bash" if "Bash" in names else (*names, "")[0],
            names,
            told[-1] if told else "",  # where it is now: a fork begins in another's
        )

    def refusal(self, made: Answer) -> Any:
        kinds = {401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error"}
        kind = kinds.get(made.status, "overloaded_error" if made.status == 529 else "api_error")
        return {"type": "error", "error": {"type": kind, "message": made.message}}

    def limits(self, made: Answer) -> dict[str, str]:
        """Return the headers that tell of a subscription's windows."""
        spent = made.reset is not None
        told = {
            "status": "rejected" if spent else "allowed",
            "reset": f"{made.reset if spent else made.window:.0f}",
            "representative-claim": "five_hour",
            "5h-status": "rejected" if spent else "allowed",
            "5h-utilization": "1.0" if spent else f"{made.used[0]:g}",
            "5h-reset": f"{made.reset if spent else made.window:.0f}",
            "7d-status": "allowed",
            "7d-utilization": f"{made.used[1]:g}",
            "7d-reset": f"{made.week or made.window + 86_400:.0f}",
        }
        return {f"anthropic-ratelimit-unified-{key}": value for key, value in told.items()}

    def events(self, request: Request, made: Answer) -> Iterator[str]:
        yield self._start(request, made)
        index = 0
        if made.text:
            empty = {"type": "text", "text": ""}
            yield self._event("content_block_start", index=0, content_block=empty)
            for word in made.words:
                delta = {"type": "text_delta", "text": word}
                yield self._event("content_block_delta", index=0, delta=delta)
            yield self._event("content_block_stop", index=0)
            index = 1
        calls = _calls(request, made)
        for number, call in enumerate(calls):
            yield from self._call(*call, f"toolu_{made.number:04}{'bcd'[:number]}", index + number)
        reason = "tool_use" if calls else "end_turn"
        yield self._event(
            "message_delta",
            delta={"stop_reason": "max_tokens" if made.cut else reason, "stop_sequence": None},
            usage={"output_tokens": 7 + len(made.words)},
        )
        yield self._event("message_stop")

    def _start(self, request: Request, made: Answer) -> str:
        message = {
            "id": f"msg_{made.number:04}",
            "type": "message",
            "role": "assistant",
            "model": request.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {
                "input_tokens": request.size // 4,
                "cache_read_input_tokens": 100,
                "cache_creation_input_tokens": 10,
                "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 0},
                "output_tokens": 1,
            },
        }
        return self._event("message_start", message=message)

    def _call(self, name: str, given: dict[str, Any], ident: str, index: int) -> Iterator[str]:
        block = {"type": "tool_use", "id": ident, "name": name}
        yield self._event("content_block_start", index=index, content_block={**block, "input": {}})
        written = json.dumps(given)
        half = len(written) // 2
        for part in (written[:half], written[half:]):
            delta = {"type": "input_json_delta", "partial_json": part}
            yield self._event("content_block_delta", index=index, delta=delta)
        yield self._event("content_block_stop", index=index)

    def _event(self, kind: str, **fields: Any) -> str:
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n"


def _calls(request: Request, made: Answer) -> list[tuple[str, dict[str, Any]]]:
    """Choose the tools, and what each is given."""
    helper = next((name for name in ("Task", "Agent") if name in request.tools), None)
    if made.helpers and helper:
        told = {"description": "A part of it", "subagent_type": "general-purpose"}
        return [(helper, {**told, "prompt": one}) for one in made.helpers]
    if made.reads and "Read" in request.tools:
        return [("Read", {"file_path": path}) for path in made.reads]
    one = _call(request, made)
    return [one] if one else []


def _call(request: Request, made: Answer) -> tuple[str, dict[str, Any]] | None:
    """Choose the tool, and what it is given."""
    if made.file is not None and "Write" in request.tools:
        return "Write", {"file_path": f"{request.folder}/{made.file}", "content": made.content}
    if made.question is not None and "AskUserQuestion" in request.tools:
        options = [{"label": word, "description": f"choose {word}"} for word in ("yes", "no")]
        asked = {"question": made.question, "header": "Choice", "options": options}
        return "AskUserQuestion", {"questions": [{**asked, "multiSelect": False}]}
    if made.command is not None:
        return request.tool, {"command": made.command}
    return None


def chosen(request: Request, made: Answer) -> tuple[str, Any] | None:
    """Choose the tool by what each of those offered takes."""
    call = None
    if made.file is not None:
        call = tools.writing(request.schemas, request.folder, made.file, made.content)
    elif made.question is not None:
        call = tools.asking(request.schemas, made.question)
    if call is None and made.command is not None:
        call = tools.running(request.schemas, made.command)
    return call


def _texts(content: Any) -> list[str]:
    """Return what a person said in a message, without what the CLI told beside it."""
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
    said = [_DATE.sub("", part["text"]) for part in parts if part.get("type") == "text"]
    return [text for text in said if not text.lstrip().startswith(_BESIDE)]


class OpenAIChat:
    """POST /v1/chat/completions, streaming or whole."""

    def read(self, headers: Mapping[str, str], body: Any) -> Request:
        prompt, results = "", 0
        for message in body["messages"]:
            if message["role"] == "user":
                for text in _texts(message["content"]):
                    prompt, results = text, 0
            elif message["role"] == "tool":
                results += 1
        schemas = {
            tool["function"]["name"]: tool["function"].get("parameters") or {}
            for tool in body.get("tools") or ()
        }
        told = tools.FOLDER.search(json.dumps(body["messages"]))
        return Request(
            headers.get("authorization", ""),
            body["model"],
            prompt,
            results,
            len(json.dumps(body["messages"])),
            tools.runner(schemas),
            tuple(schemas),
            told[1] if told else "",
            schemas,
        )

    def refusal(self, made: Answer) -> Any:
        return {"error": {"message": made.message, "type": "error", "code": None}}

    def limits(self, made: Answer) -> dict[str, str]:
        return {}

    def events(self, request: Request, made: Answer) -> Iterator[str]:
        yield self._chunk(request, made, {"role": "assistant", "content": ""})
        for word in made.words:
            yield self._chunk(request, made, {"content": word})
        call = chosen(request, made)
        if call is not None:
            yield from self._call(*call, request, made)
        reason = "tool_calls" if call is not None else "stop"
        yield self._chunk(request, made, {}, "length" if made.cut else reason)
        usage = {
            "prompt_tokens": request.size // 4 + 100,
            "completion_tokens": 7 + len(made.words),
            "total_tokens": request.size // 4 + 107 + len(made.words),
            "prompt_tokens_details": {"cached_tokens": 100},
        }
        yield self._event(request, made, choices=[], usage=usage)
        yield "data: [DONE]\n\n"

    def whole(self, request: Request, made: Answer) -> Any:
        """Answer in one piece, for a client that did not ask for a stream."""
        parts = [json.loads(one[6:]) for one in self.events(request, made) if one[6] == "{"]
        told = [one["choices"][0] for one in parts if one["choices"]]
        deltas = [one["delta"] for one in told]
        calls = [one["tool_calls"][0] for one in deltas if "tool_calls" in one]
        message = {
            "role": "assistant",
            "content": "".join(one.get("content", "") for one in deltas),
        }
        if calls:
            written = "".join(one["function"]["arguments"] for one in calls)
            function = {"name": calls[0]["function"]["name"], "arguments": written}
            message["tool_calls"] = [
                {"id": calls[0]["id"], "type": "function", "function": function}
            ]
        choice = {"index": 0, "message": message, "finish_reason": told[-1]["finish_reason"]}
        return {**parts[-1], "object": "chat.completion", "choices": [choice]}

    def _call(self, name: str, given: Any, request: Request, made: Answer) -> Iterator[str]:
        written = json.dumps(given)
        call = {
            "index": 0,
            "id": f"call_{made.number:04}",
            "type": "function",
            "function": {"name": name, "arguments": ""},
        }
        yield self._chunk(request, made, {"tool_calls": [call]})
        half = len(written) // 2
        for part in (written[:half], written[half:]):
            delta = {"tool_calls": [{"index": 0, "function": {"arguments": part}}]}
            yield self._chunk(request, made, delta)

    def _chunk(self, request: Request, made: Answer, delta: Any, finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return self._event(request, made, choices=[choice], usage=None)

    def _event(self, request: Request, made: Answer, **fields: Any) -> str:
        head = {
            "id": f"chatcmpl-{made.number:04}",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": request.model,
        }
        return f"data: {json.dumps({**head, **fields})}\n\n"
