"""GitHub Copilot CLI: its own terminal program, followed by the record it keeps of a conversation.

We choose the conversation's id, so its record is known before it begins; its first title tells that
it has started. A permission can only be answered in its dialog: keys are pressed while the screen
shows it. Its own settings are changed in one thing: the folder of our worktrees of a trusted
repository is among the folders it trusts. Of a plan's windows it tells nothing: a refusal that its
own retries do not outlast is a failed turn. Known by running 1.0.102 on a model of one's own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from harnesses import (
    Ask,
    Asked,
    Began,
    Busy,
    Context,
    HarnessError,
    Idle,
    Launch,
    Merge,
    Named,
    Order,
    Permissions,
    Prompted,
    Sighting,
    TurnFailed,
    Typing,
    Used,
    hooks,
)
from harnesses.interactive import Interactive

_ALLOWED: dict[Permissions, list[str]] = {
    Permissions.ASK: [],
    Permissions.EDITS: ["--allow-tool=write"],
    Permissions.ALL: ["--allow-all-tools"],
}
_COMMENTS = re.compile(r"\A(?:\s*//[^\n]*\n)*")
_DIALOG = "enter to select"


@dataclass(frozen=True, slots=True)
class Copilot(Interactive):
    """GitHub Copilot CLI, interactive."""

    name: str = "copilot"
    wants_trust: bool = True

    def launch(self, order: Order) -> Launch:
        """Start it in the worktree of a trusted repository, its conversation's record followed."""
        if not order.trusted:
            raise order.distrusted("Copilot CLI")
        home = order.home or order.usual(".copilot", "COPILOT_HOME")
        session = order.resume or order.fresh
        argv = ["copilot", "--no-auto-update", f"--session-id={session}"]
        argv += [f"--model={order.model}"] if order.model else []
        argv += _ALLOWED[order.permissions]
        env = {"COPILOT_HOME": str(home)} if order.home else {}
        path = home / "config.json"
        change = partial(_trusting, path=path, folder=str(order.worktree.parent))
        return Launch(
            tuple(argv),
            {**env, **order.env},
            records=(home / "session-state" / session / "events.jsonl",),
            merges=(Merge(path, change),),
            titles=True,
        )

    def read(self, line: str) -> Sequence[Sighting]:
        """Say what the record tells, and that a title was given at all."""
        if line.startswith("title: "):
            return (Began(),) if line.rstrip().endswith("GitHub Copilot") else ()
        entry = hooks.parse(line)
        data = entry.get("data") if entry else None
        if not entry or not isinstance(data, dict):
            return ()
        match entry.get("type"):
            case "session.start":
                return (Named(hooks.text(data, "sessionId")),)
            case "user.message" if not data.get("source"):
                return (Prompted(hooks.text(data, "content")),)
            case "assistant.turn_start":
                return (Busy(),)
            case "permission.completed" if hooks.text(data, "result", "kind") != "cancelled":
                return (Busy(),)  # else its turn is broken off
            case "permission.requested":
                return (_asked(data),)
            case "assistant.message" if not data.get("toolRequests"):
                return (Idle(hooks.text(data, "content")),)
            case "abort":
                return (Idle(),)
            case "session.error":
                return (TurnFailed(hooks.text(data, "message") or "its request failed"),)
            case "tool.execution_complete":
                return _context(data)
            case "session.usage_record":
                return _used(entry, data)
        return ()

    def read_title(self, title: str) -> None:
        """Its titles tell what it is about, not what it does."""

    def say(self, text: str) -> Typing:
        """Clear the composer, paste, and press Enter."""
        text = f" {text}" if text.startswith(("/", "!", "?")) else text
        return Typing(("C-u",), text, ("Enter",), 0.3, never=(_DIALOG,), insist=True)

    def answer(self, ask: Ask, text: str) -> Typing:
        """Answer in the dialog; a reason for a refusal is the next thing said."""
        word, _, why = text.partition(":")
        if word.strip() == "allow":
            return Typing((), "", ("1",), needs=(_DIALOG,))
        said = why.strip() or "The person said no."
        return Typing(("Escape",), submit=(), needs=(_DIALOG,), then=said)


def _trusting(text: str | None, *, path: Path, folder: str) -> str | None:
    """Add a folder to those that are trusted."""
    comments = _COMMENTS.match(text or "")
    head = comments[0] if comments else ""
    try:
        known = json.loads((text or "")[len(head) :] or "{}")
    except ValueError as error:
        raise HarnessError(f"{path} is not valid JSON ({error}); it was left as it is") from error
    trusted = known.setdefault("trustedFolders", []) if isinstance(known, dict) else None
    if not isinstance(trusted, list):
        raise HarnessError(f"{path} is not as Copilot CLI writes it; it was left as it is")
    if folder in trusted:
        return None
    trusted.append(folder)
    return head + json.dumps(known, indent=2, ensure_ascii=False)


def _asked(data: Mapping[str, Any]) -> Asked:
    request = data.get("permissionRequest")
    told = dict(request) if isinstance(request, dict) else {}
    shown = {
        "description": told.get("intention"),
        "command": told.get("fullCommandText"),
        "file_path": told.get("fileName") or told.get("path"),
        "diff": told.get("diff"),
        "url": told.get("url"),
    }
    given = {key: value for key, value in shown.items() if value}
    return Asked(
        hooks.text(data, "requestId"), "permission", hooks.shown(hooks.text(told, "kind"), given)
    )


def _context(data: Mapping[str, Any]) -> Sequence[Sighting]:
    """Read how full its context is, which it tells beside what some tools took."""
    beside = data.get("toolTelemetry")
    metrics = beside.get("metrics") if isinstance(beside, dict) else None
    told = metrics if isinstance(metrics, dict) else {}
    used, size = told.get("context_current_tokens"), told.get("context_token_limit")
    return (Context(used, size),) if isinstance(used, int) and isinstance(size, int) else ()


def _used(entry: Mapping[str, Any], data: Mapping[str, Any]) -> Sequence[Sighting]:
    usage = data.get("usage")
    if not isinstance(usage, dict):
        return ()
    count = {key: value for key, value in usage.items() if isinstance(value, int)}
    cached = count.get("cacheReadTokens", 0)
    return (
        Used(
            hooks.text(entry, "id"),
            hooks.text(usage, "model"),
            max(0, count.get("inputTokens", 0) - cached),
            cached,
            count.get("outputTokens", 0),
            at=hooks.moment(entry),
        ),
    )
