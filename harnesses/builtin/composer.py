"""The composer: from the bytes a terminal sends to what the person wants.

Enter sends; Ctrl-J and Alt-Enter start a new line; a paste is taken as it comes and never sends by
itself. Ctrl-U clears, Ctrl-W takes a word back, Ctrl-C stops, Ctrl-D on an empty line leaves.
Text that is not UTF-8 is taken with U+FFFD in its place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

PASTE_BEGIN, PASTE_END = b"\x1b[200~", b"\x1b[201~"
_TYPED = re.compile(rb"[^\x00-\x1f\x7f]+|\n")
_KEY = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|[^\[O])", re.DOTALL)
_SPLIT_CHARACTER = re.compile(
    rb"(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z"
)


@dataclass(frozen=True, slots=True)
class Sent:
    """The person has sent this text."""

    text: str
    pasted: bool  # whether any of it was pasted: then it is never a word of command


@dataclass(frozen=True, slots=True)
class Stop:
    """Ctrl-C: stop what is going on."""


@dataclass(frozen=True, slots=True)
class Leave:
    """Ctrl-D: leave."""


Wish = Sent | Stop | Leave


class Composer:
    """What is being written, and the bytes that are not yet a whole key."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._rest = b""
        self._paste: bytearray | None = None
        self._pasted = False

    @property
    def empty(self) -> bool:
        """Whether nothing is written."""
        return not any(self._pieces)

    def clear(self) -> None:
        """Forget what is written."""
        self._pieces.clear()
        self._pasted = False

    def restore(self, sent: Sent) -> None:
        """Take back what could not be sent."""
        self._pieces = [sent.text]
        self._pasted = sent.pasted

    def size(self) -> int:
        """Count the characters written, and the bytes of a paste under way."""
        return sum(map(len, self._pieces)) + len(self._paste or b"")

    def tail(self, limit: int) -> str:
        """Give the end of what is written, for showing: joining all of it would cost too much."""
        found: list[str] = []
        for piece in reversed(self._pieces):
            if limit <= 0:
                break
            found.append(piece[-limit:])
            limit -= len(found[-1])
        return "".join(reversed(found))

    def feed(self, data: bytes) -> list[Wish]:
        """Take what the terminal sent, and say what the person wants."""
        wishes: list[Wish] = []
        data, self._rest = self._rest + data, b""
        while data:
            if self._paste is not None:
                data = self._take_paste(data)
            else:
                data = self._take_key(data, wishes)
        return wishes

    def _take_paste(self, data: bytes) -> bytes:
        """Add to the paste under way; gives back what follows its end."""
        assert self._paste is not None
        seen = max(0, len(self._paste) - len(PASTE_END) + 1)
        self._paste += data
        end = self._paste.find(PASTE_END, seen)
        if end < 0:
            return b""
        rest = bytes(self._paste[end + len(PASTE_END) :])
        text = bytes(self._paste[:end])
        if b"\n" not in text:  # terminals and tmux send a line's end as Enter
            text = text.replace(b"\r", b"\n")
        self._pieces.append(text.decode(errors="replace"))
        self._paste = None
        self._pasted = True
        return rest

    def _take_key(self, data: bytes, wishes: list[Wish]) -> bytes:
        """Take one key, or a run of typed text; gives back what follows it."""
        if run := _TYPED.match(data):
            text, rest = run[0], data[run.end() :]
            if not rest and (split := _SPLIT_CHARACTER.search(text)):
                text, self._rest = text[: split.start()], split[0]
            if text:
                self._pieces.append(text.decode(errors="replace"))
            return rest
        if data.startswith(PASTE_BEGIN):
            self._paste = bytearray()
            return data[len(PASTE_BEGIN) :]
        if data[0] == 0x1B:
            return self._take_escape(data)
        self._control(data[0], wishes)
        return data[1:]

    def _take_escape(self, data: bytes) -> bytes:
        """Take a key sent as an escape sequence; those without a meaning here are dropped."""
        key = _KEY.match(data)
        if key is None:
            if len(data) < 64:
                self._rest = data
                return b""
            return data[1:]
        if key[0] == b"\x1b\r":
            self._pieces.append("\n")
        elif len(key[0]) == 2 and key[0][1] > 0x1F and not key[0].startswith(b"\x1bO"):
            return data[1:]  # Escape, and then a character
        return data[key.end() :]

    def _control(self, byte: int, wishes: list[Wish]) -> None:
        match byte:
            case 0x0D if not self.empty:
                wishes.append(Sent("".join(self._pieces), self._pasted))
                self.clear()
            case 0x03:
                wishes.append(Stop())
            case 0x04 if self.empty:
                wishes.append(Leave())
            case 0x15:
                self.clear()
            case 0x17:
                self._take_back(re.compile(r"\s*\S*\Z"))
            case 0x7F | 0x08:
                self._take_back(re.compile(r".\Z", re.DOTALL))
            case 0x09:
                self._pieces.append("\t")
            case _:
                pass

    def _take_back(self, what: re.Pattern[str]) -> None:
        text = "".join(self._pieces)
        tail = text[-1000:]
        self._pieces = [text[: len(text) - len(tail)], what.sub("", tail, count=1)]
