"""Reading a command's words: argparse with our sentences, our exit codes and examples."""

from __future__ import annotations

import argparse
import sys
import time
from textwrap import fill
from typing import Any, NoReturn

from conductor.acts import LONGEST_TEXT, Refused
from conductor.cli.page import Misused, width

LARGEST = 1_000_000


class Parser(argparse.ArgumentParser):
    """One command's parser; a mistake is one sentence and exit code 2."""

    def __init__(self, command: str, about: str, *examples: str) -> None:
        shown = "".join(f"\n  {line}" for line in examples)
        super().__init__(
            prog=f"conductor {command}",
            description=fill(" ".join(about.split()), min(width(), 100) - 2),
            epilog=f"examples:{shown}" if examples else None,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def add_argument(self, *names: str, **more: Any) -> argparse.Action:
        """Add one; an id is explained alike everywhere."""
        if more.get("metavar") == "ID":
            more.setdefault("help", "a task (t7), or its session (s31)")
        return super().add_argument(*names, **more)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and how it is meant."""
        raise Misused(f"{message}; `{self.prog} --help` shows how")


def words_of(given: list[str]) -> str:
    """Return the text that a command was given: its words, or standard input for `-`."""
    if given != ["-"]:
        return " ".join(given)
    raw = sys.stdin.buffer.read(LONGEST_TEXT + 1)
    if len(raw) > LONGEST_TEXT:
        raise Refused(f"Standard input holds more than {LONGEST_TEXT >> 20} MB: that is no text.")
    return raw.decode(errors="replace")


def whole(text: str) -> int:
    """Read a whole number that somebody may have meant."""
    try:
        if abs(found := int(text)) <= LARGEST:
            return found
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text[:40]!a} is no whole number up to {LARGEST}")


def number(text: str) -> int:
    """Read how many of something are wanted."""
    if (many := whole(text)) < 1:
        raise argparse.ArgumentTypeError(f"{text!a} is no number of things: 1 or more was expected")
    return many


def since(text: str) -> float:
    """Read a length of time back from now (`90s`, `30m`, `12h`, `7d`, `2w`) or an ISO time."""
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
    number, unit = text[:-1], text[-1:]
    if unit in units and number.replace(".", "", 1).isdecimal():
        return max(0.0, time.time() - float(number) * units[unit])
    from datetime import datetime

    try:
        return max(0.0, datetime.fromisoformat(text).astimezone().timestamp())
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"{text!a} is no time: 30m, 12h, 7d or 2026-05-31T14:00 was expected"
        ) from None
