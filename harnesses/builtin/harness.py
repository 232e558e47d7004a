"""The built-in agent, described for the runner."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harnesses import (
    Ask,
    Asked,
    Busy,
    Context,
    HarnessError,
    Idle,
    Launch,
    Limited,
    Named,
    Order,
    Prompted,
    Ran,
    Sighting,
    TurnFailed,
    Typing,
    Used,
)
from harnesses.builtin.record import NAME, parse
from harnesses.builtin.specs import FORMS, read_spec
from harnesses.interactive import Interactive


@dataclass(frozen=True, slots=True)
class Builtin(Interactive):
    """Our own agent: its record is written by us, so nothing has to be guessed."""

    name: str = "builtin"

    def launch(self, order: Order) -> Launch:
        """Start the agent in the worktree, its record beside it in the session's folder."""
        if not order.model:
            raise HarnessError(f"the built-in agent needs a model: {FORMS}")
        read_spec(order.model)
        argv = [sys.executable, "-I", "-m", "harnesses.builtin"]  # -I: no module of the worktree's
        argv += [f"--model={order.model}", f"--worktree={order.worktree}"]
        argv += [f"--folder={order.folder}"]
        argv += [f"--resume={order.resume}"] if order.resume else []
        return Launch(tuple(argv), dict(order.env), {}, (order.folder / NAME,))

    def read(self, line: str) -> Sequence[Sighting]:
        """Say what a line of the record means."""
        entry = parse(line)
        if entry is None:
            return ()
        match entry["type"]:
            case "header" | "resumed":
                return (Named(_text(entry, "id")),)
            case "arrival":
                return (Prompted(_text(entry, "text")),)
            case "prompt" | "answer":
                return (Busy(),)
            case "ready" if "ask" in entry:
                return (Asked(_text(entry, "ask"), "question", _text(entry, "text")),)
            case "question":
                return (Asked(_text(entry, "ask"), "question", _text(entry, "text")),)
            case "ready" if "until" in entry:
                return (Limited(_number(entry, "until"), _text(entry, "text")),)
            case "limit":
                return (Limited(_number(entry, "until"), _text(entry, "text")),)
            case "ready":
                return (Idle(),)
            case "end" if entry.get("how") == "left":
                return ()  # cut off in mid-turn: nothing was finished
            case "end":
                return (Idle(_text(entry, "last")),)
            case "failure":
                return (TurnFailed(_text(entry, "why")),)
            case "usage":
                return (_used(entry), *_context(entry))
            case "reply" if _text(entry, "command"):
                return (Ran(_text(entry, "command")),)
        return ()

    def read_title(self, title: str) -> None:
        """Its title says nothing of its state."""

    def say(self, text: str) -> Typing:
        """Clear the composer, paste, and press Enter."""
        return Typing(("C-u",), text, ("Enter",))

    def answer(self, ask: Ask, text: str) -> Typing:
        """Answer a question as a prompt is said; this agent asks for no permissions."""
        if ask.kind != "question":
            raise HarnessError(f"the built-in agent asks questions only, not for a {ask.kind}")
        return self.say(text)


def _used(entry: Mapping[str, object]) -> Used:
    cost = entry.get("cost")
    return Used(
        _text(entry, "id"),
        _text(entry, "model"),
        int(_number(entry, "input")),
        int(_number(entry, "cached")),
        int(_number(entry, "output")),
        float(cost) if isinstance(cost, int | float) else None,
        written=int(_number(entry, "written")),
    )


def _context(entry: Mapping[str, object]) -> Sequence[Context]:
    used = _number(entry, "input") + _number(entry, "cached") + _number(entry, "output")
    room = int(_number(entry, "room"))
    return (Context(int(used), room),) if room else ()


def _text(entry: Mapping[str, object], key: str) -> str:
    value = entry.get(key)
    return value if isinstance(value, str) else ""


def _number(entry: Mapping[str, object], key: str) -> float:
    value = entry.get(key)
    return float(value) if isinstance(value, int | float) else 0.0
