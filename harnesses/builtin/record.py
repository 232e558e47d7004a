"""The record: one line of JSON for each thing that happened, enough to resume from.

A record holds conversations one after another; each begins with a `header` line that carries its
id. A line torn by a crash or by a full disk is skipped when reading and closed when writing.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from harnesses import hooks

VERSION = 1
NAME = "conversation.jsonl"


class RecordError(Exception):
    """The record cannot be written or found; the text says why and what to do."""


class Record:
    """One record, open for appending; safe to use from the agent's two threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        flags = os.O_APPEND | os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(path, flags, 0o600)
            size = os.fstat(self._file).st_size
            self._torn = size > 0 and os.pread(self._file, 1, size - 1) != b"\n"
        except OSError as error:
            raise RecordError(f"{path} cannot be opened: {error.strerror}") from error

    def write(self, kind: str, **fields: object) -> None:
        """Append one line; it is in the file when this returns."""
        line = json.dumps({"type": kind, "at": round(time.time(), 3), **fields}) + "\n"
        with self._lock:
            data = ("\n" if self._torn else "").encode() + line.encode()
            self._torn = True
            try:
                while data:
                    data = data[os.write(self._file, data) :]
            except OSError as error:
                raise RecordError(
                    f"{self.path} cannot be written: {error.strerror}. Make room and prompt again."
                ) from error
            self._torn = False

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)


def lines(path: Path) -> Iterator[Mapping[str, object]]:
    """Read a record's lines, leaving out what is torn or foreign."""
    try:
        with path.open("rb") as file:
            for line in file:
                if (entry := parse(line)) is not None:
                    yield entry
    except OSError as error:
        raise RecordError(f"{path} cannot be read: {error.strerror}") from error


def parse(line: str | bytes) -> Mapping[str, object] | None:
    """Read one line, or None when it is not one of ours."""
    entry = hooks.parse(line)
    return entry if entry is not None and isinstance(entry.get("type"), str) else None


def conversation(path: Path, name: str) -> list[Mapping[str, object]]:
    """Collect the lines of one conversation, those carried over from elsewhere included."""
    found: list[Mapping[str, object]] = []
    inside = False
    for entry in lines(path):
        if entry["type"] == "header":
            inside = entry.get("id") == name
            carried = entry.get("carried")
            if inside and isinstance(carried, list):
                found += [item for item in carried if isinstance(item, dict) and "type" in item]
        if inside:
            found.append(entry)
    return found


def find(folder: Path, name: str) -> tuple[Path, list[Mapping[str, object]]]:
    """Find a conversation by its id: in this session's folder, else in those beside it."""
    beside = sorted(folder.parent.glob(f"*/{NAME}")) if folder.parent.is_dir() else []
    for path in [folder / NAME, *beside]:
        if path.is_file() and _holds(path, name):
            return path, conversation(path, name)
    raise RecordError(
        f"no conversation {name!r} in {folder} or the folders beside it; start a new one"
    )


def _holds(path: Path, name: str) -> bool:
    """Look for a header by its bytes first: reading hundreds of records as JSON takes seconds."""
    wanted = json.dumps(name).encode()
    try:
        with path.open("rb") as file:
            return any(
                line.startswith(b'{"type": "header"') and wanted in line[:200] for line in file
            )
    except OSError:
        return False  # another session's, going away as we look
