"""Our side of the protocol: what the agent may call."""

from __future__ import annotations

import asyncio
import itertools
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from acp import RequestError
from acp.schema import (
    AgentMessageChunk,
    AgentPlanUpdate,
    AgentThoughtChunk,
    AllowedOutcome,
    DeniedOutcome,
    RequestPermissionResponse,
    ToolCallProgress,
    ToolCallStart,
    ToolCallUpdate,
    UsageUpdate,
)

from harnesses.acp import policy
from harnesses.acp.plan import Plan
from harnesses.acp.told import (
    Ask,
    Filled,
    Option,
    Plans,
    Thought,
    Told,
    Tool,
    Withdrawn,
    merged,
    options_of,
    said_with,
)
from harnesses.acp.usage import Usage
from harnesses.builtin.happenings import Note, Words

if TYPE_CHECKING:
    from acp.interfaces import Agent
    from acp.schema import PermissionOption


class Client:
    """Hears the agent out, and asks the person what only they can allow.

    It offers no files and no terminals: an agent has its own, in its worktree.
    """

    def __init__(self, plan: Plan, usage: Usage, tell: Callable[[Told], None], run: str) -> None:
        self.deaf = False  # while an old conversation is told again
        self._plan = plan
        self._usage = usage
        self._tell = tell
        self._tools: dict[str, Tool] = {}
        self._names = (f"{run}-{number}" for number in itertools.count(1))
        self._standing: dict[str, Ask] = {}  # what is asked now, by the tool it is about
        self._asked = 0.0  # how often it has asked for more than it has done since

    async def session_update(self, session_id: str, update: Any, **_: Any) -> None:
        """Take what the agent tells of its work."""
        if self.deaf:
            return
        match update:
            case AgentMessageChunk():
                self._usage.chunk(update.field_meta)
                if text := getattr(update.content, "text", ""):
                    self._tell(Words(text))
            case AgentThoughtChunk():
                if text := getattr(update.content, "text", ""):
                    self._tell(Thought(text))
            case ToolCallStart() | ToolCallProgress():
                self._tell(tool := self._tool(update))
                if tool.over and (ask := self._standing.get(tool.id)):
                    self._tell(Withdrawn(ask.id))  # it has waited long enough for an answer
                    ask.settle(None)
                if tool.status == "completed" and tool.kind in policy.CHANGES:
                    self._unasked(tool)
            case AgentPlanUpdate():
                entries = tuple((one.content, str(one.status)) for one in update.entries)
                self._tell(Plans(entries))
            case UsageUpdate():
                self._tell(Filled(update.used, update.size))
                if update.cost is not None and update.cost.currency == "USD":
                    self._usage.cost(update.cost.amount)

    async def request_permission(
        self, session_id: str, tool_call: ToolCallUpdate, options: list[PermissionOption], **_: Any
    ) -> RequestPermissionResponse:
        """Answer by what is agreed, or else have the person answer."""
        before = dict(self._tools)  # an agent may ask about these without a word of them
        self._asked += 1
        tool, offered = self._tool(tool_call), options_of(options)
        settled: asyncio.Future[Option | None] = asyncio.get_running_loop().create_future()

        def settle(chosen: Option | None) -> None:
            if not settled.done():
                settled.set_result(chosen)

        about = tuple(before.values()) if tool.bare and tool.id not in before else ()
        said = said_with(tool_call)
        ask = Ask(next(self._names), tool, offered, settle, about=about, said=said)
        agreed = ask.option("allow") if self._agreed(tool) else None
        if agreed is None:
            self._standing[tool.id] = ask
            self._tell(ask)
            agreed = await settled
            self._standing.pop(tool.id, None)
        if agreed is None:
            return RequestPermissionResponse(outcome=DeniedOutcome(outcome="cancelled"))
        if agreed.kind == "allow_always":
            self._asked = math.inf
        chosen = AllowedOutcome(outcome="selected", option_id=agreed.id)
        return RequestPermissionResponse(outcome=chosen)

    async def ext_method(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """Refuse what is the agent's own invention."""
        raise RequestError.method_not_found(method)

    async def ext_notification(self, method: str, params: dict[str, Any]) -> None:
        """Pass over what is the agent's own invention."""

    def on_connect(self, conn: Agent) -> None:
        """Nothing is to be said before the agent is asked who it is."""

    def _tool(self, update: Any) -> Tool:
        known = self._tools.get(update.tool_call_id, Tool(update.tool_call_id))
        tool = merged(known, update, self._plan.worktree)
        self._tools[tool.id] = tool
        if tool.over:
            del self._tools[tool.id]
        return tool

    def _unasked(self, tool: Tool) -> None:
        """Say once that it does not ask for everything, where the person is to be asked."""
        if self._asked > 0:
            self._asked -= 1
        elif not self._agreed(tool):
            self._asked = math.inf
            self._tell(Note("It did not ask for that: its own settings decide what it asks for."))

    def _agreed(self, tool: Tool) -> bool:
        diffs = [one.path for one in tool.diffs]
        what = policy.wanted(tool.name or tool.title, tool.kind, tool.given, tool.paths, diffs)
        return policy.allowed(
            what, self._plan.permissions, self._plan.worktree, self._plan.commands
        )
