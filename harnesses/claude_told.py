"""What Claude Code's hooks, transcripts and status file tell, a line at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harnesses import (
    Asked,
    Busy,
    Context,
    Idle,
    Limited,
    Named,
    Over,
    Prompted,
    Ran,
    Recorded,
    Settled,
    Sighting,
    Stands,
    TurnFailed,
    Used,
    Window,
    hooks,
    window_name,
)

_HOOKED = ("permission prompt", "input needed")  # dialogs of which a hook tells, too
_INTERRUPTED = "[Request interrupted by user"


def read(line: str) -> Sequence[Sighting]:
    """Say what a line of the inbox, the transcript or the status means."""
    entry = hooks.parse(line)
    if entry is None:
        return ()
    if "hook_event_name" in entry:
        return _hook(entry)
    if "conductor" in entry:
        return _ours(entry)
    if "statusUpdatedAt" in entry:
        return _status(entry)
    if entry.get("type") == "rate_limit_event":
        info = entry.get("rate_limit_info")
        told = info.get("unifiedWindows") if isinstance(info, dict) else None
        return _windows(told) if isinstance(told, dict) else ()
    return _transcript(entry)


def _ours(entry: Mapping[str, Any]) -> Sequence[Sighting]:
    of = entry.get("of")
    match entry["conductor"]:
        case "began" if isinstance(of, dict):
            transcript = hooks.text(of, "transcript_path")
            above = Path(transcript).parents
            home = above[2] if len(above) > 2 else None
            found: list[Sighting] = [Recorded(transcript)] if transcript else []
            if home and isinstance(entry.get("pid"), int):
                found.append(Recorded(str(home / "sessions" / f"{entry['pid']}.json"), whole=True))
            return (*found, Idle()) if of.get("source") != "compact" else found
        case "asked" if isinstance(of, dict):
            return (*_helper_s_record(of), _asked(hooks.text(entry, "ask"), of))
        case "answered":
            return (Settled(hooks.text(entry, "ask")),)
        case "context":
            return _context(entry.get("size"), entry.get("percent"))
        case "limits" if isinstance(of, dict):
            at = entry.get("at")
            return _windows(of, float(at) if isinstance(at, int) else 0.0)
    return ()


def _context(size: object, percent: object) -> Sequence[Sighting]:
    if isinstance(size, int) and isinstance(percent, int | float) and size > 0:
        return (Context(round(size * percent / 100), size),)
    return ()


def _windows(told: Mapping[str, Any], at: float = 0.0) -> Sequence[Sighting]:
    """Read windows as the status line tells them (percent) and as its events do (a fraction)."""
    found = []
    for name, window in told.items():
        length, model = _window(name)
        if not length or not isinstance(window, dict):
            continue
        percent, part = window.get("used_percentage"), window.get("utilization")
        used = percent / 100 if isinstance(percent, int | float) else part
        resets = window.get("resets_at", window.get("resetsAt"))
        if isinstance(used, int | float) and isinstance(resets, int | float):
            named = window_name(length, model)
            found.append(Window(named, float(used), float(resets), length, model, at))
    return found


def _window(name: str) -> tuple[float, str]:
    """Return the length of one of its windows and the models it is for; 0 for what is none."""
    for begin, length in (("five_hour", 5 * 3600.0), ("seven_day", 7 * 86_400.0)):
        if name.startswith(begin):
            rest = name.removeprefix(begin).strip("_")
            return length, "" if rest in ("", "overage_included") else rest.replace("_", " ")
    return 0.0, ""


def _asked(ask: str, of: Mapping[str, Any]) -> Asked:
    tool, given = hooks.text(of, "tool_name"), of.get("tool_input")
    by = hooks.text(of, "agent_id")
    question = hooks.questions(tool, given)
    kind, said = ("question", question) if question else ("permission", hooks.shown(tool, given))
    return Asked(ask, kind, said, beside=True, helper=by)


def _helper_s_record(of: Mapping[str, Any]) -> Sequence[Sighting]:
    """Say where a helper that asks keeps its record: there stands what becomes of what it asks."""
    by, transcript = hooks.text(of, "agent_id"), hooks.text(of, "transcript_path")
    if not by or not transcript.endswith(".jsonl"):
        return ()
    return (Recorded(f"{transcript.removesuffix('.jsonl')}/subagents/agent-{by}.jsonl"),)


def _hook(entry: Mapping[str, Any]) -> Sequence[Sighting]:
    match entry["hook_event_name"]:
        case "UserPromptSubmit":
            named = Named(hooks.text(entry, "session_id"))
            return (named, Prompted(hooks.text(entry, "prompt")))
        case "SubagentStop":
            path, by = hooks.text(entry, "agent_transcript_path"), hooks.text(entry, "agent_id")
            over = (Settled(helper=by),) if by else ()
            return (Recorded(path), *over) if path else over
        case "Stop" if not _has_helpers(entry):
            idle = Idle(hooks.text(entry, "last_assistant_message"))
            return (Settled(helper="*"), idle) if "background_tasks" in entry else (idle,)
    return ()


def _has_helpers(entry: Mapping[str, Any]) -> bool:
    """Say whether helpers are at work in the background, with which the agent will go on."""
    tasks = hooks.objects(entry, "background_tasks")
    running = (hooks.text(one, "type") for one in tasks if one.get("status") == "running")
    return "subagent" in running


def _status(entry: Mapping[str, Any]) -> Sequence[Sighting]:
    since = entry["statusUpdatedAt"]
    if not isinstance(since, int | float):
        return ()
    state: Busy | Idle | Asked
    match entry.get("status"):
        case "busy":
            state = Busy()
        case "idle":
            state = Idle()
        case "waiting":
            what = hooks.text(entry, "waitingFor") or "something"
            text = f"{what}: it can only be answered in the agent's own terminal"
            state = Asked(f"status-{since:.0f}", "screen", text)
            return (Stands(state, since / 1000, hooked=what in _HOOKED),)
        case _:
            return ()
    return (Stands(state, since / 1000),)


def _transcript(entry: Mapping[str, Any]) -> Sequence[Sighting]:
    message = entry.get("message")
    if not isinstance(message, dict):
        return ()
    alone = entry.get("isSidechain") is not True  # what befalls a subagent is not the session's
    blocks = hooks.objects(message, "content")
    if entry.get("type") == "user":
        if alone and any(hooks.text(b, "text").startswith(_INTERRUPTED) for b in blocks):
            return (Idle(),)
        return [Over(one) for one in (hooks.text(b, "tool_use_id") for b in blocks) if one]
    if entry.get("type") != "assistant":
        return ()
    if entry.get("isApiErrorMessage") is True:
        return _failure(entry, blocks) if alone else ()
    return (*_used(entry, message), *_ran(blocks, helper=not alone))


def _ran(blocks: Sequence[Mapping[str, Any]], *, helper: bool) -> Sequence[Sighting]:
    return [
        Ran(
            hooks.shown(hooks.text(block, "name"), block.get("input")),
            hooks.text(block, "id"),
            helper,
        )
        for block in blocks
        if block.get("type") == "tool_use"
    ]


def _failure(entry: Mapping[str, Any], blocks: Sequence[Mapping[str, Any]]) -> Sequence[Sighting]:
    """Tell a window that is used up from every other failure; only the former comes back."""
    said = "".join(hooks.text(block, "text") for block in blocks)
    limits = entry.get("quotaLimits")
    resets = limits.get("resetsAt") if isinstance(limits, dict) else None
    if isinstance(resets, int | float) and limits and limits.get("status") == "rejected":
        length, model = _window(hooks.text(limits, "rateLimitType"))
        if not length:
            return (Limited(float(resets), said),)
        name = window_name(length, model)
        full = Window(name, 1.0, float(resets), length, model)
        return (full, Limited(float(resets), said, name, model))
    return (TurnFailed(said or hooks.text(entry, "error") or "its request failed"),)


def _used(entry: Mapping[str, Any], message: Mapping[str, Any]) -> Sequence[Sighting]:
    usage, model = message.get("usage"), hooks.text(message, "model")
    if not isinstance(usage, dict) or not model or model == "<synthetic>":
        return ()
    count = {key: value for key, value in usage.items() if isinstance(value, int)}
    ident = f"{hooks.text(message, 'id')}:{hooks.text(entry, 'requestId')}"
    written = count.get("cache_creation_input_tokens", 0)
    fresh = count.get("input_tokens", 0) + written
    cached, output = count.get("cache_read_input_tokens", 0), count.get("output_tokens", 0)
    at = hooks.moment(entry)
    return (Used(ident, model, fresh, cached, output, at=at, written=written),)
