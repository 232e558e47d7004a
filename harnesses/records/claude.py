"""Claude Code's transcripts: a line a content block, each with its message's usage so far.

So a message stands there several times, with the final `output_tokens` in its last line. A
sub-agent's lines, in the same file or one of its own, name the session they belong to. What the
tool result of a sub-agent adds up is in its own lines already, and is not counted again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from harnesses.records import Found, Mark, Reading, Spent
from harnesses.records.files import MOST, count, dollars, hits, moment, pieces, walk


class _Cache(msgspec.Struct):
    ephemeral_1h_input_tokens: int | None = None


class _Server(msgspec.Struct):
    web_search_requests: int | None = None


class _Usage(msgspec.Struct):
    input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation: _Cache | None = None
    server_tool_use: _Server | None = None


class _Message(msgspec.Struct):
    id: str | None = None
    model: str | None = None
    usage: _Usage | None = None


class _Line(msgspec.Struct):
    message: _Message | None = None
    requestId: str | None = None  # noqa: N815 - the vendor's names
    sessionId: str | None = None  # noqa: N815
    timestamp: str | None = None
    cwd: str | None = None
    uuid: str | None = None
    costUSD: float | None = None  # noqa: N815 - told by versions of 2025


_decode = msgspec.json.Decoder(_Line).decode
WRONG = (msgspec.MsgspecError, UnicodeDecodeError, ValueError, RecursionError)


class Claude:
    """Claude Code."""

    def homes(self, user: str, env: Mapping[str, str]) -> tuple[str, ...]:
        """Return the homes of its versions, or those its own setting names."""
        if chosen := env.get("CLAUDE_CONFIG_DIR"):
            return tuple(one for one in chosen.split(",") if one)
        return (f"{user}/.claude", f"{user}/.config/claude")

    def folders(self, home: str) -> tuple[str, ...]:
        """Name the folder of its transcripts."""
        return (f"{home}/projects",)

    def files(self, home: str) -> Iterator[Found]:
        """Find its transcripts."""
        return walk(f"{home}/projects", ".jsonl")

    def record(self, path: str) -> str:
        """Take every file of lines for a record."""
        return path if path.endswith(".jsonl") else ""

    def read(self, found: Found, mark: Mark) -> Iterator[Reading]:
        """Read a transcript."""
        for data, inode, offset, check, _ in pieces(found.path, mark):
            told: dict[tuple[str | None, str | None], _Line] = {}
            unread = 0
            for line in hits(data, b'"output_tokens"'):
                try:
                    one = _decode(line)
                except WRONG:
                    unread += 1
                    continue
                message = one.message
                if message is None or message.usage is None:
                    continue
                # The last of a message's lines tells all of it: no other is looked at.
                told[message.id or one.uuid or one.timestamp, one.requestId] = one
            spent, wrong = _spent(told.values())
            yield Reading(spent, Mark(inode, offset, check), unread + wrong)


def _spent(lines: Iterable[_Line]) -> tuple[list[Spent], int]:
    """Return what lines tell of tokens, and of how many that cannot be."""
    spent, wrong = [], 0
    for line in lines:
        try:
            if (one := _told(line)) is not None:
                spent.append(one)
        except WRONG:
            wrong += 1
    return spent, wrong


def _told(line: _Line) -> Spent | None:
    message = line.message
    if message is None or message.usage is None or not message.model:
        return None
    if message.model == "<synthetic>":
        return None  # words of Claude Code's own, of a request that failed
    usage = message.usage
    fresh, cached = usage.input_tokens or 0, usage.cache_read_input_tokens or 0
    output, written = usage.output_tokens or 0, usage.cache_creation_input_tokens or 0
    if min(fresh, cached, output, written) < 0 or max(fresh, cached, output, written) > MOST:
        raise ValueError("no request has so many tokens")
    long, searches = 0, 0
    if usage.cache_creation is not None:
        long = min(written, count(usage.cache_creation.ephemeral_1h_input_tokens))
    if usage.server_tool_use is not None:
        searches = count(usage.server_tool_use.web_search_requests)
    ident = f"{message.id or ''}:{line.requestId or ''}"
    if ident == ":":
        ident = line.uuid or f"{line.sessionId}:{line.timestamp}"
    return Spent(
        ident, line.sessionId or "", message.model, moment(line.timestamp), line.cwd or "",
        fresh + written, cached, output, written, long, searches, dollars(line.costUSD),
    )  # fmt: skip
