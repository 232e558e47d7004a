"""Claude Code's transcripts: a line a content block, each with its message's usage so far.

So a message stands there several times, with the final `output_tokens` in its last line. A
sub-agent's lines, in the same file or one of its own, name the session they belong to. What the
tool result of a sub-agent adds up is in its own lines already, and is not counted again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from harnesses.records import Found, Mark, Reading, Spent
from harnesses.records.files import Count, dollars, moment, pieces, walk


class _Cache(msgspec.Struct):
    ephemeral_1h_input_tokens: Count = None


class _Server(msgspec.Struct):
    web_search_requests: Count = None


class _Usage(msgspec.Struct):
    input_tokens: Count = None
    cache_creation_input_tokens: Count = None
    cache_read_input_tokens: Count = None
    output_tokens: Count = None
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
_TOKENS = b'"output_tokens"'
_NAMED = b'"id":"'  # the first of a line is its message's: what is said comes after it
_NAME = 48
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
            for line in _lines(data):
                try:
                    one = _decode(line)
                except WRONG:
                    unread += 1
                    continue
                message = one.message
                if message is None or message.usage is None:
                    continue
                # The last of a message's lines tells all of it.
                told[message.id or one.uuid or one.timestamp, one.requestId] = one
            spent = [spent for last in told.values() if (spent := _told(last)) is not None]
            yield Reading(spent, Mark(inode, offset, check), unread)


def _lines(data: bytes) -> Iterator[bytes]:
    """Find the lines that tell of tokens; of a message's that follow each other only the last."""
    start, end, before = 0, 0, b""
    at = data.find(_TOKENS)
    while at >= 0:
        begins = data.rfind(b"\n", 0, at) + 1
        named = data.find(_NAMED, begins, at)
        name = data[named : named + _NAME] if named >= 0 else b""
        if end and (name != before or not name):
            yield data[start:end]
        start, end, before = begins, data.find(b"\n", at), name
        at = data.find(_TOKENS, end)
    if end:
        yield data[start:end]


def _told(line: _Line) -> Spent | None:
    message = line.message
    if message is None or message.usage is None or not (model := message.model):
        return None
    if model == "<synthetic>":
        return None  # words of Claude Code's own, of a request that failed
    usage = message.usage
    written, long, searches = usage.cache_creation_input_tokens or 0, 0, 0
    if (cache := usage.cache_creation) is not None and cache.ephemeral_1h_input_tokens:
        long = min(written, cache.ephemeral_1h_input_tokens)
    if usage.server_tool_use is not None:
        searches = usage.server_tool_use.web_search_requests or 0
    ident = f"{message.id or ''}:{line.requestId or ''}"
    if ident == ":":
        ident = line.uuid or f"{line.sessionId}:{line.timestamp}"
    cost = line.costUSD
    return Spent(
        ident, line.sessionId or "", model, moment(line.timestamp), line.cwd or "",
        (usage.input_tokens or 0) + written, usage.cache_read_input_tokens or 0,
        usage.output_tokens or 0, written, long, searches,
        dollars(cost) if cost is not None else None,
    )  # fmt: skip
