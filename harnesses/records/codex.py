"""Codex's rollouts: usage a response, and before that kind of line the thread's total so far.

A version that writes `token_usage_record` names each response. Older lines (`token_count`) are told
apart by the total they show, which is repeated whenever only the limits have changed, and which a
fork goes on from. Input includes what was cached; output includes what was thought.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from harnesses.records import Found, Mark, Reading, Spent
from harnesses.records.claude import WRONG
from harnesses.records.files import Count, moment, pieces, walk


class _Usage(msgspec.Struct):
    input_tokens: Count = None
    cached_input_tokens: Count = None
    cache_write_input_tokens: Count = None
    output_tokens: Count = None


class _Info(msgspec.Struct):
    total_token_usage: _Usage | None = None
    last_token_usage: _Usage | None = None


class _Payload(msgspec.Struct):
    type: str | None = None
    id: str | None = None
    session_id: str | None = None
    forked_from_id: str | None = None
    source: Any = None
    response_id: str | None = None
    usage: _Usage | None = None
    info: _Info | None = None
    model: str | None = None
    cwd: str | None = None


class _Line(msgspec.Struct):
    type: str | None = None
    timestamp: str | None = None
    payload: _Payload | None = None


_decode = msgspec.json.Decoder(_Line).decode
_NEEDLES = (b'"token_', b'"turn_context"', b'"session_meta"')
_NEAR = 256
_TYPE = b'"type":"'
_MOST = b'"type":"response_item"'  # most lines are, and need no second look


class Codex:
    """Codex."""

    def homes(self, user: str, env: Mapping[str, str]) -> tuple[str, ...]:
        """Return its home, or the one its own setting names."""
        return (env.get("CODEX_HOME") or f"{user}/.codex",)

    def folders(self, home: str) -> tuple[str, ...]:
        """Name the folders of its rollouts."""
        return (f"{home}/sessions", f"{home}/archived_sessions")

    def files(self, home: str) -> Iterator[Found]:
        """Find its rollouts, also those that were put away."""
        for folder in self.folders(home):
            yield from walk(folder, ".jsonl")

    def record(self, path: str) -> str:
        """Take every file of lines for a record."""
        return path if path.endswith(".jsonl") else ""

    def read(self, found: Found, mark: Mark) -> Iterator[Reading]:
        """Read a rollout."""
        for data, inode, offset, check, anew in pieces(found.path, mark):
            thread = _Thread("" if anew else mark.carry)
            spent, unread = [], 0
            for line in _lines(data):
                try:
                    one = thread.take(_decode(line))
                except WRONG:
                    unread += 1
                    continue
                if one is not None:
                    spent.append(one)
            mark = Mark(inode, offset, check, thread.carry())
            yield Reading(spent, mark, unread)


def _lines(data: bytes) -> Iterator[bytes]:
    """Find the lines of these kinds, which stand near their beginning."""
    start, size = 0, len(data)
    while start < size:
        end, near = data.find(b"\n", start), start + _NEAR
        if not data.startswith(_MOST, data.find(_TYPE, start, near)):
            for needle in _NEEDLES:
                if data.find(needle, start, near) >= 0:
                    yield data[start:end]
                    break
        start = end + 1


class _Thread:
    """What earlier lines of a rollout tell of later ones."""

    def __init__(self, carry: str) -> None:
        known = json.loads(carry) if carry else {}
        self.session: str = known.get("session", "")
        self.root: str = known.get("root", "")
        self.folder: str = known.get("folder", "")
        self.model: str = known.get("model", "")
        self.named: bool = known.get("named", False)  # whether responses are named by now
        self.total: list[int] = known.get("total", [0, 0, 0, 0])

    def carry(self) -> str:
        """Put it into words."""
        return msgspec.json.encode(vars(self)).decode()

    def take(self, line: _Line) -> Spent | None:
        """Take in a line, and say what it tells of tokens."""
        payload = line.payload
        if payload is None:
            return None
        match line.type:
            case "event_msg":
                if payload.type == "token_count" and payload.info and not self.named:
                    return self._counted(line, payload.info)
            case "token_usage_record":
                self.named = True
                if payload.usage and payload.response_id:
                    self.session = payload.session_id or self.session
                    return self._spent(payload.response_id, line, _counts(payload.usage))
            case "turn_context":
                self.model = payload.model or self.model
                self.folder = payload.cwd or self.folder
            case "session_meta":
                self._begin(payload)
        return None

    def _begin(self, payload: _Payload) -> None:
        if self.root:
            return  # a fork repeats those it comes from, below its own
        thread = payload.id or payload.session_id or ""
        self.session = payload.session_id or thread
        if (parent := _parent(payload.source)) and self.session == thread:
            self.session = parent
        self.root = payload.forked_from_id or thread
        self.folder = payload.cwd or ""

    def _counted(self, line: _Line, info: _Info) -> Spent | None:
        total = info.total_token_usage
        if total is None:
            return None
        before, self.total = self.total, _counts(total)
        if self.total == before:
            return None  # only the limits have changed
        if info.last_token_usage is not None:
            last = _counts(info.last_token_usage)
        else:
            last = [max(0, now - then) for now, then in zip(self.total, before, strict=True)]
        return self._spent(f"{self.root}:{sum(self.total)}", line, last)

    def _spent(self, ident: str, line: _Line, counts: list[int]) -> Spent:
        at = moment(line.timestamp)
        return Spent(ident, self.session, self.model, at, self.folder, *counts)


def _counts(usage: _Usage) -> list[int]:
    """Split what went in: its input includes what was cached."""
    cached, written = usage.cached_input_tokens or 0, usage.cache_write_input_tokens or 0
    fresh = max(0, (usage.input_tokens or 0) - cached)
    return [fresh, cached, usage.output_tokens or 0, min(fresh, written)]


def _parent(source: Any) -> str:
    """Find the thread that a sub-agent's was begun by."""
    for key in ("subagent", "thread_spawn", "parent_thread_id"):
        source = source.get(key) if isinstance(source, dict) else None
    return source if isinstance(source, str) else ""
