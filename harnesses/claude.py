"""Claude Code: its own terminal program, told apart and answered by its own hooks and records.

Its hooks come with the launch (`--settings`), so neither the repository nor the person's settings
are touched. Its transcript tells usage, limits, failures and interruptions; its status file tells
what no hook does, such as a dialog that was answered on its screen. Known by running 2.1.329.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

from harnesses import (
    Ask,
    Asking,
    HarnessError,
    Launch,
    Merge,
    Order,
    Permissions,
    Reply,
    Sighting,
    Typing,
    claude_told,
    hooks,
)
from harnesses.interactive import Interactive

if TYPE_CHECKING:
    from harnesses import Harness

MODES = {
    Permissions.ASK: "default",  # later releases call it manual, and know this word, too
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
_LONG = 60  # seconds for a hook: one that is killed on a busy machine has told nothing
_DIALOGS = ("Esc to cancel", "Enter to confirm", "Enter to select")
_CONTINUING = r"Continuing[^·]{0,80}·Esctocancel"  # at its limit it waits for the reset, and for us


@dataclass(frozen=True, slots=True)
class Claude(Interactive):
    """Claude Code, interactive."""

    name: str = "claude"
    wants_trust: bool = True
    forks: bool = True

    def launch(self, order: Order) -> Launch:
        """Start it in the worktree, with hooks that tell the session's inbox."""
        home, own = places(order)
        argv = ["claude", "--settings", str(order.folder / "claude.json")]
        argv += ["--permission-mode", MODES[order.permissions]]
        argv += ["--model", order.model] if order.model else []
        argv += ["--resume", order.resume] if order.resume else fresh_or_forked(order)
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
        return claude_told.read(line)

    @property
    def default_home(self) -> Path:
        """Where it keeps its things unless told otherwise."""
        return Path(os.path.expanduser("~/.claude"))

    def ask_windows(self, order: Order) -> Asking:
        """Ask the smallest model for one word: every answer comes with the windows.

        It leaves nothing in the home's history, and runs none of its hooks, tools or servers.
        """
        home, own = places(order)
        argv = ["claude", "-p", "Say ok.", "--model", "haiku", "--output-format", "stream-json"]
        argv += ["--verbose", "--no-session-persistence", "--strict-mcp-config", "--max-turns", "1"]
        argv += ["--setting-sources", "", "--tools", ""]
        env = {"DISABLE_AUTOUPDATER": "1", **order.env}
        if own:
            env["CLAUDE_CONFIG_DIR"] = str(home)
        return Asking(tuple(argv), env)

    @property
    def headless(self) -> Harness:
        """The same by its print mode."""
        from harnesses.headless.harness import ClaudeHeadless

        return ClaudeHeadless()

    def read_title(self, title: str) -> None:
        """Its title says nothing of its state."""

    def say(self, text: str) -> Typing:
        """Clear the composer, paste, and press Enter; never into one of its dialogs.

        While it takes a conversation up it can take the words and pass over the key.
        """
        return Typing(
            ("C-u",), text, ("Enter",), 0.1, never=_DIALOGS, spare=_CONTINUING, insist=True
        )

    def answer(self, ask: Ask, text: str) -> Reply:
        """Answer by the hook that waits; no words leave the ask to its own dialog."""
        if not text:
            return hooks.let_go(ask)
        if ask.kind == "permission":
            return hooks.reply(ask, hooks.permission(text))
        told = hooks.parse(ask.told)
        given = told.get("tool_input") if told else None
        if not isinstance(given, dict) or not hooks.questions("AskUserQuestion", given):
            raise HarnessError("this can only be answered in the agent's own terminal")
        changed = {**given, **hooks.answers(given, text)}
        decision = {"behavior": "allow", "updatedInput": changed}
        return hooks.reply(ask, decision)


# Before the start.


def fresh_or_forked(order: Order) -> list[str]:
    """Return what begins a conversation of that name: a new one, or where another one stands."""
    argv = ["--session-id", order.fresh] if order.fresh else []
    if not order.fork:
        return argv
    # It looks for an id where it is started, and the conversation lies elsewhere.
    file = next((one for one in order.forked if one.stem == order.fork), order.fork)
    return ["--resume", str(file), "--fork-session", *argv]


def places(order: Order) -> tuple[Path, bool]:
    """Return the config home, and whether it is one of its own and not the user's default."""
    home = order.home or order.usual(".claude", "CLAUDE_CONFIG_DIR")
    return home, home != order.usual(".claude", "")


def _settings(order: Order) -> str:
    told: dict[str, Any] = {"hooks": {}}
    for event, verb in _VERBS.items():
        hook = {"type": "command", "command": hooks.command(order.folder, verb)}
        hook["timeout"] = _DAY if verb == "ask" else _LONG  # type: ignore[assignment]
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
        known = hooks.parse((places(order)[0] / "settings.json").read_text("utf-8").strip())
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
