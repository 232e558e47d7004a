"""What one turn at the gate changed, in one piece, for all who stood in line meanwhile.

Where many decide at once, each would fold what all the others decided, fact by fact, which takes as
long as deciding. So whoever has had a turn writes down how the state after it differs from the one
before, and the others take that over. It is only ever the shorter way to the same state: what is
missing or damaged, of another journal or of a state of another shape is told by the facts.
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
import zlib

from conductor.draft import Draft
from conductor.packing import (
    FOLLOWING,
    SHAPE,
    pack_changes,
    pack_field,
    unpack_changes,
    unpack_field,
)
from conductor.state import Session, State, Task
from conductor.values import row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

LEAST = 6
"""Facts that are worth a leap."""

LEAPS = 32
"""How many are kept: one of each that stands in line, and as many again."""

ROOM = 32 << 10
"""Bytes for one; what a longer one changes is told by the facts."""

_HEAD = struct.Struct("<QQdII")  # from which fact to which, when that was, length, checksum
_BODIES = LEAPS * _HEAD.size
_SALT = zlib.crc32(f"1 {SHAPE}".encode())  # 1: how this file is written

_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_decode = json.JSONDecoder().decode


class Leaps:
    """The newest leaps of one journal, in a file that all write to."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._began: State | None = None  # as it was when our turn began, while others waited
        self._after: State | None = None
        self._at = 0.0  # when the newest fact of our turn was

    def begin(self, state: State) -> None:
        """Take note of the state at the beginning of a turn."""
        self._began = self._after = state

    def go_on(self, state: State, at: float) -> None:
        """Take note of the state after a decision."""
        self._after, self._at = state, at

    def end(self, number: int) -> None:
        """Tell what our last turn changed; its number says which place it may use."""
        began, after, self._began = self._began, self._after, None
        if began is None or after is None or after.seq - began.seq < LEAST:
            return
        body = _encode(difference(began, after)).encode()
        if len(body) > ROOM:
            return
        head = (began.seq, after.seq, self._at, len(body))
        place = number % LEAPS
        with contextlib.suppress(OSError):  # on a full disk all read the facts
            os.pwrite(self._fd, body, _BODIES + place * ROOM)
            os.pwrite(self._fd, _HEAD.pack(*head, _checksum(body, head)), place * _HEAD.size)

    def followed(self, state: State, when: Callable[[int], float | None]) -> State:
        """Return the state after all leaps that follow it; `when` tells the time of a fact."""
        heads = os.pread(self._fd, _BODIES, 0)
        heads = heads[: len(heads) // _HEAD.size * _HEAD.size]
        told = enumerate(_HEAD.iter_unpack(heads))
        starts = {head[0]: (place, head) for place, head in told if head[1]}
        draft: Draft | None = None
        seq = state.seq
        while found := starts.pop(seq, None):
            place, (_, upto, at, length, checksum) = found
            body = os.pread(self._fd, length, _BODIES + place * ROOM) if length <= ROOM else b""
            if _checksum(body, (seq, upto, at, length)) != checksum or when(upto) != at:
                break
            draft = draft or Draft(state)
            try:
                apply(draft, _decode(body.decode()))
            except (AttributeError, LookupError, TypeError, ValueError):
                return state  # it was not written by us
            seq = upto
            os.sched_yield()  # whoever decides on this very processor goes first
        return draft.settled() if draft else state


def _checksum(body: bytes, head: tuple[int, int, float, int]) -> int:
    return zlib.crc32(body, zlib.crc32(_HEAD.pack(*head, _SALT)))


def difference(before: State, after: State) -> dict[str, Any]:
    """Return what is to be changed in the one state to make it the other."""
    told: dict[str, Any] = {}
    for field, old, new in zip(State._fields, row(before), row(after), strict=True):
        if new is old or field in FOLLOWING:
            continue
        if field in ("tasks", "sessions"):
            told[field] = pack_changes((old.get(key), one) for key, one in new.since(old).items())
        elif new != old:
            told[field] = pack_field(field, new)
    return told


def apply(draft: Draft, told: dict[str, Any]) -> None:
    """Change a draft by a difference."""
    for field, content in told.items():
        if field == "tasks":
            for task in unpack_changes(Task, content, draft.tasks.get):
                draft.place_task(task)
        elif field == "sessions":
            for session in unpack_changes(Session, content, draft.sessions.get):
                draft.place_session(session)
        else:
            setattr(draft, field, unpack_field(field, content))
