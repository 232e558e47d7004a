"""An agent of a table that stays, is typed to, and is known by its screen alone.

The table says which words it shows when it takes a prompt, while it works, and when it asks. What
it asks is the part of the screen about these words: the rest goes on moving, as clocks and spinners
do, and makes no other question of it. A permission is answered by the keys of the table, only while
the screen shows the very lines that were asked about.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

from harnesses import (
    SHOWN,
    Ask,
    Asked,
    Began,
    Busy,
    HarnessError,
    Idle,
    Sighting,
    Typing,
)
from harnesses.shell import Shell

_DRAWN = 1.5  # seconds without a stroke after which a screen shows what it means to show
_FOOT = 20  # lines at most that are told of what it asks
_TOP, _BOTTOM = tuple("╭┌┏╔"), tuple("╰└┗╚")
_EDGES = " \t│┃║|"
_MOVING = re.compile(r"[\u2800-\u28ff]|\b\d+(?:\.\d+)?\s?(?:ms|s|sec|secs|seconds|m|min|h)\b")


@dataclass(frozen=True, slots=True)
class Permission:
    """How it asks for a permission, and which keys answer in its dialog."""

    shows: str
    allow: tuple[str, ...]
    deny: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Typed(Shell):
    """An agent that is a command line, stays, and is typed to."""

    ready: str = ""  # what it shows when it takes a prompt
    working: str = ""  # what it shows as long as it works
    asks: tuple[str, ...] = ()  # what it shows when it asks the person
    permission: Permission | None = None
    only_screen: bool = True

    def read_screen(self, title: str, screen: str, now: float, still: float) -> Sighting | None:
        """Look for the words of the table."""
        wanted = (self.permission.shows,) if self.permission else ()
        for words in (*wanted, *self.asks):
            if text := _about(words, screen, self.working):
                ident = zlib.crc32(_MOVING.sub("", text).encode(errors="replace"))
                kind = "permission" if words in wanted else "screen"
                return Asked(f"{SHOWN}{ident:08x}", kind, text)
        shown = _squeezed(screen)
        if self.working and _squeezed(self.working) in shown:
            return Busy()
        if _squeezed(self.ready) not in shown or still < _DRAWN:
            return None
        return Idle() if self.working else Began()

    def say_over(self, screen: str, text: str) -> Typing:
        """Nothing is known of its limits."""
        return self.say(text)

    def say(self, text: str) -> Typing:
        """Paste and press Enter, where it shows that it takes a prompt."""
        permits = (self.permission.shows,) if self.permission else ()
        taken = (self.working, self.ready, *permits, *self.asks) if self.working else ()
        return Typing((), text, pause=0.3, needs=(self.ready,), taken=taken)

    def answer(self, ask: Ask, text: str) -> Typing:
        """Press the keys of the table; a reason for a refusal is the next thing said."""
        if ask.kind != "permission" or self.permission is None:
            raise HarnessError("this can only be answered in the agent's own terminal")
        word, _, why = text.partition(":")
        lines = [line for line in ask.text.splitlines() if not _MOVING.search(line)]
        needs = (self.permission.shows, *lines)
        if word.strip() == "allow":
            return Typing(self.permission.allow, submit=(), needs=needs)
        return Typing(self.permission.deny, submit=(), needs=needs, then=why.strip())


def _about(words: str, screen: str, working: str) -> str:
    """Return the part of a screen in which some words stand last: its frame, or what is near."""
    lines = [line.rstrip() for line in screen.splitlines()]
    at = next((n for n in reversed(range(len(lines))) if _there(words, lines, n)), None)
    if at is None:
        return ""
    found = _framed(lines, at) or _near(lines, at)
    told = (line.strip(_EDGES) for line in found if not working or working not in line)
    return "\n".join([line for line in told if any(map(str.isalnum, line))][-_FOOT:])


def _there(words: str, lines: list[str], at: int) -> bool:
    """Say whether words begin in a line, though the terminal may have wrapped them."""
    begin, both = (_squeezed("".join(one.strip(_EDGES) for one in lines[at:end]))
                   for end in (at + 1, at + 3))  # fmt: skip
    wanted = _squeezed(words)
    return wanted in begin or (wanted in both and wanted not in both[len(begin) :])


def _framed(lines: list[str], at: int) -> list[str]:
    """Return what stands in the frame that is drawn about a line, if there is one."""
    for above in range(at, -1, -1):
        edge = lines[above].strip()
        if edge.startswith(_BOTTOM):
            return []
        if edge.startswith(_TOP):
            ends = (n for n in range(at, len(lines)) if lines[n].strip().startswith(_BOTTOM))
            below = next(ends, None)
            return lines[above + 1 : below] if below is not None else []
    return []


def _near(lines: list[str], at: int) -> list[str]:
    """Return the paragraph of a line with the one before it and the one after it."""
    first, last = (_past(lines, _past(lines, at, step, 0), step, 1) for step in (-1, 1))
    return lines[first : last + 1]


def _past(lines: list[str], at: int, step: int, more: int) -> int:
    """Return the last line of a paragraph, in one direction, or of the next one."""
    inside = range(len(lines))
    end = at
    while more and end + step in inside and not lines[end + step].strip():
        end += step
    while end + step in inside and lines[end + step].strip():
        end += step
    return end if lines[end].strip() else at


def _squeezed(text: str) -> str:
    return "".join(text.split())
