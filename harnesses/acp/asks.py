"""What an agent asks in a pane, one after the other: shown, put on record, and settled once."""

from __future__ import annotations

import re
from collections.abc import Callable

from harnesses.acp.page import Page
from harnesses.acp.told import Ask
from harnesses.builtin.record import Record
from harnesses.builtin.terminal import Look, Row, wrap

_NUMBER = re.compile(rb"([0-9]{1,3})\r?")  # with Enter: over a slow line both come at once


class Asks:
    """All that waits for an answer; the first of it is what the person sees."""

    def __init__(
        self,
        record: Record,
        page: Page,
        width: Callable[[], int],
        draw: Callable[[list[Row]], None],
    ) -> None:
        self._record, self._page, self._width, self._draw = record, page, width, draw
        self._all: list[Ask] = []

    @property
    def first(self) -> Ask | None:
        """What is asked now."""
        return self._all[0] if self._all else None

    def add(self, ask: Ask) -> None:
        """Take what the agent asks; it is shown once nothing else is."""
        self._all.append(ask)
        if len(self._all) == 1:
            self._show(ask)

    def press(self, data: bytes) -> bool:
        """Take a number that was pressed where one answers; say whether it was such."""
        ask, pressed = self.first, _NUMBER.fullmatch(data)
        if ask is None or pressed is None or not ask.options:
            return False
        if 1 <= (number := int(pressed[1])) <= len(ask.options):
            self._answer(ask, "", number - 1)
        return True

    def hear(self, text: str) -> bool:
        """Take words of the person; say whether they were an answer, and nothing besides.

        What asks for no words is refused by them, and they are said as well.
        """
        ask = self.first
        if ask is not None and ask.words:
            self._reply(ask, ask.words, text)
            return True
        if ask is not None:
            self._answer(ask, "reject")
        return False

    def grant(self, ident: str, text: str) -> str:
        """Answer as Conductor was told; return what is to be said besides."""
        ask = next((one for one in self._all if one.id == ident), None)
        if ask is None:
            return ""  # answered here meanwhile
        if ask.words:
            self._reply(ask, ask.words, text)
            return ""
        word, _, why = text.partition(":")
        allows = word.strip() == "allow"
        if why.strip() and ask.refuse and not allows:
            self._reply(ask, ask.refuse, why.strip())
            return ""
        self._answer(ask, "allow" if allows else "reject")
        return why.strip()

    def drop(self, ident: str) -> None:
        """Ask no more what the agent has gone on without."""
        ask = next((one for one in self._all if one.id == ident), None)
        if ask is self.first and ask is not None:
            self._settled(ask, "it asks this no more")
        elif ask is not None:
            self._all.remove(ask)  # nobody has seen it yet

    def withdraw(self) -> None:
        """Leave what is asked without an answer."""
        for ask in self._all:
            ask.settle(None)
        self._all.clear()

    def forget(self) -> None:
        """Drop what the agent no longer waits for."""
        self._all.clear()

    def told(self) -> str:
        """Say what answers, for the line of state."""
        ask = self._all[0]
        more = f" ({len(self._all) - 1} more)" if len(self._all) > 1 else ""
        say = "words answer" if ask.words else "words refuse and go to it"
        numbers = "a number answers, " if ask.options else ""
        return f"it asks{more} · {numbers}{say}"

    def _show(self, ask: Ask) -> None:
        kind = "question" if ask.words else "permission"
        self._record.write("asked", ask=ask.id, text=ask.text, what=kind)
        self._draw(self._page.told(ask, self._width()))

    def _answer(self, ask: Ask, word: str, number: int | None = None) -> None:
        """Settle it by an option: the one of that number, or the one of that kind."""
        chosen = ask.options[number] if number is not None else ask.option(word)
        ask.settle(chosen)
        self._settled(ask, chosen.name if chosen else "broken off: it offers no such answer")

    def _reply(self, ask: Ask, tell: Callable[[str], None], words: str) -> None:
        """Settle it by words: the answer to a question, or why something is refused."""
        tell(words)
        self._settled(ask, words)

    def _settled(self, ask: Ask, said: str) -> None:
        self._all.remove(ask)
        self._record.write("answered", ask=ask.id, option=said)
        self._draw([*wrap(said, self._width(), "  ", Look.QUIET), Row("")])
        if self._all:
            self._show(self._all[0])
