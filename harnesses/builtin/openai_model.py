"""OpenAI's chat completions, and every server that speaks them; `openai` is imported when used."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harnesses import hooks
from harnesses.builtin.models import (
    Ear,
    Halt,
    Message,
    ModelFailed,
    Prompt,
    Reply,
    Result,
    Usage,
    question_in,
)
from harnesses.builtin.retries import Refused, patiently, wait_named_in
from harnesses.builtin.wording import COMMAND_DESCRIPTION, TOOL, TOOL_DESCRIPTION
from harnesses.loading import loading

if TYPE_CHECKING:
    import openai
    from openai.types.chat import (
        ChatCompletionChunk,
        ChatCompletionMessageParam,
        ChatCompletionToolParam,
    )


_SILENCE = 180.0  # seconds without a byte before the connection counts as lost


class OpenAIModel:
    """A model behind OpenAI's API, Ollama, vLLM or another compatible server."""

    def __init__(
        self, name: str, address: str | None, instructions: str, output: int | None
    ) -> None:
        self._name = name
        self._address = address
        self._instructions = instructions
        self._output = output

    def reply(self, messages: Sequence[Message], ear: Ear) -> Reply:
        """Ask for the next reply, and again where that helps."""
        written = wire(messages, self._instructions)
        return patiently(lambda: self._once(written, ear), ear)

    def _once(self, written: list[ChatCompletionMessageParam], ear: Ear) -> Reply:
        key = os.environ.get("OPENAI_API_KEY")
        if not key and self._address is None and not os.environ.get("OPENAI_BASE_URL"):
            raise ModelFailed(
                "there is no key: set OPENAI_API_KEY in the subscription's environment"
            )
        with loading("openai"):
            import openai

        try:
            with (
                openai.OpenAI(
                    api_key=key or "none",  # a local server asks for none, the package does
                    base_url=self._address,
                    max_retries=0,
                    timeout=_SILENCE,
                ) as client,
                client.chat.completions.create(
                    model=self._name,
                    messages=written,
                    tools=[_tool()],
                    stream=True,
                    stream_options={"include_usage": True},
                    # Small servers refuse a figure above their own: only when it is asked for.
                    max_completion_tokens=self._output or openai.omit,
                ) as stream,
            ):
                return _read(stream, ear, self._name)
        except openai.APIStatusError as error:
            raise _judge(error, self._name) from error
        except openai.APIConnectionError as error:
            reason = str(error.__cause__ or error) or type(error).__name__
            raise Refused(f"no connection to the model's server ({reason})") from error
        except openai.APIError as error:
            raise ModelFailed(f"the model's server broke off: {_words(error)}") from error
        except ValueError as error:
            raise ModelFailed(f"the model's server sent what is not JSON: {error}") from error


def wire(messages: Sequence[Message], instructions: str) -> list[ChatCompletionMessageParam]:
    """Write a conversation as the API wants it."""
    written: list[ChatCompletionMessageParam] = [{"role": "system", "content": instructions}]
    for message in messages:
        match message:
            case Prompt(text):
                written.append({"role": "user", "content": text})
            case Reply(text, None):
                written.append({"role": "assistant", "content": text})
            case Reply(text, command, call):
                arguments = json.dumps({"command": command})
                written.append(
                    {
                        "role": "assistant",
                        "content": text,
                        "tool_calls": [
                            {
                                "id": call,
                                "type": "function",
                                "function": {"name": TOOL, "arguments": arguments},
                            }
                        ],
                    }
                )
            case Result(call):
                written.append(
                    {"role": "tool", "tool_call_id": call, "content": message.for_model()}
                )
            case Halt():
                pass
    return written


def _tool() -> ChatCompletionToolParam:
    return {
        "type": "function",
        "function": {
            "name": TOOL,
            "description": TOOL_DESCRIPTION,
            "parameters": {
                "type": "object",
                "properties": {"command": {"type": "string", "description": COMMAND_DESCRIPTION}},
                "required": ["command"],
            },
        },
    }


@dataclass(slots=True)
class _Parts:
    """What has come of a reply so far."""

    text: list[str] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)
    call: str = ""
    called: bool = False
    end: str = ""
    usage: Usage | None = None


def _read(stream: Iterable[ChatCompletionChunk], ear: Ear, model: str) -> Reply:
    parts = _Parts()
    for chunk in stream:
        # As it was sent: what compatible servers send is not always of the shape it should have.
        _collect(parts, chunk.to_dict(warnings=False), ear, model)
    text = "".join(parts.text)
    if not parts.end:
        raise Refused("the connection was lost in the middle of a reply")
    if parts.end == "content_filter":
        raise ModelFailed("the server's content filter stopped the reply")
    if not parts.called:
        return Reply(text, None, "", question_in(text), parts.usage)
    if parts.end == "length":
        raise ModelFailed("the reply was cut before its command was complete: raise output=")
    return Reply(text, _command("".join(parts.arguments)), parts.call, None, parts.usage)


def _collect(parts: _Parts, chunk: Mapping[str, object], ear: Ear, model: str) -> None:
    usage = chunk.get("usage")
    if isinstance(usage, dict):
        cached = _count(usage.get("prompt_tokens_details"), "cached_tokens")
        parts.usage = Usage(
            hooks.text(chunk, "id"),
            hooks.text(chunk, "model") or model,
            max(0, _count(usage, "prompt_tokens") - cached),
            cached,
            _count(usage, "completion_tokens"),
        )
    for choice in hooks.objects(chunk, "choices")[:1]:
        if words := hooks.text(choice, "delta", "content"):
            parts.text.append(words)
            ear.text(words)
        for call in hooks.objects(choice, "delta", "tool_calls"):
            if call.get("index"):  # one command at a time: a second call is left out
                continue
            parts.called = True
            parts.call = hooks.text(call, "id") or parts.call
            parts.arguments.append(hooks.text(call, "function", "arguments"))
        parts.end = hooks.text(choice, "finish_reason") or parts.end


def _count(entry: object, key: str) -> int:
    value = entry.get(key) if isinstance(entry, dict) else None
    return value if isinstance(value, int) else 0


def _command(arguments: str) -> str:
    try:
        written = json.loads(arguments)
    except ValueError:
        written = None
    command = written.get("command") if isinstance(written, dict) else None
    if not isinstance(command, str):
        raise ModelFailed(f"the model called its tool without a command: {arguments[:200]!r}")
    return command


def _words(error: openai.APIError) -> str:
    body = error.body if isinstance(error.body, dict) else {}
    return str(body.get("message") or error.message)[:500]


def _judge(error: openai.APIStatusError, model: str) -> Refused | ModelFailed:
    """Say what a refusal means, and what to do about it."""
    code, words = error.status_code, _words(error)
    match code:
        case 401 | 403:
            return ModelFailed(f"the server refused the key ({words}): check OPENAI_API_KEY")
        case 404:
            return ModelFailed(f"the server knows no model {model!r} ({words})")
        case 429 if error.code == "insufficient_quota":
            return ModelFailed(f"the account is out of credit ({words})")
        case 429:
            after = wait_named_in(error.response.headers)
            return Refused(f"rate limit ({words})", after, limit=True)
        case 408 | 409:
            return Refused(f"the server answered {code} ({words})")
        case _ if code >= 500:
            return Refused(
                f"the server answered {code} ({words})", wait_named_in(error.response.headers)
            )
    return ModelFailed(f"the server refused the request with {code}: {words}")
