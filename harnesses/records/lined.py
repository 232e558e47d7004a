"""Vendors whose records are lines that each tell of one request: Qwen Code, pi, Copilot CLI."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from harnesses.records import Found, Mark, Reading, Spent
from harnesses.records.claude import WRONG
from harnesses.records.files import Count, dollars, hits, moment, pieces, walk


class Head(msgspec.Struct):
    """What the first line tells of all others."""

    session: str = ""
    folder: str = ""
    forked: float = 0.0  # when it was copied from another: what is older was counted there


@dataclass(frozen=True, slots=True)
class Lined:
    """A vendor of this kind."""

    setting: str  # the variable that names its home
    home: str  # below the user's own
    below: str  # the folder of its records in there
    needle: bytes
    spent: Callable[[bytes, Head], Spent | None]
    head: Callable[[bytes], Head]

    def homes(self, user: str, env: Mapping[str, str]) -> tuple[str, ...]:
        """Return its home, or the one its own setting names."""
        return (env.get(self.setting) or f"{user}/{self.home}",)

    def folders(self, home: str) -> tuple[str, ...]:
        """Name the folder of its records."""
        return (f"{home}/{self.below}",)

    def files(self, home: str) -> Iterator[Found]:
        """Find its records."""
        return walk(f"{home}/{self.below}", ".jsonl")

    def record(self, path: str) -> str:
        """Take every file of lines for a record."""
        return path if path.endswith(".jsonl") else ""

    def read(self, found: Found, mark: Mark) -> Iterator[Reading]:
        """Read a record."""
        for data, inode, offset, check, anew in pieces(found.path, mark):
            carry = "" if anew else mark.carry
            head = Head(**json.loads(carry)) if carry else self._head(data)
            spent, unread = [], 0
            for line in hits(data, self.needle):
                try:
                    one = self.spent(line, head)
                except WRONG:
                    unread += 1
                    continue
                if one is not None:
                    spent.append(one)
            mark = Mark(inode, offset, check, msgspec.json.encode(head).decode())
            yield Reading(spent, mark, unread)

    def _head(self, data: bytes) -> Head:
        try:
            return self.head(data[: data.find(b"\n")])
        except WRONG:
            return Head()


# Qwen Code: Gemini's figures in Claude's kind of file; its input includes what was cached.


class _QwenUsage(msgspec.Struct):
    promptTokenCount: Count = None  # noqa: N815 - the vendors' names, here and below
    candidatesTokenCount: Count = None  # noqa: N815
    cachedContentTokenCount: Count = None  # noqa: N815


class _QwenLine(msgspec.Struct):
    type: str | None = None
    uuid: str | None = None
    sessionId: str | None = None  # noqa: N815
    timestamp: str | None = None
    cwd: str | None = None
    model: str | None = None
    usageMetadata: _QwenUsage | None = None  # noqa: N815


_qwen_line = msgspec.json.Decoder(_QwenLine).decode


def _qwen(line: bytes, _: Head) -> Spent | None:
    told = _qwen_line(line)
    usage = told.usageMetadata
    if usage is None or told.type != "assistant" or not told.uuid:
        return None
    cached = usage.cachedContentTokenCount or 0
    return Spent(
        told.uuid, told.sessionId or "", told.model or "", moment(told.timestamp), told.cwd or "",
        max(0, (usage.promptTokenCount or 0) - cached), cached, usage.candidatesTokenCount or 0,
    )  # fmt: skip


# pi: input without what was cached, and a cost where it knows the price.


class _PiCost(msgspec.Struct):
    total: float | None = None


class _PiUsage(msgspec.Struct):
    input: Count = None
    output: Count = None
    cacheRead: Count = None  # noqa: N815
    cacheWrite: Count = None  # noqa: N815
    cost: _PiCost | None = None


class _PiMessage(msgspec.Struct):
    role: str | None = None
    provider: str | None = None
    model: str | None = None
    timestamp: int | None = None
    usage: _PiUsage | None = None


class _PiLine(msgspec.Struct):
    type: str | None = None
    id: str | None = None
    cwd: str | None = None
    timestamp: str | None = None
    parentSession: str | None = None  # noqa: N815
    message: _PiMessage | None = None


_pi_line = msgspec.json.Decoder(_PiLine).decode


def _pi_head(line: bytes) -> Head:
    told = _pi_line(line)
    if told.type != "session":
        return Head()
    forked = moment(told.timestamp) if told.parentSession else 0.0
    return Head(told.id or "", told.cwd or "", forked)


def _pi(line: bytes, head: Head) -> Spent | None:
    message = _pi_line(line).message
    usage = message.usage if message else None
    if message is None or usage is None or message.role != "assistant":
        return None
    if (message.timestamp or 0) / 1000 < head.forked:
        return None
    written = usage.cacheWrite or 0
    return Spent(
        f"{head.session}:{message.timestamp}", head.session,
        f"{message.provider}/{message.model}", (message.timestamp or 0) / 1000, head.folder,
        (usage.input or 0) + written, usage.cacheRead or 0, usage.output or 0, written,
        cost_usd=dollars(usage.cost.total) if usage.cost else None,
    )  # fmt: skip


# Copilot CLI: input with what was cached; its own `cost` is in premium requests, not in money.


class _CopilotContext(msgspec.Struct):
    cwd: str | None = None


class _CopilotUsage(msgspec.Struct):
    model: str | None = None
    inputTokens: Count = None  # noqa: N815
    outputTokens: Count = None  # noqa: N815
    cacheReadTokens: Count = None  # noqa: N815
    cacheWriteTokens: Count = None  # noqa: N815


class _CopilotData(msgspec.Struct):
    sessionId: str | None = None  # noqa: N815
    context: _CopilotContext | None = None
    usage: _CopilotUsage | None = None


class _CopilotLine(msgspec.Struct):
    type: str | None = None
    id: str | None = None
    timestamp: str | None = None
    data: _CopilotData | None = None


_copilot_line = msgspec.json.Decoder(_CopilotLine).decode


def _copilot_head(line: bytes) -> Head:
    data = _copilot_line(line).data
    context = data.context if data else None
    return Head((data.sessionId if data else "") or "", (context.cwd if context else "") or "")


def _copilot(line: bytes, head: Head) -> Spent | None:
    told = _copilot_line(line)
    usage = told.data.usage if told.data else None
    if told.type != "session.usage_record" or usage is None or not told.id:
        return None
    cached = usage.cacheReadTokens or 0
    fresh = max(0, (usage.inputTokens or 0) - cached)
    return Spent(
        told.id, head.session, usage.model or "", moment(told.timestamp), head.folder,
        fresh, cached, usage.outputTokens or 0, min(fresh, usage.cacheWriteTokens or 0),
    )  # fmt: skip


QWEN = Lined("QWEN_HOME", ".qwen", "projects", b'"usageMetadata"', _qwen, lambda _: Head())
PI = Lined("PI_CODING_AGENT_DIR", ".pi/agent", "sessions", b'"usage"', _pi, _pi_head)
COPILOT = Lined(
    "COPILOT_HOME", ".copilot", "session-state", b'"session.usage_record"', _copilot, _copilot_head
)
