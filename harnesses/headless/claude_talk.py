"""Claude Code's print mode: one process for a conversation, whose permissions are asked of us."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harnesses import HarnessError, hooks
from harnesses.acp.plan import Plan
from harnesses.acp.process import Child
from harnesses.acp.talk import Turn
from harnesses.acp.told import Ask, Diff, Entry, Filled, Option, Thought, Told, Tool, Withdrawn
from harnesses.builtin.happenings import Words
from harnesses.headless.lines import recorded, told

_ALLOW, _REJECT = Option("allow", "Allow", "allow_once"), Option("deny", "Refuse", "reject_once")
_KINDS = {"Bash": "execute", "Write": "edit", "Edit": "edit", "Read": "read"}


class ClaudeTalk:
    """One conversation with Claude Code."""

    def __init__(
        self,
        plan: Plan,
        tell: Callable[[Told], None],
        before: Sequence[Mapping[str, object]] = (),
    ) -> None:
        self.plan = plan
        self.id = plan.resume or ""
        self.title = "Claude Code, headless"
        self._tell = tell
        self._child: Child | None = None
        self._open: asyncio.Future[None] | None = None
        self._turn: asyncio.Future[Turn] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._asks: dict[str, Ask] = {}
        self._tools: dict[str, Tool] = {}
        self._helpers = False  # whether some of its own are at work in the background
        self._until: float | None = None  # when the window returns that refused the last request
        self._last = ""
        self._filled = 0
        self._noted = False  # whether the record has been told of

    # The beginning and the end.

    async def open(self, resume: str | None) -> None:
        """Start it, and wait until it hears."""
        more = ("--resume", resume) if resume else self.plan.begin
        command = (*self.plan.command, *more)
        self._child = await Child.start(self.plan.name, command, self.plan.worktree)
        self._open = asyncio.get_running_loop().create_future()
        self._reading = asyncio.create_task(self._read(self._child))
        self._write(_request("initialize", hooks=None))
        await self._open

    @property
    def code(self) -> int | None:
        """How its process ended, as a shell tells it; None while it runs."""
        return self._child.code if self._child else 0

    async def gone(self) -> str:
        """Wait until it ends by itself, and say how; nothing if it was let go."""
        assert self._child is not None
        return await self._child.gone()

    async def close(self) -> None:
        """Let it go, with all that it has started."""
        child, self._child = self._child, None
        if child is not None:
            await child.close()
        if self._reading is not None:
            self._reading.cancel()

    # A turn.

    async def prompt(self, text: str) -> Turn:
        """Play one turn, and say how it ended."""
        self._turn = asyncio.get_running_loop().create_future()
        self._last, self._until = "", None
        self._write({"type": "user", "message": {"role": "user", "content": text}})
        try:
            return await self._turn
        finally:
            self._turn = None

    async def cancel(self) -> None:
        """Ask it to break its turn off."""
        self._write(_request("interrupt"))

    def _write(self, entry: Mapping[str, Any]) -> None:
        if self._child is not None and not self._child.given.is_closing():
            self._child.given.write(f"{json.dumps(entry)}\n".encode())

    async def _read(self, child: Child) -> None:
        async for entry in told(child):
            self._hear(entry)
        why = HarnessError(await child.end())
        for waiting in (self._open, self._turn):
            if waiting is not None and not waiting.done():
                waiting.set_exception(why)

    def _hear(self, entry: Mapping[str, Any]) -> None:
        match entry.get("type"), entry.get("subtype"):
            case "control_response", _ if self._open and not self._open.done():
                self._open.set_result(None)
            case "control_request", _:
                self._ask(hooks.text(entry, "request_id"), entry.get("request"))
            case "control_cancel_request", _:
                self._withdraw(hooks.text(entry, "request_id"))
            case "system", "init":
                self._begun(hooks.text(entry, "session_id"))
            case "system", "background_tasks_changed":
                tasks = hooks.objects(entry, "tasks")
                self._helpers = any(one.get("task_type") == "local_agent" for one in tasks)
            case "rate_limit_event", _:
                self._limit(entry)
            case "assistant", _:
                self._said(entry)
            case "user", _:
                self._results(entry)
            case "result", _:
                self._ended(entry)

    def _begun(self, ident: str) -> None:
        """Note its id, and that it goes on by itself where nobody has said anything."""
        if ident and ident != self.id:
            self.id = ident
            self._tell(Entry("named", {"id": ident}))
        if self._turn is None:  # with a helper's answer
            self._last, self._until = "", None
            self._tell(Entry("woke"))

    def _limit(self, entry: Mapping[str, Any]) -> None:
        info = entry.get("rate_limit_info")
        self._tell(Entry("rate_limit_event", {"rate_limit_info": info}))
        until = info.get("resetsAt") if isinstance(info, Mapping) else None
        if isinstance(info, Mapping) and info.get("status") == "rejected":
            self._until = float(until) if isinstance(until, int | float) else 0.0

    def _said(self, entry: Mapping[str, Any]) -> None:
        if not self._noted:
            self._noted = True
            for one in recorded(self.plan.home, f"projects/*/{self.id}.jsonl"):
                self._tell(one)
        by_helper = entry.get("parent_tool_use_id") is not None
        message = entry.get("message")
        usage = message.get("usage") if isinstance(message, Mapping) else None
        if isinstance(usage, Mapping) and not by_helper:
            counts = [v for k, v in usage.items() if k.endswith("input_tokens")]
            self._filled = sum(one for one in counts if isinstance(one, int)) or self._filled
        for block in hooks.objects(entry, "message", "content"):
            text = hooks.text(block, "text")
            match block.get("type"):
                case "text" if text and not by_helper:
                    self._last = text
                    self._tell(Words(f"{text}\n"))
                case "thinking" if not by_helper:
                    self._tell(Thought(hooks.text(block, "thinking")))
                case "tool_use":
                    self._tell(self._use(block))

    def _use(self, block: Mapping[str, Any]) -> Tool:
        tool = self._tool(hooks.text(block, "id"), hooks.text(block, "name"), block.get("input"))
        self._tools[tool.id] = tool
        return tool

    def _results(self, entry: Mapping[str, Any]) -> None:
        for block in hooks.objects(entry, "message", "content"):
            tool = self._tools.pop(hooks.text(block, "tool_use_id"), None)
            if tool is not None:
                content = block.get("content")
                texts = [hooks.text(one, "text") for one in hooks.objects(block, "content")]
                output = content if isinstance(content, str) else "\n".join(texts)
                status = "failed" if block.get("is_error") is True else "completed"
                self._tell(
                    Tool(tool.id, tool.title, tool.name, tool.kind, status, output,
                         tool.diffs, tool.paths, tool.given)
                )  # fmt: skip

    def _ended(self, entry: Mapping[str, Any]) -> None:
        """Close a turn, unless helpers are at work with whose answers it goes on."""
        models = entry.get("modelUsage")
        for model in models.values() if isinstance(models, Mapping) else ():
            size = model.get("contextWindow") if isinstance(model, Mapping) else None
            if isinstance(size, int) and self._filled:
                self._tell(Filled(self._filled, size))
        failed = entry.get("is_error") is True
        if self._helpers and not failed:
            return
        stop = "end_turn"
        if hooks.text(entry, "terminal_reason").startswith("aborted"):
            stop = "cancelled"
        elif failed and self._until is not None:
            stop = "limit"
        elif failed:
            stop = hooks.text(entry, "result") or hooks.text(entry, "subtype")
        if self._turn is not None and not self._turn.done():
            self._turn.set_result(Turn(stop, (), self._until or None))
        elif self._turn is None:
            self._tell(Entry("end", {"last": self._last, "stop": stop}))

    def _tool(self, ident: str, name: str, given: object) -> Tool:
        given = given if isinstance(given, Mapping) else {}
        path = hooks.text(given, "file_path").removeprefix(f"{self.plan.worktree}/")
        diffs: tuple[Diff, ...] = ()
        if name == "Write" and path:
            diffs = (Diff(path, "", hooks.text(given, "content")),)
        elif name == "Edit" and path:
            old, new = hooks.text(given, "old_string"), hooks.text(given, "new_string")
            diffs = (Diff(path, old, new),)
        title = hooks.text(given, "command") or path or hooks.text(given, "description")
        return Tool(
            ident, f"{name}: {title}".rstrip(": "), name, _KINDS.get(name, ""), "in_progress",
            "", diffs, (path,) if path else (), given,
        )  # fmt: skip

    # What it asks.

    def _ask(self, ident: str, request: object) -> None:
        if not isinstance(request, Mapping) or request.get("subtype") != "can_use_tool":
            self._write(_response(ident, "error", error="not known here"))
            return
        given = request.get("input")
        given = given if isinstance(given, Mapping) else {}
        name = hooks.text(request, "tool_name")
        tool = self._tool(hooks.text(request, "tool_use_id"), name, given)

        def settle(chosen: Option | None) -> None:
            if chosen is _ALLOW:
                self._answer(ident, {"behavior": "allow", "updatedInput": dict(given)})
            elif chosen is not None:
                refuse("The person said no.")

        def refuse(why: str) -> None:
            self._answer(ident, {"behavior": "deny", "message": why})

        def reply(text: str) -> None:
            answers = hooks.answers(given, text)
            self._answer(ident, {"behavior": "allow", "updatedInput": {**given, **answers}})

        number = uuid.uuid4().hex[:8]
        if question := hooks.questions(tool.name, given):
            ask = Ask(number, tool, (), settle, reply, None, question)
        else:
            ask = Ask(number, tool, (_ALLOW, _REJECT), settle, None, refuse)
        self._asks[ident] = ask
        self._tell(ask)

    def _answer(self, ident: str, decision: Mapping[str, Any]) -> None:
        if self._asks.pop(ident, None) is not None:
            self._write(_response(ident, "success", response=decision))

    def _withdraw(self, ident: str) -> None:
        if (ask := self._asks.pop(ident, None)) is not None:
            self._tell(Withdrawn(ask.id))


def _request(subtype: str, **more: Any) -> dict[str, Any]:
    request = {"subtype": subtype, **more}
    return {"type": "control_request", "request_id": uuid.uuid4().hex, "request": request}


def _response(ident: str, subtype: str, **more: Any) -> dict[str, Any]:
    response = {"subtype": subtype, "request_id": ident, **more}
    return {"type": "control_response", "response": response}
