"""Anthropic's Messages API as a model; the `anthropic` package is imported at the first request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

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
    import anthropic
    from anthropic.types import ContentBlockParam, MessageParam, ToolParam


_OUTPUT = 16_000  # tokens of a reply: the API wants a figure
_SILENCE = 180.0  # seconds without a byte before the connection counts as lost


class AnthropicModel:
    """A model behind Anthropic's API, or behind a server that speaks the same."""

    def __init__(
        self, name: str, address: str | None, instructions: str, output: int | None
    ) -> None:
        self._name = name
        self._address = address
        self._instructions = instructions
        self._output = output or _OUTPUT

    def reply(self, messages: Sequence[Message], ear: Ear) -> Reply:
        """Ask for the next reply, and again where that helps."""
        written = wire(messages)
        return patiently(lambda: self._once(written, ear), ear)

    def _once(self, written: list[MessageParam], ear: Ear) -> Reply:
        with loading("anthropic"):
            import anthropic
            import httpx2

        try:
            with (
                anthropic.Anthropic(
                    base_url=self._address, max_retries=0, timeout=_SILENCE
                ) as client,
                client.messages.stream(
                    model=self._name,
                    max_tokens=self._output,
                    system=self._instructions,
                    messages=written,
                    tools=[_tool()],
                    tool_choice={"type": "auto", "disable_parallel_tool_use": True},
                    cache_control={"type": "ephemeral"},
                ) as stream,
            ):
                for words in stream.text_stream:
                    ear.text(words)
                try:
                    message = stream.get_final_message()
                except AssertionError as error:  # so the package says that none began
                    raise Refused("Anthropic's answer held no reply") from error
                return _read(message)
        except anthropic.APIStatusError as error:
            raise _judge(error, self._name) from error
        except (anthropic.APIConnectionError, httpx2.TransportError) as error:
            raise Refused(f"no connection to Anthropic ({_reason(error)})") from error
        except anthropic.APIError as error:
            raise _judge_event(error) from error
        except ValueError as error:
            raise ModelFailed(f"Anthropic sent what is not JSON: {error}") from error
        except (anthropic.AnthropicError, TypeError) as error:
            if isinstance(error, TypeError) and "authentication" not in str(error):
                raise
            raise ModelFailed(
                "there is no key: set ANTHROPIC_API_KEY in the subscription's environment"
            ) from error


def wire(messages: Sequence[Message]) -> list[MessageParam]:
    """Write a conversation as the API wants it: the two sides in turn, results after calls."""
    written: list[MessageParam] = []
    for message in messages:
        match message:
            case Prompt(text):
                _add(written, "user", [{"type": "text", "text": text}])
            case Reply(text, command, call):
                blocks: list[ContentBlockParam] = []
                if text.strip():
                    blocks.append({"type": "text", "text": text})
                if command is not None:
                    blocks.append(
                        {
                            "type": "tool_use",
                            "id": call,
                            "name": TOOL,
                            "input": {"command": command},
                        }
                    )
                if blocks:
                    _add(written, "assistant", blocks)
            case Result(call):
                content = message.for_model()
                _add(
                    written,
                    "user",
                    [{"type": "tool_result", "tool_use_id": call, "content": content}],
                )
            case Halt():
                pass
    return written


def _add(written: list[MessageParam], role: str, blocks: list[ContentBlockParam]) -> None:
    last = written[-1] if written else None
    if last is not None and last["role"] == role and isinstance(last["content"], list):
        last["content"] += blocks
    elif role == "user":
        written.append({"role": "user", "content": blocks})
    else:
        written.append({"role": "assistant", "content": blocks})


def _tool() -> ToolParam:
    return {
        "name": TOOL,
        "description": TOOL_DESCRIPTION,
        "input_schema": {
            "type": "object",
            "properties": {"command": {"type": "string", "description": COMMAND_DESCRIPTION}},
            "required": ["command"],
        },
    }


def _read(message: anthropic.types.Message) -> Reply:
    text = "".join(block.text for block in message.content if block.type == "text")
    call = next((block for block in message.content if block.type == "tool_use"), None)
    given = call.input.get("command") if call and isinstance(call.input, dict) else None
    command = given if isinstance(given, str) else None
    if message.stop_reason == "max_tokens" and call:
        raise ModelFailed("the reply was cut before its command was complete: raise output=")
    if message.stop_reason == "refusal":
        raise ModelFailed("the model declined to go on with this conversation")
    if call and command is None:
        raise ModelFailed(f"the model called {call.name} without a command; prompt again")
    spent = message.usage
    written = spent.cache_creation_input_tokens or 0
    usage = Usage(
        message.id,
        message.model,
        spent.input_tokens + written,
        spent.cache_read_input_tokens or 0,
        spent.output_tokens,
        written=written,
    )
    question = None if call else question_in(text)
    return Reply(text, command, call.id if call else "", question, usage)


def _judge(error: anthropic.APIStatusError, model: str) -> Refused | ModelFailed:
    """Say what a refusal means, and what to do about it."""
    code, words = error.status_code, _words(error)
    match code:
        case 401 | 403:
            return ModelFailed(f"Anthropic refused the key ({words}): check ANTHROPIC_API_KEY")
        case 404:
            return ModelFailed(f"Anthropic knows no model {model!r} ({words})")
        case 429:
            after = wait_named_in(error.response.headers)
            return Refused(f"rate limit ({words})", after, limit=True)
        case 200:  # refused in the middle of a stream
            return _judge_event(error)
        case 408 | 409:
            return Refused(f"Anthropic answered {code} ({words})")
        case _ if code >= 500:
            return Refused(
                f"Anthropic answered {code} ({words})", wait_named_in(error.response.headers)
            )
    return ModelFailed(f"Anthropic refused the request with {code}: {words}")


def _judge_event(error: anthropic.APIError) -> Refused | ModelFailed:
    words = _words(error)
    body = error.body if isinstance(error.body, dict) else {}
    detail = body.get("error")
    kind = detail.get("type") if isinstance(detail, dict) else None
    if kind in {"overloaded_error", "api_error", "rate_limit_error", "timeout_error"}:
        return Refused(f"Anthropic broke off ({words})", limit=kind == "rate_limit_error")
    return ModelFailed(f"Anthropic broke off: {words}")


def _words(error: anthropic.APIError) -> str:
    body = error.body if isinstance(error.body, dict) else {}
    detail = body.get("error")
    message = detail.get("message") if isinstance(detail, dict) else None
    return str(message or error.message)[:500]


def _reason(error: Exception) -> str:
    return str(error.__cause__ or error) or type(error).__name__
