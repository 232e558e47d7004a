"""The language of tmux's control mode, read line by line: pure, no pipe and no process.

A reply is framed by lines that an agent could print on its screen, and a captured screen comes
as a reply. So a capture is asked for between guards: words from a random source, unknown to
the agent, behind which alone the frame is believed.
"""

from __future__ import annotations

import secrets
from codecs import escape_decode
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conductor.terminals.errors import TerminalError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LONGEST_LINE = 8 * 1024 * 1024  # far above any line of tmux's; what is longer is not tmux

Lines = list[bytes]


@dataclass(slots=True)
class Request:
    """A command on its way, and who wants the answer."""

    text: str
    done: Callable[[Sequence[Lines]], None]
    failed: Callable[[TerminalError], None]
    parts: int = 1
    guard: bytes = b""


def single(
    command: str,
    done: Callable[[Sequence[Lines]], None],
    failed: Callable[[TerminalError], None],
) -> Request:
    """Make a request of one command whose answer no agent can shape."""
    return Request(f"{command}\n", done, failed)


def guarded(
    commands: Sequence[str],
    done: Callable[[Sequence[Lines]], None],
    failed: Callable[[TerminalError], None],
) -> Request:
    """Make a request of several commands, run as one, whose answers may hold anything."""
    guard = secrets.token_hex(12)
    line = " ; ".join(f"{command} ; display-message -p {guard}n" for command in commands)
    # In a line of its own, because an error drops the rest of its line.
    text = f"{line}\ndisplay-message -p {guard}e\n"
    return Request(text, done, failed, len(commands), guard.encode())


def quote(text: str) -> str:
    """Quote one argument of a tmux command."""
    if "\n" in text or "\0" in text:
        raise TerminalError("a tmux command cannot hold a line break; paste the text instead")
    return "'" + text.replace("'", "'\\''") + "'"


@dataclass(slots=True)
class Conversation:
    """What tmux says, told apart: panes' output, notices, and answers in the order of asking."""

    output: Callable[[bytes, bytes], None]
    notice: Callable[[str, str], None]
    waiting: deque[Request] = field(default_factory=deque)
    words: str = ""  # the last thing said outside of any frame: why a client could not attach
    attached: bool = False
    _rest: bytes = b""
    _frame: bytes | None = None
    _body: Lines = field(default_factory=list)
    _closing: bool = False

    def read(self, data: bytes) -> None:
        """Take in what came through the pipe."""
        if self._rest:
            data = self._rest + data
        lines = data.split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > LONGEST_LINE:
            raise TerminalError("tmux sends a line without an end; it is cut off and asked anew")
        for line in lines:
            self._line(line)

    def _line(self, line: bytes) -> None:
        if self._frame is not None:
            self._in_frame(line)
        elif line.startswith(b"%output "):
            pane, _, text = line[8:].partition(b" ")
            self.output(pane, escape_decode(text)[0])
        else:
            self._outside(line)

    def _outside(self, line: bytes) -> None:
        if line.startswith(b"%extended-output "):
            head, _, text = line[17:].partition(b" : ")
            self.output(head.split(b" ", 1)[0], escape_decode(text)[0])
        elif line.startswith(b"%begin "):
            self._frame, self._body, self._closing = line[7:], [], False
        elif line.startswith(b"%"):
            kind, _, rest = line[1:].decode(errors="replace").partition(" ")
            self.notice(kind, rest)
        elif line:
            self.words = line.decode(errors="replace")

    def _in_frame(self, line: bytes) -> None:
        frame = self._frame or b""
        # The last number says whether the command was ours; others' frames are only skipped.
        ours = frame.endswith(b" 1") and bool(self.waiting)
        if ours and self.waiting[0].guard:
            self._body.append(line)
            if self._closing:
                self._frame = None
                self._answer_guarded(self.waiting.popleft(), self._body)
            self._closing = line == self.waiting[0].guard + b"e" if self._frame else False
            return
        if line in (b"%end " + frame, b"%error " + frame):
            self._frame = None
            self.attached = True
            if ours:
                self._answer(self.waiting.popleft(), line.startswith(b"%end "), self._body)
            elif line.startswith(b"%error "):
                self.words = b" ".join(self._body).decode(errors="replace")
        else:
            self._body.append(line)

    @staticmethod
    def _answer(request: Request, well: bool, body: Lines) -> None:
        if well:
            request.done([body])
        else:
            request.failed(_error(body))

    def _answer_guarded(self, request: Request, body: Lines) -> None:
        sections: list[Lines] = [[]]
        for line in body:
            if line == request.guard + b"n":
                sections.append([])
            else:
                sections[-1].append(line)
        *answers, rest = sections
        tail = rest[:-3]  # the frame of the last guard is no news
        if len(answers) == request.parts:
            request.done([_unframe(each, first=number == 0) for number, each in enumerate(answers)])
        else:
            # Up to the error stands the frame around it, behind it what happened since.
            ends = [number for number, line in enumerate(tail) if line.startswith(b"%error ")]
            last = ends[0] if ends else len(tail) - 1
            begins = [n for n, line in enumerate(tail[:last]) if line.startswith(b"%begin ")]
            request.failed(_error(tail[begins[-1] + 1 if begins else 0 : last]))
            tail = tail[last:]
        for line in tail[1:]:
            self._line(line)


def _unframe(section: Lines, *, first: bool) -> Lines:
    """Cut from a section the frame lines around its answer; only the outermost are believed."""
    start = 0
    if not first:
        start = next(n for n, line in enumerate(section) if line.startswith(b"%begin ")) + 1
    stop = max(n for n, line in enumerate(section) if line.startswith(b"%end "))
    return section[start:stop]


def _error(body: Lines) -> TerminalError:
    said = b" ".join(body).decode(errors="replace")
    return TerminalError(f"tmux: {said or 'the command failed'}")
