"""Gemini CLI's conversations: a line a message, told again when its tools have run.

Its input includes what was cached, but not what tools were given. Older versions keep one JSON
document a conversation, written anew at each change.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping

import msgspec

from harnesses.records import Found, Mark, Reading, Spent
from harnesses.records.claude import WRONG
from harnesses.records.files import Count, hits, moment, pieces, walk, whole

_LARGEST = 256 << 20


class _Tokens(msgspec.Struct):
    input: Count = None
    output: Count = None
    cached: Count = None
    thoughts: Count = None
    tool: Count = None


class _Message(msgspec.Struct):
    id: str | None = None
    timestamp: str | None = None
    tokens: _Tokens | None = None
    model: str | None = None


class _Set(msgspec.Struct):
    messages: list[_Message] | None = None


class _Line(_Message):
    sessionId: str | None = None  # noqa: N815 - the vendor's names
    messages: list[_Message] | None = None  # of a document
    set: _Set | None = msgspec.field(default=None, name="$set")


_decode = msgspec.json.Decoder(_Line).decode


class Gemini:
    """Gemini CLI."""

    def homes(self, user: str, env: Mapping[str, str]) -> tuple[str, ...]:
        """Return the folder in which it keeps its own, or the one its own setting names."""
        return (env.get("GEMINI_CLI_HOME") or user,)

    def folders(self, home: str) -> tuple[str, ...]:
        """Name the folder of its conversations."""
        return (f"{home}/.gemini/tmp",)

    def files(self, home: str) -> Iterator[Found]:
        """Find its conversations, one folder a project."""
        for one in walk(f"{home}/.gemini/tmp", ".jsonl", ".json"):
            if self.record(one.path):
                yield one

    def record(self, path: str) -> str:
        """Take for a record what stands in a folder of conversations."""
        place = os.path.basename(os.path.dirname(path))
        return path if place == "chats" and path.endswith((".jsonl", ".json")) else ""

    def read(self, found: Found, mark: Mark) -> Iterator[Reading]:
        """Read a conversation."""
        folder = _folder(found.path)
        if found.path.endswith(".json"):
            yield from _document(found, folder)
            return
        for data, inode, offset, check, anew in pieces(found.path, mark):
            session = "" if anew else json.loads(mark.carry or '""')
            spent, unread = [], 0
            if not session:
                for line in hits(data, b'"sessionId"'):
                    session = _session(line)
                    break
            for line in hits(data, b'"tokens"'):
                try:
                    one = _decode(line)
                    messages = [one, *((one.set.messages if one.set else None) or ())]
                    spent += [s for m in messages if (s := _spent(m, session, folder))]
                except WRONG:
                    unread += 1
            mark = Mark(inode, offset, check, json.dumps(session))
            yield Reading(spent, mark, unread)


def _session(line: bytes) -> str:
    try:
        return _decode(line).sessionId or ""
    except WRONG:
        return ""


def _document(found: Found, folder: str) -> Iterator[Reading]:
    text = whole(found.path, _LARGEST)
    if text is None:
        return
    try:
        told = _decode(text)
        spent = [_spent(one, told.sessionId or "", folder) for one in told.messages or ()]
    except WRONG:
        yield Reading([], Mark(found.inode, found.size), 1)
        return
    yield Reading([one for one in spent if one], Mark(found.inode, found.size))


def _spent(message: _Message, session: str, folder: str) -> Spent | None:
    tokens = message.tokens
    if tokens is None or not message.id:
        return None
    cached = tokens.cached or 0
    return Spent(
        message.id, session, message.model or "", moment(message.timestamp), folder,
        max(0, (tokens.input or 0) - cached) + (tokens.tool or 0), cached,
        (tokens.output or 0) + (tokens.thoughts or 0),
    )  # fmt: skip


def _folder(path: str) -> str:
    """Find the project that a conversation was in."""
    marker = os.path.join(os.path.dirname(os.path.dirname(path)), ".project_root")
    try:
        with open(marker, encoding="utf-8", errors="replace") as file:
            return file.read(4096).strip()
    except OSError:
        return ""
