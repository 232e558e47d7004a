"""Claude Code: its own terminal program, told apart and answered by its own hooks and records.

Its hooks come with the launch (`--settings`), so neither the repository nor the person's settings
are touched. Its transcript tells usage, limits, failures and interruptions; its status file tells
what no hook does, such as a dialog that was answered on its screen. Known by running 2.1.329.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from shlex import quote
from typing import Any

from harnesses import (
    Ask,
    Asked,
    Asking,
    Busy,
    Context,
    HarnessError,
    Idle,
    Launch,
    Limited,
    Merge,
    Named,
    Order,
    Permissions,
    PromptBy,
    Prompted,
    Ran,
    Recorded,
    Reply,
    Sighting,
    Stands,
    TurnFailed,
    Typing,
    Used,
    Window,
    hooks,
    window_name,
)

_MODES = {
    Permissions.ASK: "manual",
    Permissions.EDITS: "acceptEdits",
    Permissions.ALL: "bypassPermissions",
}
# No hook of single tools: they would cost every tool call, and what a subagent has just done says
# nothing about a dialog that stands meanwhile.
_VERBS = {
    "SessionStart": "began",
    "UserPromptSubmit": "turn",
    "PermissionRequest": "ask",
    "SubagentStop": "note",
    "Stop": "turn",
    "SessionEnd": "turn",
}
_DAY = 86_400
_INTERRUPTED = "[Request interrupted by user"


@dataclass(frozen=True, slots=True)
class Claude:
    """Claude Code, interactive."""

    name: str = "claude"
    prompt_by: PromptBy = PromptBy.TYPING
    ends_turn_by_exit: bool = False
    confirms_prompts: bool = True
    stagger: float = 0.0
    wants_trust: bool = True

    def launch(self, order: Order) -> Launch:
        """Start it in the worktree, with hooks that tell the session's inbox."""
        home, own = _places(order)
        argv = ["claude", "--settings", str(order.folder / "claude.json")]
        argv += ["--permission-mode", _MODES[order.permissions]]
        argv += ["--model", order.model] if order.model else []
        if order.resume:
            argv += ["--resume", order.resume]
        elif order.fresh:
            argv += ["--session-id", order.fresh]
        env = {"DISABLE_AUTOUPDATER": "1", **order.env}
        if own:
            env["CLAUDE_CONFIG_DIR"] = str(home)
        seeds = {
            order.folder / "claude.json": _settings(order),
            order.folder / hooks.NAME: hooks.script(order.folder, order.inbox),
        }
        # Beside a home of its own the file lies inside it; the default home's lies next to it.
        path = home / ".claude.json" if own else home.parent / ".claude.json"
        change = partial(_welcome, path=path, order=order)
        instead = {"CLAUDE_CODE_SANDBOXED": "1"} if order.trusted else None
        merge = Merge(path, change, home / "sessions", instead)
        return Launch(tuple(argv), env, seeds, merges=(merge,))

    def read(self, line: str) -> Sequence[Sighting]:
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

    @property
    def default_home(self) -> Path:
        """Where it keeps its things unless told otherwise."""
        return Path(os.path.expanduser("~/.claude"))

    def ask_windows(self, order: Order) -> Asking:
        """Ask the smallest model for one word: every answer comes with the windows.

        It leaves nothing in the home's history, and runs none of its hooks, tools or servers.
        """
        home, own = _places(order)
        argv = ["claude", "-p", "Say ok.", "--model", "haiku", "--output-format", "stream-json"]
        argv += ["--verbose", "--no-session-persistence", "--strict-mcp-config", "--max-turns", "1"]
        argv += ["--setting-sources", "", "--tools", ""]
        env = {"DISABLE_AUTOUPDATER": "1", **order.env}
        if own:
            env["CLAUDE_CONFIG_DIR"] = str(home)
        return Asking(tuple(argv), env)

    def read_title(self, title: str) -> None:
        """Its title says nothing of its state."""

    def say(self, text: str) -> Typing:
        """Clear the composer, paste, and press Enter."""
        return Typing(("C-u",), text, ("Enter",), 0.1)

    def answer(self, ask: Ask, text: str) -> Reply:
        """Answer by the hook that waits."""
        if ask.kind == "permission":
            return hooks.reply(ask, hooks.permission(text))
        told = hooks.parse(ask.told)
        given = told.get("tool_input") if told else None
        questions = given.get("questions") if isinstance(given, dict) else None
        if not isinstance(given, dict) or not isinstance(questions, list):
            raise HarnessError("this can only be answered in the agent's own terminal")
        lines = text.splitlines()
        each = lines if len(lines) == len(questions) else [text] * len(questions)
        answers = {hooks.text(q, "question"): a for q, a in zip(questions, each, strict=True)}
        decision = {"behavior": "allow", "updatedInput": {**given, "answers": answers}}
        return hooks.reply(ask, decision)


# Before the start.


def _places(order: Order) -> tuple[Path, bool]:
    """Return the config home, and whether it is one of its own and not the user's default."""
    default = Claude().default_home
    home = order.home or default
    return home, home != default


