"""History: from a record's lines back to the conversation, as it stood when they end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from harnesses.builtin.models import Halt, HaltKind, Message, Prompt, Reply, Result

Entry = Mapping[str, object]

LOST = "no result: the agent ended while the command ran"
"""What is noted of a command that nobody saw to its end."""


@dataclass(slots=True)
class History:
    """All that a resumed agent has to know of what went before."""

    messages: list[Message] = field(default_factory=list)
    queued: dict[int, str] = field(default_factory=dict)  # arrived, and not yet begun
    ask: tuple[str, str] | None = None  # the question that waits for its answer
    limited: tuple[float, str] | None = None
    requests: int = 0
    arrivals: int = 0
    cost: float = 0.0


def replay(entries: Iterable[Entry]) -> History:
    """Fold a record's lines into the conversation they tell of."""
    history = History()
    for entry in entries:
        _apply(history, entry)
    _close_call(history, LOST)
    return history


def _apply(history: History, entry: Entry) -> None:
    messages = history.messages
    match entry["type"]:
        case "arrival":
            number = _whole(entry, "number")
            history.queued[number] = _text(entry, "text")
            history.arrivals = max(history.arrivals, number)
        case "prompt" | "answer":
            _close_call(history, LOST)
            number = _whole(entry, "number")
            history.ask = history.limited = None
            messages.append(Prompt(history.queued.pop(number, "")))
        case "reply":
            command = entry.get("command")
            messages.append(
                Reply(
                    _text(entry, "text"),
                    command if isinstance(command, str) else None,
                    _text(entry, "call"),
                )
            )
        case "result":
            code = entry.get("exit")
            messages.append(
                Result(
                    _text(entry, "call"),
                    _text(entry, "output"),
                    code if isinstance(code, int) else None,
                    _number(entry, "seconds"),
                    _text(entry, "note"),
                )
            )
        case "usage":
            history.requests += 1
            history.cost += _number(entry, "cost")
        case "question":
            history.ask = (_text(entry, "ask"), _text(entry, "text"))
        case "limit":
            history.limited = (_number(entry, "until"), _text(entry, "text"))
            messages.append(Halt(HaltKind.LIMIT, _text(entry, "text"), _number(entry, "until")))
        case "failure":
            kind = HaltKind.CAP if entry.get("cap") is True else HaltKind.FAILURE
            messages.append(Halt(kind, _text(entry, "why")))
        case "end":
            if entry.get("how") in {"interrupted", "left"}:
                _close_call(history, "interrupted by the person")
                messages.append(Halt(HaltKind.INTERRUPT))
        case _:
            pass  # header, ready, resumed, left: nothing the model should know


def _close_call(history: History, note: str) -> None:
    """Give a command without a result one: every API refuses a call that was never answered."""
    last = history.messages[-1] if history.messages else None
    if isinstance(last, Reply) and last.command is not None:
        history.messages.append(Result(last.call, "", None, 0.0, note))


def _text(entry: Entry, key: str) -> str:
    value = entry.get(key)
    return value if isinstance(value, str) else ""


def _number(entry: Entry, key: str) -> float:
    value = entry.get(key)
    return float(value) if isinstance(value, int | float) else 0.0


def _whole(entry: Entry, key: str) -> int:
    value = entry.get(key)
    return value if isinstance(value, int) else 0
