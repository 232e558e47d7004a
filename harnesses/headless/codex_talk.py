"""Codex's print mode: one process for a turn, which asks nothing; what needs asking fails there."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from harnesses import HarnessError, Window, hooks
from harnesses.acp.plan import Plan
from harnesses.acp.process import Child
from harnesses.acp.talk import Turn
from harnesses.acp.told import Entry, Thought, Told, Tool
from harnesses.builtin.happenings import Note, Words
from harnesses.codex import Codex
from harnesses.headless.lines import recorded, told

_SPENT = "usage limit"
_NEWEST = 200  # lines of a rollout, in which its windows are looked for
_DONE = {"completed": "completed", "failed": "failed", "declined": "failed"}


class CodexTalk:
    """One conversation with Codex."""

    def __init__(
        self,
        plan: Plan,
        tell: Callable[[Told], None],
        before: Sequence[Mapping[str, object]] = (),
    ) -> None:
        self.plan = plan
        self.id = plan.resume or ""
        self.title = "Codex, headless"
        self.code: int | None = None
        self._tell = tell
        self._child: Child | None = None
        self._cancelled = False
        self._trouble = ""  # what it last said of something that it may yet get over
        self._gone = asyncio.Event()

    async def open(self, resume: str | None) -> None:
        """Nothing runs between turns."""
        self.id = resume or self.id

    async def gone(self) -> str:
        """Nothing can end by itself between turns; in a turn, that tells."""
        await self._gone.wait()
        return ""

    async def close(self) -> None:
        """Let it go, with all that it has started."""
        self._gone.set()
        if self._child is not None:
            await self._child.close()

    async def cancel(self) -> None:
        """Ask it to break its turn off."""
        self._cancelled = True
        if self._child is not None:
            self._child.interrupt()

    async def prompt(self, text: str) -> Turn:
        """Play one turn, and say how it ended."""
        self._cancelled, self._trouble, failed = False, "", ""
        more = ("resume", self.id) if self.id else self.plan.begin
        command = (*self.plan.command, *more, "-")
        child = self._child = await Child.start(self.plan.name, command, self.plan.worktree)
        child.given.write(text.encode("utf-8", "replace"))
        child.given.close()
        over = False
        async for entry in told(child):
            over = over or entry.get("type") in ("turn.completed", "turn.failed")
            failed = self._hear(entry) or failed
        why = await child.end()
        if self._cancelled:
            return Turn("cancelled")
        if not over and (child.code or 0) > 128:
            self.code = child.code
        if not over and not self._trouble:
            raise HarnessError(why)
        failed = failed or (self._trouble if not over else "")
        if _SPENT in failed:
            return self._limited()
        return Turn(failed or "end_turn")

    def _hear(self, entry: Mapping[str, Any]) -> str:
        """Take an entry; return why its turn failed, if it says that."""
        item = entry.get("item")
        match entry.get("type"):
            case "thread.started":
                self._named(hooks.text(entry, "thread_id"))
            case "item.started" | "item.completed" if isinstance(item, Mapping):
                for one in _item(item):
                    self._tell(one)
            case "error":
                said = hooks.text(entry, "message")
                if said != self._trouble:  # it waits for the network for as long as it takes
                    self._trouble = said
                    self._tell(Note(said))
            case "turn.failed":
                return hooks.text(entry, "error", "message") or "its turn failed"
        return ""

    def _named(self, ident: str) -> None:
        if ident and ident != self.id:
            self.id = ident
            self._tell(Entry("named", {"id": ident}))
        for one in recorded(self.plan.home, f"sessions/*/*/*/rollout-*{ident}.jsonl"):
            self._tell(one)

    def _limited(self) -> Turn:
        """Say when the allowance returns, as the rollout tells, which is read by others later."""
        windows: dict[str, Window] = {}
        for path in Path(self.plan.home).glob(f"sessions/*/*/*/rollout-*{self.id}.jsonl"):
            with path.open(encoding="utf-8", errors="replace") as file:
                for line in deque(file, _NEWEST):
                    seen = (one for one in Codex().read(line) if isinstance(one, Window))
                    windows.update({one.name: one for one in seen})
        full = [one.resets for one in windows.values() if one.used >= 1.0]
        return Turn("limit", (), max(full, default=None))


def _item(item: Mapping[str, Any]) -> list[Told]:
    ident, text = hooks.text(item, "id"), hooks.text(item, "text")
    status = _DONE.get(hooks.text(item, "status"), "in_progress")
    match item.get("type"):
        case "agent_message":
            return [Words(f"{text}\n")]
        case "reasoning":
            return [Thought(text)]
        case "command_execution":
            command, output = hooks.text(item, "command"), hooks.text(item, "aggregated_output")
            given = {"command": command}
            return [Tool(ident, command, "shell", "execute", status, output, given=given)]
        case "file_change":
            changed = [
                f"{hooks.text(one, 'kind')} {hooks.text(one, 'path')}"
                for one in hooks.objects(item, "changes")
            ]
            return [Tool(ident, "\n".join(changed), "patch", "edit", status)]
        case "error":
            return [Tool(ident, hooks.text(item, "message"), "error", "", "failed")]
    return []
