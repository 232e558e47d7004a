"""aider and Cline: run once for each prompt, since neither tells its state in its own terminal.

The end of the run is the end of the turn. aider goes on with its conversation by the history it is
given, which lies in the session's folder. Cline tells its events as JSON, of which the pane shows
the words; it names no conversation, so each prompt begins one, in the same worktree. Neither can
hand a permission to anybody: what they do unasked is what the subscription allows, or they are not
started. Known by running aider 0.86.2 and Cline 3.0.65.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harnesses import (
    Ask,
    Busy,
    HarnessError,
    Idle,
    Launch,
    Order,
    Permissions,
    PromptBy,
    Sighting,
    TurnFailed,
    Typing,
    Used,
    hooks,
)

_AIDER = """\
"$@"
code=$?
rm -rf .aider.tags.cache.v[0-9]*
exit "$code"
"""
# What it says and which tools it calls, a line each; all of it goes to the inbox.
_CLINE = r"""
inbox=$1 code=$2; shift 2
{ "$@" </dev/null 2>/dev/null; echo "$?" >"$code"; } | tee -a "$inbox" | sed -un \
  -e 's/.*"type":"content_end","contentType":"text","text":"\(.*\)"}}$/\1/p' \
  -e 's/.*"type":"content_start","contentType":"tool","toolName":"\([^"]*\)".*/[\1]/p' \
  -e 's/.*"type":"error","message":"\(.*\)"}$/\1/p'
exit "$(cat "$code")"
"""


@dataclass(frozen=True, slots=True)
class _Once:
    """What the two have in common."""

    name: str
    prompt_by: PromptBy = PromptBy.LAUNCH
    ends_turn_by_exit: bool = True
    confirms_prompts: bool = False
    stagger: float = 0.0
    wants_trust: bool = True

    def read_title(self, title: str) -> None:
        """Its title says nothing of its state."""

    def say(self, text: str) -> Typing:
        """Nothing is typed to what runs once."""
        raise HarnessError(f"{self.name} takes one prompt, at its start: start it again")

    def answer(self, ask: Ask, text: str) -> Typing:
        """It asks nothing."""
        return self.say(text)

    def _agreed(self, order: Order, needed: Permissions, why: str) -> str:
        """Return the prompt, if the person has allowed what the agent does unasked."""
        if not order.trusted:
            raise order.distrusted(self.name)
        if order.permissions not in (needed, Permissions.ALL):
            raise HarnessError(
                f'{self.name} {why}: give its subscription permissions = "{needed}", or use another'
            )
        return order.prompt or ""


@dataclass(frozen=True, slots=True)
class Aider(_Once):
    """aider, one message a run."""

    name: str = "aider"

    def launch(self, order: Order) -> Launch:
        """Give it the prompt as a file, and what was said before as its history."""
        prompt = self._agreed(order, Permissions.EDITS, "edits files without asking")
        message = order.folder / "aider-message.txt"
        argv = ["/bin/sh", "-c", _AIDER, "aider", "aider", "--message-file", str(message)]
        argv += ["--chat-history-file", str(order.folder / "aider.chat.md")]
        argv += ["--input-history-file", str(order.folder / "aider.input")]
        argv += ["--restore-chat-history", "--yes-always", "--no-auto-commits", "--no-gitignore"]
        argv += ["--no-suggest-shell-commands", "--no-check-update", "--no-analytics"]
        argv += ["--no-show-release-notes", "--no-show-model-warnings"]
        argv += ["--model", order.model] if order.model else []
        return Launch(tuple(argv), dict(order.env), {message: prompt}, runs="aider")

    def read(self, line: str) -> Sequence[Sighting]:
        """It keeps no record that tells more than its end."""
        return ()


@dataclass(frozen=True, slots=True)
class Cline(_Once):
    """Cline, one prompt a run."""

    name: str = "cline"

    def launch(self, order: Order) -> Launch:
        """Run it headless, its events into the inbox and its words onto the screen."""
        prompt = self._agreed(order, Permissions.ALL, "cannot ask when it is run once a prompt")
        if len(prompt.encode(errors="replace")) > 100_000 or "\0" in prompt:
            raise HarnessError("the task is too long for Cline: put the material into a file")
        argv = ["/bin/sh", "-c", _CLINE, "cline", str(order.inbox), str(order.folder / "code")]
        argv += ["cline", "--json", "--auto-approve", "true", "--cwd", str(order.worktree)]
        if order.home:
            argv += ["--config", str(order.home), "--data-dir", str(order.home / "data")]
        argv += ["--model", order.model] if order.model else []
        return Launch((*argv, "--", prompt), dict(order.env), runs="cline")

    def read(self, line: str) -> Sequence[Sighting]:
        """Say what an event means."""
        entry = hooks.parse(line)
        match entry and entry.get("type"):
            case "run_result" if entry:
                return _result(entry)
            case "error" if entry:
                return (TurnFailed(hooks.text(entry, "message") or "it failed"),)
            case "hook_event" if hooks.text(entry or {}, "hookEventName") == "tool_call":
                return (Busy(),)
        return ()


def _result(entry: Mapping[str, Any]) -> Sequence[Sighting]:
    told = entry.get("aggregateUsage")
    usage = told if isinstance(told, dict) else {}
    count = {key: value for key, value in usage.items() if isinstance(value, int)}
    cached, cost = count.get("cacheReadTokens", 0), usage.get("totalCost")
    used = Used(
        hooks.text(entry, "ts"),
        hooks.text(entry, "model", "id"),
        max(0, count.get("inputTokens", 0) - cached),
        cached,
        count.get("outputTokens", 0),
        float(cost) if isinstance(cost, int | float) and cost > 0 else None,
    )
    said = hooks.text(entry, "text")
    if entry.get("finishReason") == "completed":
        return (used, Idle(said))
    return (used, TurnFailed(said or str(entry.get("finishReason"))))
