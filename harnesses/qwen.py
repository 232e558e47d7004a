"""Qwen Code: its own terminal program, with the channels it has for a second screen.

It tells its events into a pipe (`--json-file`), of which a `grep` beside it passes on what matters
to the inbox, in order with what its hooks tell there; it takes prompts and answers from a file
(`--input-file`, which it looks at twice a second), so a draft in its composer stays the person's.
The hooks come with the launch, as defaults below the person's own settings. Of a plan's limits it
tells nothing: a refusal is a failed turn. Known by running 0.24.4.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    Recorded,
    Sighting,
    TurnFailed,
    Used,
    hooks,
)
from harnesses.interactive import Interactive

_WISHES = "qwen-wishes.jsonl"
_MODES = {
    Permissions.ASK: "default",
    Permissions.EDITS: "auto-edit",
    Permissions.ALL: "yolo",
}
_HOOKED = ("SessionStart", "Stop", "StopFailure", "Notification")
_PASSED = (
    '"can_use_tool"|"control_response"|"message_start"|"role":"user","content":.."type":"text"'
)
# It may open the pipe, start itself anew, and open it again: so the reader holds it open as well,
# and ends with the agent.
_RUN = """\
pipe=$1 inbox=$2 passed=$3; shift 3
[ -p "$pipe" ] || mkfifo -m 600 "$pipe" || exit 126
grep --line-buffered -E "$passed" <>"$pipe" >>"$inbox" &
reader=$!
"$@"
code=$?
kill "$reader"
exit "$code"
"""


@dataclass(frozen=True, slots=True)
class Qwen(Interactive):
    """Qwen Code, interactive."""

    name: str = "qwen"

    def launch(self, order: Order) -> Launch:
        """Start it in the worktree with its second screen."""
        pipe, wishes = order.folder / "qwen.pipe", order.folder / _WISHES
        defaults = order.folder / "qwen-defaults.json"
        argv = ["/bin/sh", "-c", _RUN, "qwen", str(pipe), str(order.inbox), _PASSED]
        argv += ["qwen", "--json-file", str(pipe), "--input-file", str(wishes)]
        argv += ["--approval-mode", _MODES[order.permissions]]
        argv += ["--model", order.model] if order.model else []
        if order.resume:
            argv += ["--resume", order.resume]
        elif order.fresh:
            argv += ["--session-id", order.fresh]
        env = {"QWEN_CODE_SYSTEM_DEFAULTS_PATH": str(defaults)}
        if order.home:
            env["QWEN_HOME"] = str(order.home)
        seeds = {
            wishes: "",  # what was meant for an earlier run is not meant for this one
            defaults: _defaults(order),
            order.folder / hooks.NAME: hooks.script(order.folder, order.inbox),
        }
        return Launch(tuple(argv), {**env, **order.env}, seeds, runs="qwen")

    def read(self, line: str) -> Sequence[Sighting]:
        """Say what a hook, an event or the conversation's file tells."""
        entry = hooks.parse(line)
        if entry is None:
            return ()
        if "hook_event_name" in entry:
            return _hook(entry)
        if "usageMetadata" in entry:
            return _used(entry)
        return _event(entry)

    def read_title(self, title: str) -> None:
        """Its title tells nothing that its events don't."""

    def say(self, text: str) -> Line:
        """Submit the prompt by the file."""
        return Line(_WISHES, json.dumps({"type": "submit", "text": text}))

    def answer(self, ask: Ask, text: str) -> Line:
        """Answer by the file; a reason for a refusal is the next thing said."""
        word, _, why = text.partition(":")
        allowed = ask.kind == "permission" and word.strip() == "allow"
        said = {"type": "confirmation_response", "request_id": ask.id, "allowed": allowed}
        if allowed:
            return Line(_WISHES, json.dumps(said))
        words = text if ask.kind == "question" else why.strip() or "The person said no."
        return Line(_WISHES, json.dumps(said) + "\n" + self.say(words).text)


def _defaults(order: Order) -> str:
    hook = {"type": "command", "command": hooks.command(order.folder, "note"), "name": "conductor"}
    told: dict[str, Any] = {"hooks": {event: [{"hooks": [hook]}] for event in _HOOKED}}
    return json.dumps(told, indent=1)


def _hook(entry: Mapping[str, Any]) -> Sequence[Sighting]:
    match entry["hook_event_name"]:
        case "SessionStart":
            named = Named(hooks.text(entry, "session_id"))
            return (Recorded(hooks.text(entry, "transcript_path")), named, Idle())
        case "Stop":
            return (Idle(hooks.text(entry, "last_assistant_message")),)
        case "StopFailure":
            why = hooks.text(entry, "error_details") or hooks.text(entry, "error")
            return (TurnFailed(why or "its request failed"),)
        case "Notification" if entry.get("notification_type") == "idle_prompt":
            return (Idle(),)  # also where a turn was broken off
    return ()


def _event(entry: Mapping[str, Any]) -> Sequence[Sighting]:
    match entry.get("type"):
        case "user":
            parts = hooks.objects(entry, "message", "content")
            said = [hooks.text(part, "text") for part in parts if part.get("type") == "text"]
            return (Prompted("\n".join(said)),) if said else ()
        case "control_request":
            return (_asked(entry),)
        case "control_response" | "stream_event":
            return (Busy(),)
    return ()


def _asked(entry: Mapping[str, Any]) -> Asked:
    tool = hooks.text(entry, "request", "tool_name")
    request = entry.get("request")
    given = request.get("input") if isinstance(request, dict) else None
    kind = "question" if tool == "ask_user_question" else "permission"
    return Asked(hooks.text(entry, "request_id"), kind, hooks.shown(tool, given))


def _used(entry: Mapping[str, Any]) -> Sequence[Sighting]:
    usage = entry["usageMetadata"]
    if entry.get("type") != "assistant" or not isinstance(usage, dict):
        return ()
    count = {key: value for key, value in usage.items() if isinstance(value, int)}
    cached = count.get("cachedContentTokenCount", 0)
    return (
        Used(
            hooks.text(entry, "uuid"),
            hooks.text(entry, "model"),
            max(0, count.get("promptTokenCount", 0) - cached),
            cached,
            count.get("candidatesTokenCount", 0),
            at=hooks.moment(entry),
        ),
    )
