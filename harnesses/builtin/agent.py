"""The agent in its terminal: what the person types, what the loop tells, one screen for both.

Turns run in a thread; this one owns the terminal, sleeps until a key, a signal or the turn wakes
it, and is the only one that draws.
"""

from __future__ import annotations

import os
import selectors
import signal
import threading
import time
from collections.abc import Sequence
from queue import SimpleQueue

from harnesses.builtin.composer import Composer, Leave, Sent, Stop, Wish
from harnesses.builtin.happenings import Happening, Over
from harnesses.builtin.loop import Loop
from harnesses.builtin.record import RecordError
from harnesses.builtin.terminal import Look, Row, Screen, raw, width_of, wrap
from harnesses.builtin.transcript import Transcript, condensed

_ENDING = 5.0  # seconds for a running command to end when the agent leaves
_COMPOSER_ROWS = 8


class Agent:
    """One person's conversation with one loop."""

    def __init__(self, loop: Loop, title: str, keys: int = 0, screen: int = 1) -> None:
        self._loop = loop
        self._title = title
        self._keys, self._out = keys, screen
        self._composer = Composer()
        self._transcript = Transcript()
        self._screen = Screen(screen)
        self._news: SimpleQueue[Happening | BaseException] = SimpleQueue()
        self._wake_read, self._wake_write = os.pipe()
        self._turn: threading.Thread | None = None
        self._stop = threading.Event()
        self._held = loop.history.limited is not None  # a limit holds what is queued
        self._leaving = False

    def run(self) -> None:
        """Converse until the person leaves or the terminal goes away."""
        os.set_blocking(self._wake_write, False)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGWINCH, lambda *_: None)  # waking up draws anew
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, self._leave_by_signal)
        threading.excepthook = self._crashed
        with raw(self._out, self._keys), selectors.DefaultSelector() as selector:
            selector.register(self._keys, selectors.EVENT_READ)
            selector.register(self._wake_read, selectors.EVENT_READ)
            self._open()
            try:
                while not self._leaving:
                    self._work(selector.select())
            finally:
                self._end_turn()

    def _open(self) -> None:
        history = self._loop.history
        width = width_of(self._out)
        rows = wrap(self._title, width, "", Look.QUIET)
        rows += condensed(history.messages, width) if history.messages else []
        self._draw(rows)
        self._loop.ready()
        self._begin_turn()

    def _work(self, ready: Sequence[tuple[selectors.SelectorKey, int]]) -> None:
        sources = {key.fd for key, _ in ready}
        rows: list[Row] = []
        if self._wake_read in sources:
            os.read(self._wake_read, 4096)
            rows += self._hear()
        if self._keys in sources:
            rows += self._read_keys()
        rows += self._begin_turn()
        self._draw(rows)

    def _hear(self) -> list[Row]:
        """Take what the turn has told since the last time."""
        rows: list[Row] = []
        while not self._news.empty():
            news = self._news.get()
            if isinstance(news, BaseException):
                raise news  # a bug in a thread of ours ends the agent like one in this thread
            rows += self._transcript.happening(news, width_of(self._out))
            if isinstance(news, Over):
                self._turn = None
                self._held = self._loop.history.limited is not None
        return rows

    def _read_keys(self) -> list[Row]:
        try:
            data = os.read(self._keys, 65_536)
        except OSError:  # the terminal has gone away
            data = b""
        if not data:
            self._leaving = True
        rows: list[Row] = []
        for wish in self._composer.feed(data):
            rows += self._obey(wish)
        return rows

    def _obey(self, wish: Wish) -> list[Row]:
        match wish:
            case Sent(text, pasted):
                if text.strip() == "/quit" and not pasted:
                    self._leaving = True
                elif text.strip():
                    return self._send(wish)
            case Stop():
                if self._turn and not self._stop.is_set():
                    self._stop.set()
                elif self._turn or self._composer.empty:
                    self._leaving = True
                else:
                    self._composer.clear()
            case Leave():
                self._leaving = True
        return []

    def _send(self, sent: Sent) -> list[Row]:
        try:
            self._loop.arrive(sent.text)
        except RecordError as error:
            self._composer.restore(sent)
            return wrap(str(error), width_of(self._out), "  ", Look.BAD)
        self._held = False
        return []

    def _begin_turn(self) -> list[Row]:
        """Start the next turn, if one waits and none runs."""
        queued = self._loop.history.queued
        if self._turn or self._held or self._leaving or not queued:
            return []
        rows = self._transcript.prompt(queued[min(queued)], width_of(self._out))
        self._stop.clear()
        self._turn = threading.Thread(
            target=self._loop.play, args=(self._tell, self._stop), daemon=True, name="turn"
        )
        self._turn.start()
        return rows

    def _end_turn(self) -> None:
        self._loop.leaving = True
        self._stop.set()
        if self._turn:
            self._turn.join(_ENDING)
        self._loop.leave()

    def _tell(self, what: Happening | BaseException) -> None:
        self._news.put(what)
        try:
            os.write(self._wake_write, b"\0")
        except BlockingIOError:
            return  # enough wake-ups wait already

    def _crashed(self, crash: threading.ExceptHookArgs) -> None:
        self._tell(crash.exc_value or RuntimeError("a thread of the agent ended"))

    def _leave_by_signal(self, number: int, _frame: object) -> None:
        self._leaving = True

    def _draw(self, rows: Sequence[Row]) -> None:
        width = width_of(self._out)
        live = [*self._transcript.partial(width), self._state(width), *self._written(width)]
        self._screen.draw(rows, live)

    def _state(self, width: int) -> Row:
        history = self._loop.history
        waiting = len(history.queued) - (0 if self._turn else not self._held)
        queued = f" · {waiting} queued" if waiting > 0 else ""
        if self._turn:
            word = "stopping" if self._stop.is_set() else "working"
            return Row(f"{word}{queued} · Ctrl-C stops"[:width], Look.COMMAND)
        if history.ask:
            return Row(f"waiting for your answer{queued}"[:width], Look.WARNING)
        if history.limited:
            until = time.strftime("%H:%M", time.localtime(history.limited[0]))
            return Row(f"limited until {until}{queued}"[:width], Look.WARNING)
        return Row("ready · Enter sends · Ctrl-D leaves"[:width], Look.QUIET)

    def _written(self, width: int) -> list[Row]:
        """Show the end of what is being written."""
        size = self._composer.size()
        rows = wrap(self._composer.tail(2000), width, "  ")
        long = size > 2000 or len(rows) > _COMPOSER_ROWS
        rows = rows[-_COMPOSER_ROWS:]
        first = Row("> " + rows[0].text[2:])
        above = [Row(f"… {size:,} characters"[:width], Look.QUIET)] if long else []
        return [*above, first, *rows[1:]]
