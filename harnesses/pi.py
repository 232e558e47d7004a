"""pi: its own terminal program, followed and answered by an extension of ours inside it.

The extension comes with the launch (`--extension`). pi asks for no permissions by itself: what it
asks here, the extension asks, before each tool that may do more than read. Prompts go past the
composer. Of a plan's windows pi tells nothing: a refusal that its own retries do not outlast is a
failed turn. Known by running 0.73.1 and 0.87.1.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harnesses import (
    Ask,
    Asked,
    Busy,
    Idle,
    Launch,
    Line,
    Named,
    Order,
    Permissions,
    Prompted,
    Sighting,
    TurnFailed,
    Used,
    hooks,
)
from harnesses.interactive import Interactive

_WISHES = "pi-wishes.jsonl"
_READING = "read,grep,find,ls"
_FREE = {
    Permissions.ASK: _READING,
    Permissions.EDITS: f"{_READING},edit,write",
    Permissions.ALL: "*",
}


@dataclass(frozen=True, slots=True)
class Pi(Interactive):
    """pi, interactive."""

    name: str = "pi"
    forks: bool = True

    def launch(self, order: Order) -> Launch:
        """Start it in the worktree, with the extension that tells the session's inbox."""
        extension = order.folder / "pi.js"
        argv = ["pi", "--extension", str(extension)]
        argv += [] if order.trusted else ["--no-extensions"]  # a repository's own are code
        argv += ["--model", order.model] if order.model else []
        if order.resume:
            argv += ["--session", order.resume]
        elif order.fork:
            argv += ["--fork", order.fork]
        env = {
            "CONDUCTOR_INBOX": str(order.inbox),
            "CONDUCTOR_WISHES": str(order.folder / _WISHES),
            "CONDUCTOR_FREE": _FREE[order.permissions],
        }
        if order.home:
            env["PI_CODING_AGENT_DIR"] = str(order.home)
        seeds = {extension: Path(__file__).with_suffix(".js").read_text("utf-8")}
        return Launch(tuple(argv), {**env, **order.env}, seeds)

    def read(self, line: str) -> Sequence[Sighting]:
        """Say what a line of the extension's means."""
        entry = hooks.parse(line)
        if entry is None:
            return ()
        match entry.get("pi"):
            case "session":
                return (Named(hooks.text(entry, "session")), Idle())
            case "busy" | "answered":
                return (Busy(),)
            case "prompt":
                return (Prompted(hooks.text(entry, "text")),)
            case "asked":
                wanted = hooks.shown(hooks.text(entry, "tool"), entry.get("input"))
                return (Asked(hooks.text(entry, "id"), "permission", wanted),)
            case "end" if entry.get("error"):
                return (TurnFailed(hooks.text(entry, "error")),)
            case "end":
                return (Idle(hooks.text(entry, "last")),)
            case "message":
                return _used(entry)
            case "refused":
                return (TurnFailed(f"pi refused: {hooks.text(entry, 'why')}"),)
        return ()

    def read_title(self, title: str) -> None:
        """Its title tells nothing."""

    def say(self, text: str) -> Line:
        """Have the extension give the prompt to the conversation."""
        return Line(_WISHES, json.dumps({"call": "prompt", "text": text}))

    def answer(self, ask: Ask, text: str) -> Line:
        """Have the extension answer."""
        word, _, why = text.partition(":")
        allowed = word.strip() == "allow"
        wish = {"call": "permission", "id": ask.id, "allowed": allowed, "why": why.strip()}
        return Line(_WISHES, json.dumps(wish))


def _used(entry: Mapping[str, Any]) -> Sequence[Sighting]:
    usage = entry.get("usage")
    if not isinstance(usage, dict):
        return ()
    count = {key: value for key, value in usage.items() if isinstance(value, int)}
    total = usage["cost"].get("total") if isinstance(usage.get("cost"), dict) else None
    return (
        Used(
            hooks.text(entry, "id"),
            hooks.text(entry, "model"),
            count.get("input", 0) + count.get("cacheWrite", 0),
            count.get("cacheRead", 0),
            count.get("output", 0),
            float(total) if isinstance(total, int | float) and total > 0 else None,
        ),
    )
