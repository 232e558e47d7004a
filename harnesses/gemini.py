"""Gemini CLI: its own terminal program, told by its hooks, its conversation's file and its title.

Its hooks can only be set in its own settings, so ours stand there once for all sessions of a home
and do nothing in a terminal that is not ours. A permission can only be answered in its dialog: keys
are pressed while the screen shows it. Its title tells what no hook does: a dialog answered on the
screen, a turn broken off. What it cannot give: a quota that is used up stands in a dialog on its
screen and is told nowhere else, and so looks like work. Known by running 0.61.0.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from harnesses import (
    Ask,
    Asked,
    Busy,
    HarnessError,
    Idle,
    Launch,
    Merge,
    Named,
    Order,
    Permissions,
    PromptBy,
    Prompted,
    Recorded,
    Sighting,
    TurnFailed,
    Typing,
    Used,
    hooks,
)

_MODES = {
    Permissions.ASK: "default",
    Permissions.EDITS: "auto_edit",
    Permissions.ALL: "yolo",
}
_HOOKED = ("SessionStart", "BeforeAgent", "Notification", "AfterAgent")
_HOOK = {"name": "conductor", "type": "command", "command": hooks.shared("note"), "timeout": 5000}
_COMMANDS = ("/", "!", "?")  # what a prompt must not begin with, lest it be something else
_DIALOGS = ("1. Allow once", "(Use Enter to select)", "1. Keep trying")
_NO_TEXT = "[no response text]"


@dataclass(frozen=True, slots=True)
class Gemini:
    """Gemini CLI, interactive."""

    name: str = "gemini"
    prompt_by: PromptBy = PromptBy.TYPING
    ends_turn_by_exit: bool = False
    confirms_prompts: bool = True
    stagger: float = 0.0
    wants_trust: bool = True

    def launch(self, order: Order) -> Launch:
        """Start it in the worktree of a trusted repository, told by its hooks and its title."""
        if not order.trusted:
            raise order.distrusted("Gemini CLI")
        argv = ["gemini", "--approval-mode", _MODES[order.permissions]]
        argv += ["--model", order.model] if order.model else []
        argv += ["--resume", order.resume] if order.resume else []
        env = {
            "GEMINI_CLI_TRUST_WORKSPACE": "true",
            hooks.HOOK: str(order.folder / hooks.NAME),
        }
        if order.home:
            env["GEMINI_CLI_HOME"] = str(order.home)
        home = order.home or Path(os.path.expanduser("~"))
        settings = home / ".gemini" / "settings.json"
        return Launch(
            tuple(argv),
            {**env, **order.env},
            {order.folder / hooks.NAME: hooks.script(order.folder, order.inbox)},
            merges=(Merge(settings, partial(_hooked, path=settings)),),
            titles=True,
        )

    def read(self, line: str) -> Sequence[Sighting]:
        """Say what a hook, a title or the conversation's file tells."""
        if line.startswith("title: "):
            return _title(line.removeprefix("title: "))
        entry = hooks.parse(line)
        if entry is None:
            return ()
        return _hook(entry) if "hook_event_name" in entry else _conversation(entry)

    def read_title(self, title: str) -> None:
        """Its titles are told to the inbox, each as it comes."""

    def say(self, text: str) -> Typing:
        """Clear the composer, paste, and press Enter."""
        text = f" {text}" if text.startswith(_COMMANDS) else text
        return Typing(("C-u",), text, ("Enter",), 0.3, never=_DIALOGS, insist=True)

    def answer(self, ask: Ask, text: str) -> Typing:
        """Answer in the dialog; a reason for a refusal is the next thing said."""
        if ask.kind != "permission":
            raise HarnessError("this can only be answered in the agent's own terminal")
        word, _, why = text.partition(":")
        if word.strip() == "allow":
            return Typing((), "", ("1",), needs=("1. Allow once",))
        said = why.strip() or "The person said no."
        return Typing(("Escape",), said, ("Enter",), 1.0, needs=("1. Allow once",))


def _hooked(text: str | None, *, path: Path) -> str | None:
    """Add our hooks to the settings, once."""
    try:
        known = json.loads(text or "{}")
    except ValueError as error:
        raise HarnessError(f"{path} is not valid JSON ({error}); it was left as it is") from error
    if not isinstance(known, dict) or not isinstance(known.setdefault("hooks", {}), dict):
        raise HarnessError(f"{path} is not as Gemini CLI writes it; it was left as it is")
    before = json.dumps(known)
    for event in _HOOKED:
        groups = known["hooks"].setdefault(event, [])
        if not isinstance(groups, list) or not all(isinstance(group, dict) for group in groups):
            raise HarnessError(f"{path}: hooks.{event} is not as expected; it was left as it is")
        found = [hook for group in groups for hook in group.get("hooks", ()) if _is_ours(hook)]
        if found:
            found[0].update(_HOOK)  # of an earlier version of ours
        else:
            groups.append({"hooks": [dict(_HOOK)]})
    return None if json.dumps(known) == before else json.dumps(known, indent=2, ensure_ascii=False)


def _is_ours(hook: object) -> bool:
    return isinstance(hook, dict) and hook.get("name") == _HOOK["name"]


def _title(title: str) -> Sequence[Sighting]:
    match title[:1]:
        case "✦":
            return (Busy(),)
        case "◇":
            return (Idle(ready=False),)
    return ()  # `✋`: the notification tells what is asked


def _hook(entry: Mapping[str, Any]) -> Sequence[Sighting]:
    match entry["hook_event_name"]:
        case "SessionStart":
            named = Named(hooks.text(entry, "session_id"))
            return (Recorded(hooks.text(entry, "transcript_path")), named, Idle())
        case "BeforeAgent":
            return (Prompted(hooks.text(entry, "prompt")),)
        case "Notification" if entry.get("notification_type") == "ToolPermission":
            return (_asked(entry),)
        case "AfterAgent" if (last := hooks.text(entry, "prompt_response")) != _NO_TEXT:
            return (Idle(last),)
    return ()


def _asked(entry: Mapping[str, Any]) -> Asked:
    told = entry.get("details")
    details = dict(told) if isinstance(told, dict) else {}
    kind = "question" if details.get("type") == "ask_user" else "permission"
    shown = {key: details[key] for key in ("command", "filePath", "fileDiff") if key in details}
    title = hooks.text(details, "title") or hooks.text(entry, "message")
    if kind == "question":
        asked = [hooks.text(one, "question") for one in details.get("questions") or ()]
        return Asked(hooks.text(entry, "timestamp"), kind, "\n".join(filter(None, asked)) or title)
    return Asked(hooks.text(entry, "timestamp"), kind, hooks.shown(title, shown))


def _conversation(entry: Mapping[str, Any]) -> Sequence[Sighting]:
    match entry.get("type"):
        case "error":
            return (TurnFailed(hooks.text(entry, "content") or "its request failed"),)
        case "gemini" if isinstance(entry.get("tokens"), dict):
            count = {k: v for k, v in entry["tokens"].items() if isinstance(v, int)}
            cached = count.get("cached", 0)  # which its input includes
            return (
                Used(
                    hooks.text(entry, "id"),
                    hooks.text(entry, "model"),
                    max(0, count.get("input", 0) - cached) + count.get("tool", 0),
                    cached,
                    count.get("output", 0) + count.get("thoughts", 0),
                    at=hooks.moment(entry),
                ),
            )
    return ()
