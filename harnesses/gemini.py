"""Gemini CLI: its own terminal program, told by its hooks, its conversation's file and its title.

Its hooks can only be set in its own settings, so ours stand there once for all sessions of a home
and do nothing in a terminal that is not ours. A permission can only be answered in its dialog: keys
are pressed while the screen shows it. Its title tells when a dialog was answered on the screen, its
conversation's file when a turn was broken off or failed. That a quota is used up, or a model not
there, stands in a dialog on its screen and nowhere else, so that is read. Known by running 0.61.0.
"""

from __future__ import annotations

import json
import re
import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from harnesses import (
    SHOWN,
    Ask,
    Asked,
    Busy,
    HarnessError,
    Idle,
    Launch,
    Limited,
    Merge,
    Named,
    Order,
    Permissions,
    Prompted,
    Recorded,
    Sighting,
    TurnFailed,
    Typing,
    Used,
    hooks,
)
from harnesses.interactive import Interactive

_MODES = {
    Permissions.ASK: "default",
    Permissions.EDITS: "auto_edit",
    Permissions.ALL: "yolo",
}
_HOOKED = ("SessionStart", "BeforeAgent", "Notification", "AfterAgent")
_HOOK = {"name": "conductor", "type": "command", "command": hooks.shared("note"), "timeout": 5000}
_COMMANDS = ("/", "!", "?")  # what a prompt must not begin with, lest it be something else
_READY, _ASKING = "◇", "✋"  # how its titles begin
_ALLOW, _WORKING = "1. Allow once", "(esc to cancel"
_HOOKED_BY = 5.0  # seconds after which its hook would have told what it asks
_DIALOGS = (_ALLOW, "(Use Enter to select)", "1. Keep trying")
_NO_TEXT = "[no response text]"
_OPTION = re.compile(r"^(\d)\. (.+)$", re.MULTILINE)
_USED_UP = "Usage limit reached for "
_RESET = re.compile(r"Access resets at (\d+):(\d\d)\s(AM|PM)(?:\s(?:UTC|GMT)([+-]\d+)?(:\d\d)?)?")
_CANCELLED = "Request cancelled."


@dataclass(frozen=True, slots=True)
class Gemini(Interactive):
    """Gemini CLI, interactive."""

    name: str = "gemini"
    wants_trust: bool = True
    only_screen: bool = False

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
        home = order.home or order.usual("", "GEMINI_CLI_HOME")
        settings = home / ".gemini" / "settings.json"
        return Launch(
            tuple(argv),
            {**env, **order.env},
            {order.folder / hooks.NAME: hooks.script(order.folder, order.inbox)},
            merges=(Merge(settings, partial(_hooked, path=settings)),),
        )

    def read(self, line: str) -> Sequence[Sighting]:
        """Say what a hook or the conversation's file tells."""
        entry = hooks.parse(line)
        if entry is None:
            return ()
        return _hook(entry) if "hook_event_name" in entry else _conversation(entry)

    def read_title(self, title: str) -> Busy | Idle | Asked:
        """Say what it shows in its terminal's title: no hook tells when a dialog was answered."""
        if title[:1] == _ASKING:
            return Asked("title", "screen", "It can only be answered in the agent's own terminal")
        return Idle() if title[:1] in ("", _READY) else Busy()

    def read_screen(self, title: str, screen: str, now: float, still: float) -> Sighting | None:
        """Read the dialog of a model that cannot be had; what else it asks, its hooks tell."""
        box = _box(screen)
        if not _OPTION.search(box):
            working = _WORKING in screen and isinstance(self.read_title(title), Busy)
            return Busy() if working else Idle(ready=False) if title[:1] == _READY else None
        if box.startswith(_USED_UP):
            said = box.splitlines()
            return Limited(_reset(box, now), " ".join(said[: 1 + said[1].startswith("Access")]))
        if title[:1] == _ASKING and still < _HOOKED_BY:
            return None
        kind = "permission" if _ALLOW in box else "question"
        return Asked(f"{SHOWN}{zlib.crc32(box.encode()):08x}", kind, box)

    def say_over(self, screen: str, text: str) -> Typing:
        """Put the dialog of a used-up quota away, as its last answer does, and then say it."""
        stop = _stop(_box(screen))
        return Typing((stop[0],), text, pause=1.0, needs=stop[1:]) if stop else self.say(text)

    def say(self, text: str) -> Typing:
        """Clear the composer, paste, and press Enter."""
        text = f" {text}" if text.startswith(_COMMANDS) else text
        return Typing(("C-u",), text, ("Enter",), 0.3, never=_DIALOGS, insist=True)

    def answer(self, ask: Ask, text: str) -> Typing:
        """Answer in the dialog; a reason for a refusal is the next thing said."""
        if ask.id.startswith(SHOWN) and ask.kind == "question":
            return _chosen(ask, text.strip())
        if ask.kind != "permission":
            raise HarnessError("this can only be answered in the agent's own terminal")
        word, _, why = text.partition(":")
        if word.strip() == "allow":
            return Typing((), "", ("1",), needs=(_ALLOW,))
        said = why.strip() or "The person said no."
        return Typing(("Escape",), submit=(), needs=(_ALLOW,), then=said)


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


