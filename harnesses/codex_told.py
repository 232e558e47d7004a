"""What Codex's hooks and rollouts tell, and its server when it is asked, a line at a time."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from harnesses import (
    Asked,
    Context,
    Idle,
    Limited,
    Named,
    Prompted,
    Ran,
    Recorded,
    Sighting,
    TurnFailed,
    Used,
    Using,
    Window,
    hooks,
    window_name,
)

_SAID = {
    "used_percent": "usedPercent",
    "window_minutes": "windowDurationMins",
    "resets_at": "resetsAt",
}


def read(line: str) -> Sequence[Sighting]:
    """Say what a line of the inbox or of the rollout means."""
    entry = hooks.parse(line)
    if entry is None:
        return ()
    if "hook_event_name" in entry:
        return _hook(entry)
    if isinstance(entry.get("result"), dict):
        return _answered(entry["result"].get("rateLimitsByLimitId"))
    of, payload = entry.get("of"), entry.get("payload")
    if entry.get("conductor") == "began" and isinstance(of, dict):
        path = hooks.text(of, "transcript_path")
        return (Recorded(path),) if path else ()
    return _rollout(entry, payload) if isinstance(payload, dict) else ()


def _hook(entry: Mapping[str, Any]) -> Sequence[Sighting]:
    match entry["hook_event_name"]:
        case "UserPromptSubmit":
            named = Named(hooks.text(entry, "session_id"))
            return (named, Prompted(hooks.text(entry, "prompt")))
        case "PermissionRequest":
            tool, given = hooks.text(entry, "tool_name"), entry.get("tool_input")
            sum_ = zlib.crc32(json.dumps(given, sort_keys=True).encode())
            ident = f"{hooks.text(entry, 'turn_id')}-{sum_:08x}"
            return (Asked(ident, "permission", hooks.shown(tool, given)),)
        case "Interrupt":
            return (Idle(),)
        case "Stop":
            return (Idle(hooks.text(entry, "last_assistant_message")),)
    return ()


def _rollout(entry: Mapping[str, Any], payload: Mapping[str, Any]) -> Sequence[Sighting]:
    match entry.get("type"), payload.get("type"):
        case "token_usage_record", _:
            return _used(entry, payload)
        case "response_item", "function_call" | "custom_tool_call":
            given = hooks.text(payload, "arguments") or hooks.text(payload, "input")
            return (Ran(f"{hooks.text(payload, 'name')}: {given}"),)
        case "turn_context", _:
            return (Using(hooks.text(payload, "model")),)
        case "event_msg", "token_count":
            windows = _windows(payload.get("rate_limits"), hooks.moment(entry))
            return (*_context(payload.get("info")), *windows)
        case "event_msg", "task_complete":
            error = payload.get("error")
            if isinstance(error, dict):
                said = hooks.text(error, "message") or "its turn failed"
                if error.get("codex_error_info") == "usage_limit_exceeded":
                    return (Limited(None, said),)
                return (TurnFailed(said),)
    return ()


def _used(entry: Mapping[str, Any], payload: Mapping[str, Any]) -> Sequence[Sighting]:
    usage, ident = payload.get("usage"), hooks.text(payload, "response_id")
    if not isinstance(usage, dict) or not ident:
        return ()
    count = {key: value for key, value in usage.items() if isinstance(value, int)}
    cached = count.get("cached_input_tokens", 0)
    fresh = max(0, count.get("input_tokens", 0) - cached)  # its input includes what was cached
    at = hooks.moment(entry)
    return (Used(ident, "", fresh, cached, count.get("output_tokens", 0), at=at),)


def _context(info: object) -> Sequence[Sighting]:
    """Read how much of its context the last request took."""
    told = info if isinstance(info, dict) else {}
    last, size = told.get("last_token_usage"), told.get("model_context_window")
    used = last.get("total_tokens") if isinstance(last, dict) else None
    return (Context(used, size),) if isinstance(used, int) and isinstance(size, int) else ()


def _answered(limits: object) -> Sequence[Sighting]:
    """Read the limits as its server tells them, in other words than its rollouts do."""
    found: list[Sighting] = []
    for which, limit in limits.items() if isinstance(limits, dict) else ():
        told: dict[str, Any] = {"limit_id": which, "limit_name": hooks.text(limit, "limitName")}
        for name in ("primary", "secondary"):
            window = limit.get(name) if isinstance(limit, dict) else None
            if isinstance(window, dict):
                told[name] = {key: window.get(theirs) for key, theirs in _SAID.items()}
        found += _windows(told, 0.0)
    return found


def _windows(limits: object, at: float) -> Sequence[Sighting]:
    """Read both windows of an allowance; one beside `codex` itself is for a single model."""
    found = []
    which = hooks.text(limits, "limit_id") if isinstance(limits, dict) else ""
    model = ""
    if isinstance(limits, dict) and which not in ("", "codex"):
        model = hooks.text(limits, "limit_name") or which
    for name in ("primary", "secondary"):
        window = limits.get(name) if isinstance(limits, dict) else None
        if isinstance(window, dict):
            used, minutes, resets = (
                window.get(key) for key in ("used_percent", "window_minutes", "resets_at")
            )
            if isinstance(used, int | float) and isinstance(resets, int | float):
                length = minutes * 60.0 if isinstance(minutes, int | float) else 0.0
                told = window_name(length, model) if length else f"{name} {model}".strip()
                found.append(Window(told, used / 100, float(resets), length, model, at))
    return found
