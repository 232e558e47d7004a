"""Rehearsal scripts, read from TOML with every mistake named by file and key."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from harnesses import HarnessError

_KEYS = {"text", "command", "pause", "question", "limit", "error", "tokens"}
_TOKENS = ("input", "cached", "output")


@dataclass(frozen=True, slots=True)
class Line:
    """One reply, as written."""

    text: str = ""
    command: str | None = None
    pause: float | None = None
    question: str | None = None
    limit: float | None = None
    error: str | None = None
    tokens: tuple[int, int, int] | None = None

    @property
    def spoken(self) -> str:
        """All that is said aloud: the text, and the question after it."""
        asked = f"QUESTION: {self.question}" if self.question else ""
        return "\n".join(filter(None, (self.text, asked)))


@dataclass(frozen=True, slots=True)
class Turn:
    """The replies to one prompt."""

    lines: tuple[Line, ...]
    when: str = ""


def read_script(path: Path) -> tuple[Turn, ...]:
    """Read a script; raises HarnessError that names the file and the key."""
    try:
        written = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise HarnessError(f"{path}: the script cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise HarnessError(f"{path}: the script is not UTF-8 text ({error.reason})") from error
    except tomllib.TOMLDecodeError as error:
        raise HarnessError(f"{path}: {error}") from error
    for key in written.keys() - {"turn"}:
        raise HarnessError(f"{path}: unknown key {key}; a script is a list of [[turn]]")
    return tuple(
        _turn(f"{path}: turn {number}", turn)
        for number, turn in enumerate(_list(f"{path}: turn", written.get("turn")), 1)
    )


def _turn(where: str, written: object) -> Turn:
    table = _table(where, written)
    for key in table.keys() - {"when", "reply"}:
        raise HarnessError(f"{where}: unknown key {key}; known are when and [[turn.reply]]")
    replies = _list(f"{where}, reply", table.get("reply"))
    lines = tuple(_line(f"{where}, reply {n}", reply) for n, reply in enumerate(replies, 1))
    for number, line in enumerate(lines[:-1], 1):
        if line.command is None and not (line.question or line.limit or line.error):
            raise HarnessError(
                f"{where}, reply {number}: needs a command, question, limit or error, "
                "because a reply without one ends the turn; start a new [[turn]] after it"
            )
    if lines[-1].command is not None:
        raise HarnessError(
            f"{where}, reply {len(lines)}: the last reply cannot run a command; "
            "say after it what came of it"
        )
    return Turn(lines, _text(f"{where}: when", table.get("when")) or "")


def _line(where: str, written: object) -> Line:
    table = _table(where, written)
    for key in table.keys() - _KEYS:
        raise HarnessError(f"{where}: unknown key {key}; known are {', '.join(sorted(_KEYS))}")
    if sum(key in table for key in ("command", "question", "limit", "error")) > 1:
        raise HarnessError(f"{where}: give only one of command, question, limit and error")
    if not table.keys() - {"pause", "tokens"}:
        raise HarnessError(f"{where}: says nothing; give it a text, command, question, …")
    return Line(
        _text(f"{where}: text", table.get("text")) or "",
        _text(f"{where}: command", table.get("command")),
        _seconds(f"{where}: pause", table.get("pause")),
        _text(f"{where}: question", table.get("question")),
        _seconds(f"{where}: limit", table.get("limit")),
        _text(f"{where}: error", table.get("error")),
        _tokens(f"{where}: tokens", table.get("tokens")),
    )


def _tokens(where: str, written: object) -> tuple[int, int, int] | None:
    if written is None:
        return None
    table = _table(where, written)
    figures = [table.get(key, 0) for key in _TOKENS]
    whole = [n for n in figures if isinstance(n, int) and not isinstance(n, bool) and n >= 0]
    if table.keys() - set(_TOKENS) or len(whole) != len(_TOKENS):
        raise HarnessError(f"{where}: expected whole numbers for input, cached and output")
    return whole[0], whole[1], whole[2]


def _table(where: str, written: object) -> dict[str, object]:
    if not isinstance(written, dict):
        raise HarnessError(f"{where}: expected a table")
    return written


def _list(where: str, written: object) -> list[object]:
    if not isinstance(written, list) or not written:
        raise HarnessError(f"{where}: expected at least one [[turn]] with a [[turn.reply]]")
    return written


def _text(where: str, written: object) -> str | None:
    if written is not None and (not isinstance(written, str) or not written):
        raise HarnessError(f"{where}: expected a text that is not empty")
    return written


def _seconds(where: str, written: object) -> float | None:
    if written is None:
        return None
    number = isinstance(written, int | float) and not isinstance(written, bool)
    if not number or not 0 <= float(str(written)) < float("inf"):
        raise HarnessError(f"{where}: expected a number of seconds")
    return float(str(written))