def _box(screen: str) -> str:
    """Return what stands in the last frame that is drawn across the screen."""
    lines = [line.rstrip() for line in screen.splitlines()]
    begins = [at for at, line in enumerate(lines) if line.startswith("╭")]
    inner = lines[begins[-1] + 1 :] if begins else []
    ends = next((at for at, line in enumerate(inner) if line.startswith("╰")), 0)
    return "\n".join(filter(None, (line.strip("│╭─╮╰╯● ") for line in inner[:ends])))


def _reset(box: str, now: float) -> float | None:
    """Say when access returns: it is told to the minute, without a day."""
    told = _RESET.search(box)
    if told is None:
        return None
    hour = int(told[1]) % 12 + 12 * (told[3] == "PM")
    here = time.localtime(now)
    ahead = here.tm_gmtoff
    if "UTC" in told[0] or "GMT" in told[0]:
        minutes = int((told[5] or ":0")[1:])
        hours = int(told[4] or 0)
        ahead = hours * 3600 + (minutes if hours >= 0 else -minutes) * 60
    day = (now + ahead) // 86_400 * 86_400
    at = day + hour * 3600 + int(told[2]) * 60 - ahead + 60  # it returns within that minute
    return at if at > now else at + 86_400


def _stop(box: str) -> tuple[str, str] | None:
    """Return the key of the answer that ends the turn, and how it reads."""
    found = [(key, f"{key}. {label}") for key, label in _OPTION.findall(box)]
    return found[-1] if found else None


def _chosen(ask: Ask, text: str) -> Typing:
    """Press the key of an answer that is offered, or end the turn and say something else."""
    offered = dict(_OPTION.findall(ask.text))
    if text in offered:
        return Typing((), "", (text,), needs=(f"{text}. {offered[text]}",))
    stop = _stop(ask.text)
    if stop is None:
        raise HarnessError("this can only be answered in the agent's own terminal")
    return Typing((stop[0],), text, pause=1.0, needs=stop[1:])


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
        asked = [hooks.text(one, "question") for one in hooks.objects(details, "questions")]
        return Asked(hooks.text(entry, "timestamp"), kind, "\n".join(filter(None, asked)) or title)
    return Asked(hooks.text(entry, "timestamp"), kind, hooks.shown(title, shown))


def _conversation(entry: Mapping[str, Any]) -> Sequence[Sighting]:
    match entry.get("type"):
        case "error":
            return (TurnFailed(hooks.text(entry, "content") or "its request failed"),)
        case "info" if hooks.text(entry, "content") == _CANCELLED:
            return (Idle(ready=False),)
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
