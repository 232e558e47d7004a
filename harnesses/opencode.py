"""OpenCode: its own terminal program, followed and answered by a plugin of ours inside it.

The plugin comes with the launch (`OPENCODE_TUI_CONFIG`), beside the person's own settings, which
stay as they are. It needs no port: it hears OpenCode's events and calls its API in the same
process. Prompts go that way too, past the composer. What may be done without asking is OpenCode's
own `permission` setting; ours replaces the person's for `bash`, `edit` and `webfetch`. An account
of its own is a data folder of its own (XDG_DATA_HOME), which the commands it runs see as well. Of a
plan's windows OpenCode tells nothing but how long it waits after a refusal. Known by running
1.18.33.
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
    HarnessError,
    Idle,
    Launch,
    Limited,
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

_WISHES = "opencode-wishes.jsonl"
_ASKING = {
    Permissions.ASK: {"bash": "ask", "edit": "ask", "webfetch": "ask"},
    Permissions.EDITS: {"bash": "ask", "edit": "allow", "webfetch": "ask"},
    Permissions.ALL: {"bash": "allow", "edit": "allow", "webfetch": "allow"},
}
_LATER = 5.0
"""Seconds that OpenCode is given to go on by itself after a limit, before it is told to."""


@dataclass(frozen=True, slots=True)
class OpenCode(Interactive):
    """OpenCode, interactive."""

    name: str = "opencode"
    stagger: float = 0.1  # two that set one new home up at once spoil its database

    def launch(self, order: Order) -> Launch:
        """Start it in the worktree, with the plugin that tells the session's inbox."""
        if order.model and "/" not in order.model:
            raise HarnessError(
                f"OpenCode names a model PROVIDER/MODEL, as `opencode models` lists them, and not "
                f"{order.model!r}"
            )
        argv = ["opencode"]
        argv += ["--model", order.model] if order.model else []
        argv += ["--session", order.resume] if order.resume else []
        plugin, settings = order.folder / "opencode.js", order.folder / "opencode-tui.json"
        env = {
            "OPENCODE_DISABLE_AUTOUPDATE": "1",
            "OPENCODE_PERMISSION": json.dumps(_asking(order)),
            "OPENCODE_TUI_CONFIG": str(settings),
            "CONDUCTOR_INBOX": str(order.inbox),
            "CONDUCTOR_WISHES": str(order.folder / _WISHES),
            "CONDUCTOR_MODEL": order.model or "",
            "CONDUCTOR_RESUME": order.resume or "",
        }
        if not order.trusted:
            env["OPENCODE_DISABLE_PROJECT_CONFIG"] = "1"  # its plugins and commands are code
        if order.home:
            env["XDG_DATA_HOME"] = str(order.home)
        seeds = {
            plugin: Path(__file__).with_suffix(".js").read_text("utf-8"),
            settings: json.dumps({"plugin": [plugin.as_uri()]}),
        }
        return Launch(tuple(argv), {**env, **order.env}, seeds)

    def read(self, line: str) -> Sequence[Sighting]:
        """Say what a line of the plugin's means."""
        entry = hooks.parse(line)
        if entry is None or "opencode" not in entry:
            return ()
        match entry["opencode"]:
            case "ready":
                return (Idle(),)
            case "session":
                return (Named(hooks.text(entry, "session")),)
            case "prompt":
                return (Prompted(hooks.text(entry, "text")),)
            case "status":
                return _status(entry)
            case "error":
                return _failure(entry)
            case "message":
                return (_used(entry),)
            case "permission.asked":
                return (Asked(hooks.text(entry, "id"), "permission", _wanted(entry)),)
            case "question.asked":
                return (Asked(hooks.text(entry, "id"), "question", hooks.asked(entry)),)
            case "permission.replied" | "question.replied" | "question.rejected":
                return (Busy(),)
            case "refused":
                return (TurnFailed(f"OpenCode refused: {hooks.text(entry, 'why')}"),)
        return ()

    def read_title(self, title: str) -> None:
        """Its title tells nothing."""

    def say(self, text: str) -> Line:
        """Have the plugin give the prompt to the conversation."""
        return _wish("prompt", text=text)

    def answer(self, ask: Ask, text: str) -> Line:
        """Have the plugin answer."""
        if ask.kind == "question":
            return _wish("question", requestID=ask.id, answer=text)
        word, _, why = text.partition(":")
        if word.strip() == "allow":
            return _wish("permission", requestID=ask.id, reply="once")
        why = why.strip() or "The person said no."  # without a reason OpenCode breaks the turn off
        return _wish("permission", requestID=ask.id, reply="reject", message=why)


def _asking(order: Order) -> dict[str, Any]:
    """Say what OpenCode asks for: the last rule that matches a command counts."""
    asking: dict[str, Any] = dict(_ASKING[order.permissions])
    if order.commands and asking["bash"] == "ask":
        both = (rule for one in order.commands for rule in (one, f"{one} *"))
        asking["bash"] = {"*": "ask", **dict.fromkeys(both, "allow")}
    return asking


def _wish(call: str, **wish: str) -> Line:
    return Line(_WISHES, json.dumps({"call": call, **wish}))


def _status(entry: Mapping[str, Any]) -> Sequence[Sighting]:
    status = entry.get("status")
    kind = hooks.text(entry, "status", "type")
    if kind == "idle":
        return (Idle(hooks.text(entry, "last")),)
    if kind == "busy" or not isinstance(status, dict):
        return (Busy(),)
    until = status.get("next")
    if entry.get("long") is True and isinstance(until, int | float):
        return (Limited(until / 1000 + _LATER, hooks.text(status, "message")),)
    return (Busy(),)  # it tries again within moments


def _failure(entry: Mapping[str, Any]) -> Sequence[Sighting]:
    name = hooks.text(entry, "error", "name")
    if name == "MessageAbortedError":
        return ()  # broken off by a person: the status says that it is idle
    return (TurnFailed(hooks.text(entry, "error", "data", "message") or name or "it failed"),)


def _wanted(entry: Mapping[str, Any]) -> str:
    """Say readably what OpenCode wants to do."""
    told = entry.get("metadata")
    given = dict(told) if isinstance(told, dict) else {}
    if not given.get("command") and not given.get("diff"):
        patterns = entry.get("patterns")
        given["patterns"] = ", ".join(map(str, patterns if isinstance(patterns, list) else ()))
    return hooks.shown(hooks.text(entry, "permission"), given)


def _used(entry: Mapping[str, Any]) -> Used:
    tokens = entry.get("tokens")
    count = tokens if isinstance(tokens, dict) else {}
    cache = count.get("cache")
    kept = cache if isinstance(cache, dict) else {}
    cost = entry.get("cost")
    return Used(
        hooks.text(entry, "id"),
        hooks.text(entry, "model"),
        _count(count, "input") + _count(kept, "write"),
        _count(kept, "read"),
        _count(count, "output") + _count(count, "reasoning"),
        float(cost) if isinstance(cost, int | float) and cost > 0 else None,
    )


def _count(entry: Mapping[str, Any], key: str) -> int:
    value = entry.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