def _settings(order: Order) -> str:
    told: dict[str, Any] = {"hooks": {}}
    for event, verb in _VERBS.items():
        hook = {"type": "command", "command": hooks.command(order.folder, verb)}
        hook["timeout"] = _DAY if verb == "ask" else 10  # type: ignore[assignment]
        told["hooks"][event] = [{"hooks": [hook]}]
    meter = f"{hooks.command(order.folder, 'meter')} {quote(_status_line(order))}".rstrip()
    told["statusLine"] = {"type": "command", "command": meter}
    if order.commands:
        told["permissions"] = {"allow": [f"Bash({one}:*)" for one in order.commands]}
    if order.permissions is Permissions.ALL:
        told["skipDangerousModePermissionPrompt"] = True
    return json.dumps(told, indent=1)


def _status_line(order: Order) -> str:
    """Return the command of the person's own status line, which goes on below ours."""
    try:
        known = hooks.parse((_places(order)[0] / "settings.json").read_text("utf-8").strip())
    except (OSError, ValueError):
        return ""
    return hooks.text(known or {}, "statusLine", "command")


def _welcome(text: str | None, *, path: Path, order: Order) -> str | None:
    """Spare the first-run dialogs that the person has answered to us already."""
    try:
        known = json.loads(text or "{}")
    except ValueError as error:
        raise HarnessError(f"{path} is not valid JSON ({error}); it was left as it is") from error
    if not isinstance(known, dict) or not isinstance(known.setdefault("projects", {}), dict):
        raise HarnessError(f"{path} is not as Claude Code writes it; it was left as it is")
    before = json.dumps(known)
    known["hasCompletedOnboarding"] = True
    if order.repo is not None:
        project = known["projects"].setdefault(str(order.repo), {})
        if order.trusted:
            project["hasTrustDialogAccepted"] = True
        elif project.get("hasTrustDialogAccepted") is not True:
            raise order.distrusted("Claude Code")
    if key := order.env.get("ANTHROPIC_API_KEY"):
        answered = known.setdefault("customApiKeyResponses", {"approved": [], "rejected": []})
        approved = answered.setdefault("approved", [])
        if key[-20:] not in approved:
            approved.append(key[-20:])
    if json.dumps(known) == before:
        return None
    return json.dumps(known, indent=2, ensure_ascii=False)


# While it runs.


def _ours(entry: Mapping[str, Any]) -> Sequence[Sighting]:
    of = entry.get("of")
    match entry["conductor"]:
        case "began" if isinstance(of, dict):
            transcript = hooks.text(of, "transcript_path")
            home = Path(transcript).parents[2] if transcript.count("/") > 3 else None
            found: list[Sighting] = [Recorded(transcript)] if transcript else []
            if home and isinstance(entry.get("pid"), int):
                found.append(Recorded(str(home / "sessions" / f"{entry['pid']}.json"), whole=True))
            return (*found, Idle()) if of.get("source") != "compact" else found
        case "asked" if isinstance(of, dict):
            return (_asked(hooks.text(entry, "ask"), of),)
        case "answered":
            return (Busy(),)
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
    if tool != "AskUserQuestion" or not isinstance(given, dict):
        return Asked(ask, "permission", hooks.shown(tool, given))
    lines = []
    for question in given.get("questions") or ():
        lines.append(hooks.text(question, "question"))
        for option in question.get("options") or ():
            told = f"- {hooks.text(option, 'label')}: {hooks.text(option, 'description')}"
            lines.append(told.rstrip(": "))
    return Asked(ask, "question", "\n".join(lines))


def _hook(entry: Mapping[str, Any]) -> Sequence[Sighting]:
    match entry["hook_event_name"]:
        case "UserPromptSubmit":
            named = Named(hooks.text(entry, "session_id"))
            return (named, Prompted(hooks.text(entry, "prompt")))
        case "SubagentStop":
            path = hooks.text(entry, "agent_transcript_path")
            return (Recorded(path),) if path else ()
        case "Stop":
            return (Idle(hooks.text(entry, "last_assistant_message")),)
    return ()


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
        case _:
            return ()
    return (Stands(state, since / 1000),)


def _transcript(entry: Mapping[str, Any]) -> Sequence[Sighting]:
    message = entry.get("message")
    if not isinstance(message, dict):
        return ()
    alone = entry.get("isSidechain") is not True  # what befalls a subagent is not the session's
    if entry.get("type") == "user":
        content = message.get("content")
        for block in content if isinstance(content, list) else ():
            if alone and hooks.text(block, "text").startswith(_INTERRUPTED):
                return (Idle(),)
        return ()
    if entry.get("type") != "assistant":
        return ()
    if entry.get("isApiErrorMessage") is True:
        return _failure(entry, message) if alone else ()
    return (*_used(entry, message), *_ran(message)) if alone else _used(entry, message)


def _ran(message: Mapping[str, Any]) -> Sequence[Sighting]:
    content = message.get("content")
    return [
        Ran(hooks.shown(hooks.text(block, "name"), block.get("input")))
        for block in (content if isinstance(content, list) else ())
        if isinstance(block, dict) and block.get("type") == "tool_use"
    ]


def _failure(entry: Mapping[str, Any], message: Mapping[str, Any]) -> Sequence[Sighting]:
    """Tell a window that is used up from every other failure; only the former comes back."""
    content = message.get("content")
    said = "".join(hooks.text(b, "text") for b in content) if isinstance(content, list) else ""
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
