"""Claude Code and Codex in their print modes, described: the same accounts, records and fork.

What a pane tells of its conversation decides; the vendors' own records are read for tokens,
windows and tools alone, since they would tell the end of a turn a second time.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from harnesses import (
    Ask,
    Context,
    Launch,
    Named,
    Order,
    Permissions,
    PromptBy,
    Ran,
    Recorded,
    Reply,
    Sighting,
    Used,
    Using,
    Window,
    hooks,
)
from harnesses.acp.harness import Acp
from harnesses.acp.plan import NAME, RECORD, Plan
from harnesses.claude import MODES, Claude, fresh_or_forked, places
from harnesses.codex import POLICIES, Codex, trusting
from harnesses.sightings import Over

_BESIDE = Context | Named | Over | Ran | Recorded | Used | Using | Window


@dataclass(frozen=True, slots=True)
class _Headless:
    """What both have in common."""

    name: str
    prompt_by: PromptBy = PromptBy.TYPING
    ends_turn_by_exit: bool = False
    confirms_prompts: bool = True
    stagger: float = 0.1
    wants_trust: bool = True
    forks: bool = True

    def read_title(self, title: str) -> None:
        """Its title says nothing of its state."""

    def say(self, text: str) -> Reply:
        """Hand the prompt to the pane, beside what is being written there."""
        return Acp(self.name, ()).say(text)

    def answer(self, ask: Ask, text: str) -> Reply:
        """Hand the answer to the pane."""
        return Acp(self.name, ()).answer(ask, text)

    def _heard(self, line: str, own: Sequence[Sighting]) -> Sequence[Sighting]:
        return (*Acp(self.name, ()).read(line), *(one for one in own if isinstance(one, _BESIDE)))

    def _pane(self, order: Order, launch: Launch, plan: Plan) -> Launch:
        argv = (sys.executable, "-I", "-m", "harnesses.acp", str(order.folder))
        seeds = {**launch.seeds, order.folder / NAME: plan.written()}
        records = (order.folder / RECORD,)
        return Launch(argv, launch.env, seeds, records, launch.merges, runs=self.name)


@dataclass(frozen=True, slots=True)
class ClaudeHeadless(_Headless):
    """Claude Code, as `claude -p`."""

    name: str = "claude"

    def launch(self, order: Order) -> Launch:
        """Start the pane, which keeps one process for the whole conversation."""
        full = order.permissions is Permissions.ALL
        allowed = [f"Bash({one}:*)" for one in order.commands]
        settings = order.folder / "claude.json"
        told = {"permissions": {"allow": allowed}, "skipDangerousModePermissionPrompt": full}
        command = ["claude", "-p", "--verbose", "--settings", str(settings)]
        command += ["--input-format", "stream-json", "--output-format", "stream-json"]
        agreed = ["--permission-mode", MODES[order.permissions]]
        agreed += ["--model", order.model] if order.model else []
        command += ["--permission-prompt-tool", "stdio", *agreed]
        plan = Plan(
            self.name,
            tuple(command),
            str(order.worktree),
            resume=order.resume,
            model=order.model,
            own=("claude", "--settings", str(settings), *agreed, "--resume", "{resume}"),
            by="claude",
            begin=tuple(fresh_or_forked(order)),
            home=str(places(order)[0]),
        )
        launch = Claude().launch(order)
        made = Launch((), launch.env, {settings: json.dumps(told)}, merges=launch.merges)
        return self._pane(order, made, plan)

    def read(self, line: str) -> Sequence[Sighting]:
        """Say what a line of the pane's record or of the transcript means."""
        return self._heard(line, Claude().read(line))


@dataclass(frozen=True, slots=True)
class CodexHeadless(_Headless):
    """Codex, as `codex exec`: it asks nothing, and what its sandbox forbids fails."""

    name: str = "codex"

    def launch(self, order: Order) -> Launch:
        """Start the pane, which starts a process for each turn."""
        approval, sandbox = POLICIES[order.permissions]
        command = ["codex", "exec", "--json", "--sandbox", sandbox]
        command += ["--model", order.model] if order.model else []
        trusted = [word for setting in trusting(order) for word in ("-c", setting)]
        command += ["-c", 'approval_policy="never"', *trusted]
        own = ["codex", "resume", "{resume}", "--no-daemon", "--disable", "daemon_auto_start"]
        own += ["--ask-for-approval", approval, "--sandbox", sandbox, *trusted]
        env = dict(order.env)
        if order.home:
            env["CODEX_HOME"] = str(order.home)
        plan = Plan(
            self.name,
            tuple(command),
            str(order.worktree),
            resume=order.resume,
            model=order.model,
            own=tuple(own),
            by="codex",
            begin=("fork", order.fork) if order.fork else (),
            home=str(order.home or order.usual(".codex", "CODEX_HOME")),
        )
        return self._pane(order, Launch((), env), plan)

    def read(self, line: str) -> Sequence[Sighting]:
        """Say what a line of the pane's record or of the rollout means."""
        entry = hooks.parse(line)
        return self._heard(line, Codex().read(line) if entry and "payload" in entry else ())
