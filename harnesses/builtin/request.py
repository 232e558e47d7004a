"""One request to a model, in a thread that can be left behind."""

from __future__ import annotations

import threading

from harnesses.builtin.happenings import Note, Tell, Words
from harnesses.builtin.models import (
    Interrupted,
    LimitReached,
    Message,
    Model,
    ModelFailed,
    Reply,
)


class Listener:
    """Hears one reply for the loop, until the loop stops listening."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._stop = threading.Event()

    def stop(self) -> None:
        """Listen no more: what still comes raises Interrupted in its thread."""
        self._stop.set()

    def text(self, words: str) -> None:
        """Pass words on."""
        self._check()
        self._tell(Words(words))

    def note(self, sentence: str) -> None:
        """Pass a note on."""
        self._check()
        self._tell(Note(sentence))

    def wait(self, seconds: float) -> None:
        """Wait, unless it is over meanwhile."""
        if self._stop.wait(seconds):
            raise Interrupted

    def _check(self) -> None:
        if self._stop.is_set():
            raise Interrupted


class Request(threading.Thread):
    """One request in a thread of its own, so that a silent network cannot hold an interrupt up."""

    def __init__(self, model: Model, messages: tuple[Message, ...], ear: Listener) -> None:
        super().__init__(daemon=True, name="request")
        self._model, self._messages, self._ear = model, messages, ear
        self.outcome: Reply | Interrupted | LimitReached | ModelFailed | None = None
        self.done = threading.Event()

    def run(self) -> None:
        """Ask; a bug ends the thread and is told by its excepthook."""
        try:
            self.outcome = self._model.reply(self._messages, self._ear)
        except (Interrupted, LimitReached, ModelFailed) as reason:
            self.outcome = reason
        finally:
            self.done.set()
