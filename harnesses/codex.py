"""Codex: its own terminal program, whose hooks and trust come with the launch alone.

All that it needs is given by `-c` for one start: its hooks, that these very hooks are trusted (by
the digest that Codex itself makes of each), and the person's trust in the repository. So nothing of
the person's home is touched, and hooks that a repository brings stay as untrusted as they were.
Known by running 0.163.0.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harnesses import (
    Ask,
    Asked,
    Asking,
    Busy,
    HarnessError,
    Idle,
    Launch,
    Order,
    Permissions,
    PromptBy,
    Sighting,
    Typing,
    codex_told,
    hooks,
)
from harnesses.interactive import Interactive

if TYPE_CHECKING:
    from harnesses import Harness

# Its own sandbox does what it can: `ask` may change nothing unasked, `all` may do what it likes in
# the worktree, and what the sandbox forbids then fails instead of being asked for.
POLICIES = {
    Permissions.ASK: ("on-request", "read-only"),
    Permissions.EDITS: ("on-request", "workspace-write"),
    Permissions.ALL: ("never", "workspace-write"),
}
_VERBS = {
    "SessionStart": "began",
    "UserPromptSubmit": "note",
    "PermissionRequest": "note",
    "Interrupt": "note",
    "Stop": "note",
}
_PATIENCE = {"Interrupt": 3}  # seconds; Codex lets no hook of that have more
_LONG = 60  # for all others: one that is killed on a busy machine has told nothing
_LONGEST = 100 * 1024  # bytes of a prompt that fit into one argument, with room to spare
_DIALOG = ("Press enter to confirm", "esc to cancel")
_DIALOGS = ("enter to confirm", "enter confirm", "enter select", "enter continue")
_WRITTEN = re.compile(r"^\*\*\* (?:Add File|Update File|Delete File|Move to): (.+)$", re.MULTILINE)
_SPINNER = re.compile(r"[⠀-⣿]")


@dataclass(frozen=True, slots=True)
class Codex(Interactive):
    """Codex, interactive."""

    name: str = "codex"
    prompt_by: PromptBy = PromptBy.START
    # Of sixteen started on one home at the same instant, one failed to set itself up.
    stagger: float = 0.1
    wants_trust: bool = True
    forks: bool = True

    def launch(self, order: Order) -> Launch:
        """Start it in the worktree with its first prompt, without its background server."""
        approval, sandbox = POLICIES[order.permissions]
        argv = ["codex"] + (["resume", order.resume] if order.resume else [])
        if order.fork:
            argv += ["fork", order.fork, "--cd", str(order.worktree)]  # else it asks where
        # A server that outlives the terminal would go on working after a stop.
        argv += ["--no-daemon", "--disable", "daemon_auto_start"]
        argv += ["--ask-for-approval", approval, "--sandbox", sandbox]
        argv += ["--model", order.model] if order.model else []
        for setting in _settings(order):
            argv += ["-c", setting]
        if order.prompt is not None:
            if len(order.prompt.encode(errors="replace")) > _LONGEST or "\0" in order.prompt:
                raise HarnessError(
                    "the task is too long for Codex, which takes it on its command line: put the "
                    "material into a file of the repository and name it in the task"
                )
            argv += ["--", order.prompt]
        env = dict(order.env)
        if order.home:
            env["CODEX_HOME"] = str(order.home)
        script = {order.folder / hooks.NAME: hooks.script(order.folder, order.inbox)}
        return Launch(tuple(argv), env, script)

    def read(self, line: str) -> Sequence[Sighting]:
        """Say what a line of the inbox or of the rollout means."""
        return codex_told.read(line)

    @property
    def default_home(self) -> Path:
        """Where it keeps its things unless told otherwise."""
        return Path(os.path.expanduser("~/.codex"))

    def ask_windows(self, order: Order) -> Asking:
        """Ask its server for the account's limits, which costs nothing."""
        about = {"name": "conductor", "title": "Conductor", "version": "1"}
        asked = (
            {"id": 1, "method": "initialize", "params": {"clientInfo": about}},
            {"method": "initialized"},
            {"id": 2, "method": "account/rateLimits/read", "params": {}},
        )
        env = dict(order.env)
        if order.home:
            env["CODEX_HOME"] = str(order.home)
        return Asking(("codex", "app-server"), env, tuple(json.dumps(one) for one in asked))

    @property
    def headless(self) -> Harness:
        """The same by its print mode."""
        from harnesses.headless.harness import CodexHeadless

        return CodexHeadless()

    def read_title(self, title: str) -> Busy | Idle | Asked | None:
        """Say what it shows in its terminal's title: no hook tells when a dialog was answered."""
        if "Action Required" in title:
            return Asked("title", "screen", "It can only be answered in the agent's own terminal")
        return Busy() if _SPINNER.match(title) else Idle()

    def say(self, text: str) -> Typing:
        """Clear the composer, paste, and press Enter; never into one of its dialogs."""
        return Typing(("C-u",), text, ("Enter",), 0.15, never=_DIALOGS)

    def answer(self, ask: Ask, text: str) -> Typing:
        """Press the keys of its dialog, if it is the one that was asked about.

        A refusal ends the turn there; why is the prompt that follows.
        """
        if ask.kind != "permission":
            raise HarnessError("this can only be answered in the agent's own terminal")
        needs = tuple(one[:60] for one in (*_DIALOG, *_subject(ask.text)))
        if text.partition(":")[0].strip() == "allow":
            return Typing((), "", ("y",), needs=needs)
        why = text.partition(":")[2].strip()
        return Typing(("Escape",), submit=(), needs=needs, then=why)


def _subject(asked: str) -> tuple[str, ...]:
    """Return what its dialog shows of the thing it asks for.

    Of a command that is the command; of a patch only the files it would write, in their order.
    """
    tool, *lines = asked.splitlines()
    if tool == "apply_patch":
        return ("Destination:", *sorted(_WRITTEN.findall(asked))[-1:])
    return tuple(lines[:1])


# Before the start.


def _settings(order: Order) -> list[str]:
    """Return the settings of this one start, as Codex reads them after `-c`."""
    settings = trusting(order)
    trusted = {}
    for event, verb in _VERBS.items():
        command = hooks.command(order.folder, verb)
        hook = {"type": "command", "command": command, "timeout": _PATIENCE.get(event, _LONG)}
        settings.append(f"hooks.{event}={_toml([{'hooks': [hook]}])}")
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", event).lower()
        trusted[f"/<session-flags>/config.toml:{name}:0:0"] = {"trusted_hash": _digest(name, hook)}
    settings.append(f"hooks.state={_toml(trusted)}")
    return settings


def trusting(order: Order) -> list[str]:
    """Return the settings of any start: no questions of its own, and the person's trust."""
    settings = ["check_for_update_on_startup=false", "notice.hide_rate_limit_model_nudge=true"]
    if order.repo is not None:
        if not order.trusted:
            raise order.distrusted("Codex")
        settings.append(f"projects={_toml({str(order.repo): {'trust_level': 'trusted'}})}")
    return settings


def _digest(event: str, hook: Mapping[str, object]) -> str:
    """Make the digest by which Codex knows a hook that its user has trusted."""
    identity = {"event_name": event, "hooks": [{**hook, "async": False}]}
    told = json.dumps(identity, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(told.encode(errors='replace')).hexdigest()}"


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)
