"""The pane: one conversation as a person sees it, and the ways to have a say in it.

What the person types here and what Conductor hands in by a pipe take the same way, so whichever
comes first counts. Everything that matters is a line of the record before it is acted on.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from harnesses import HarnessError
from harnesses.acp.conversation import Conversation
from harnesses.acp.page import Page
from harnesses.acp.plan import RECORD, WISHES, Plan
from harnesses.acp.talk import Begin, Turn
from harnesses.acp.told import Ask, Entry, Filled, Told
from harnesses.builtin.composer import Composer, Leave, Sent, Stop, Wish
from harnesses.builtin.happenings import Words
from harnesses.builtin.record import Record, lines
from harnesses.builtin.terminal import Look, Row, Screen, raw, width_of, wrap

_COMPOSER_ROWS = 8
_ESCAPE, _OWN = b"\x1b", b"\x0f"
_LAST_WORDS = 1.0  # seconds in which what has ended may still be explained
_STOPPED = (129, 143)  # codes of what was ended by SIGHUP and SIGTERM
_STOPS = {
    "end_turn": "",
    "cancelled": "broken off",
    "refusal": "the agent refused",
    "limit": "its allowance is used up",
    "max_tokens": "it came to the end of the tokens it may use",
    "max_turn_requests": "it came to the end of the requests a turn may make",
}


class Pane:
    """One terminal, one conversation."""

    def __init__(self, plan: Plan, folder: Path, begin: Begin = Conversation) -> None:
        self._plan, self._keys, self._out = plan, 0, 1
        self._record = Record(folder / RECORD)
        self._pipe = folder / WISHES
        self._talk = begin(plan, self._hear, self._used_before())
        self._composer, self._page, self._screen = Composer(), Page(), Screen(self._out)
        self._queued: deque[str] = deque()
        self._asks: list[Ask] = []
        self._last = ""  # what the agent has said since its last tool
        self._turn: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._breaking = False
        self._ready = False
        self._rest = b""  # of a wish that is not whole yet
        self._away = False  # whether the agent's own program has the terminal
        self._terminal = ExitStack()
        self._over: asyncio.Future[int] | None = None

    def _used_before(self) -> list[Mapping[str, object]]:
        """List what the record has told of the conversation that is to be gone on with."""
        entries = lines(self._record.path) if self._plan.resume else ()
        return [one for one in entries if one["type"] == "usage"]

    async def run(self) -> int:
        """Converse until the person leaves or the agent ends; say the exit code."""
        loop = asyncio.get_running_loop()
        self._over = loop.create_future()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._end, 0)
        loop.add_signal_handler(signal.SIGINT, self._interrupted)
        loop.add_signal_handler(signal.SIGWINCH, self._draw)
        wishes = self._open_pipe()
        loop.add_reader(wishes, self._wished, wishes)
        try:
            self._take_terminal()
            self._draw(wrap(f"{self._plan.name} starts in {self._plan.worktree}", self._width))
            self._beginning = asyncio.create_task(self._begin(self._plan.resume))
            code = await self._over
            self._beginning.cancel()
            if self._watching:
                self._watching.cancel()
            if self._turn:
                self._turn.cancel()  # cut off: nothing of it is told as finished
            self._withdraw()
            await self._talk.close()
        finally:
            self._give_terminal()
            os.close(wishes)
            self._record.close()
        return code

    def _open_pipe(self) -> int:
        with suppress(FileNotFoundError):
            self._pipe.unlink()  # what was meant for an earlier run is not meant for this one
        os.mkfifo(self._pipe, 0o600)
        return os.open(self._pipe, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)  # never at its end

    def _take_terminal(self) -> None:
        self._terminal.enter_context(raw(self._out, self._keys))
        asyncio.get_running_loop().add_reader(self._keys, self._typed)

    def _give_terminal(self) -> None:
        asyncio.get_running_loop().remove_reader(self._keys)
        self._terminal.close()

    @property
    def _width(self) -> int:
        return width_of(self._out)

    # The agent.

    async def _begin(self, resume: str | None) -> None:
        try:
            await self._talk.open(resume)
        except HarnessError as error:
            self._fail(error)
            return
        self._record.write("named", id=self._talk.id)
        self._record.write("ready")
        self._ready = True
        self._watching = asyncio.create_task(self._outlive())
        self._draw(
            wrap(f"{self._talk.title} in {self._plan.worktree}", self._width, "", Look.QUIET)
        )
        self._next()

    async def _outlive(self) -> None:
        """Notice the end of an agent that nobody asks anything, or whose children speak on."""
        why = await self._talk.gone()
        if self._turn and self._ready:
            await asyncio.wait([self._turn], timeout=2 * _LAST_WORDS)
        if not self._ready or not why:
            return  # its turn has told, or it was let go
        if self._turn:
            self._turn.cancel()
            self._fail(HarnessError(why))
        else:
            self._draw(self._page.ended(why, self._width, Look.BAD))
            self._end(self._talk.code or 0)

    def _hear(self, what: Told) -> None:
        """Take what the agent tells."""
        if isinstance(what, Ask):
            self._asks.append(what)
            if len(self._asks) == 1:
                self._ask(what)
            return
        if isinstance(what, Filled):
            self._record.write("context", used=what.used, size=what.size)
            return
        if isinstance(what, Entry):
            self._record.write(what.kind, **what.fields)
            return
        self._last = self._last + what.text if isinstance(what, Words) else ""
        self._draw(self._page.told(what, self._width))

    def _ask(self, ask: Ask) -> None:
        kind = "question" if ask.words else "permission"
        self._record.write("asked", ask=ask.id, text=ask.text, what=kind)
        self._draw(self._page.told(ask, self._width))

    def _answer(self, ask: Ask, word: str, number: int | None = None) -> None:
        """Settle an ask by an option: the one of that number, or the one of that kind."""
        chosen = ask.options[number] if number is not None else ask.option(word)
        ask.settle(chosen)
        self._settled(ask, chosen.name if chosen else "broken off: it offers no such answer")

    def _reply(self, ask: Ask, tell: Callable[[str], None], words: str) -> None:
        """Settle an ask by words: the answer to a question, or why something is refused."""
        tell(words)
        self._settled(ask, words)

    def _settled(self, ask: Ask, said: str) -> None:
        self._asks.remove(ask)
        self._record.write("answered", ask=ask.id, option=said)
        self._draw([*wrap(said, self._width, "  ", Look.QUIET), Row("")])
        if self._asks:
            self._ask(self._asks[0])

    def _next(self) -> None:
        """Play the next turn, if one waits and none runs."""
        if self._ready and self._turn is None and self._queued:
            text = self._queued.popleft()
            self._last, self._breaking = "", False
            self._record.write("arrival", text=text)
            self._draw(self._page.prompt(text, self._width))
            self._turn = asyncio.create_task(self._play(text))

    async def _play(self, text: str) -> None:
        try:
            turn = await self._talk.prompt(text)
        except HarnessError as error:
            if self._talk.code in _STOPPED:
                await asyncio.sleep(_LAST_WORDS)  # whoever stops us both has reached it first
            self._turn = None
            self._fail(error)
        else:
            self._turn = None
            self._asks.clear()  # the agent withdrew what was not answered
            self._close(turn)
        self._next()

    def _close(self, turn: Turn) -> None:
        for used in turn.used:
            self._record.write("usage", **used)
        word = _STOPS.get(turn.stop, turn.stop)
        if turn.stop == "limit":
            self._record.write("limited", until=turn.until, text=self._last.strip())
        elif turn.stop in ("end_turn", "cancelled"):
            self._record.write("end", last=self._last.strip(), stop=turn.stop)
        else:
            self._record.write("failure", why=f"{word}. {self._last.strip()}".strip())
        self._draw(self._page.ended(word, self._width))

    def _fail(self, error: HarnessError) -> None:
        """Tell what went wrong; an agent that is gone, or never came, is the end."""
        self._record.write("failure", why=str(error))
        self._draw(self._page.ended(str(error), self._width, Look.BAD))
        code = self._talk.code
        if code is not None or not self._ready:
            self._ready = False
            self._end(code or 2)

    async def _step_out(self) -> None:
        """Let the person go on in the agent's own program; it and we never hold it at once."""
        self._ready, self._away = False, True
        text = f"It goes on in {self._plan.name}'s own terminal program; leave that to come back."
        self._record.write("away", ask=uuid.uuid4().hex[:8], text=text)
        self._draw(wrap(text, self._width, "", Look.QUIET))
        await self._talk.close()
        self._give_terminal()
        program, *words = (one.replace("{resume}", self._talk.id) for one in self._plan.own)
        told = ""
        try:
            child = await asyncio.create_subprocess_exec(program, *words, cwd=self._plan.worktree)
            await child.wait()
        except OSError as error:
            told = f"{program} cannot be started: {error.strerror}"
        self._away = False
        self._take_terminal()
        self._draw(wrap(told, self._width, "  ", Look.BAD) if told else [])
        await self._begin(self._talk.id)

    # The person, and Conductor for them.

    def _typed(self) -> None:
        try:
            data = os.read(self._keys, 65_536)
        except OSError:  # the terminal has gone away
            data = b""
        if not data:
            self._end(0)
        elif data == _ESCAPE:
            self._break_off()
        elif data == _OWN and self._ready and not self._turn and self._own:
            self._beginning = asyncio.create_task(self._step_out())
        elif self._asks and self._composer.empty and data.isdigit():
            self._choose(int(data) - 1)
        else:
            for wish in self._composer.feed(data):
                self._obey(wish)
        self._draw()

    @property
    def _own(self) -> bool:
        """Whether the agent's own program can go on with what has been said."""
        return bool(self._plan.own and self._talk.id)

    def _choose(self, number: int) -> None:
        if 0 <= number < len(self._asks[0].options):
            self._answer(self._asks[0], "", number)

    def _obey(self, wish: Wish) -> None:
        match wish:
            case Sent(text, pasted):
                if text.strip() == "/quit" and not pasted:
                    self._end(0)
                elif text.strip():
                    self._say(text)
            case Stop():
                if self._turn and not self._breaking:
                    self._break_off()
                elif self._turn or self._composer.empty:
                    self._end(0)
                else:
                    self._composer.clear()
            case Leave():
                self._end(0)

    def _say(self, text: str) -> None:
        """Take words for the agent; while it asks, they answer, or are also a refusal."""
        if self._asks and (tell := self._asks[0].words):
            self._reply(self._asks[0], tell, text)
            return
        self._queued.append(text)
        if self._asks:
            self._answer(self._asks[0], "reject")
        self._next()

    def _break_off(self) -> None:
        if self._turn and not self._breaking:
            self._breaking = True
            self._withdraw()
            self._cancelling = asyncio.create_task(self._talk.cancel())

    def _withdraw(self) -> None:
        """Leave what is asked without an answer."""
        for ask in self._asks:
            ask.settle(None)
        self._asks.clear()

    def _interrupted(self) -> None:
        if not self._away:  # there it is a key of the agent's own program
            self._end(0)

    def _end(self, code: int) -> None:
        if self._over and not self._over.done():
            self._over.set_result(code)

    def _wished(self, pipe: int) -> None:
        with suppress(BlockingIOError):
            self._rest += os.read(pipe, 1 << 20)
        *lines, self._rest = self._rest.split(b"\n")
        for line in filter(None, lines):
            with suppress(ValueError):  # cut off by the end of whoever wrote it, who writes again
                wish = json.loads(line)
                if isinstance(wish, dict):
                    self._grant(wish)
        self._draw()

    def _grant(self, wish: Mapping[str, Any]) -> None:
        text = str(wish.get("text", ""))
        if "ask" not in wish:
            self._say(text)
            return
        ask = next((one for one in self._asks if one.id == wish["ask"]), None)
        if ask is None:
            return  # answered here meanwhile
        if ask.words:
            self._reply(ask, ask.words, text)
            return
        word, _, why = text.partition(":")
        allows = word.strip() == "allow"
        if why.strip() and ask.refuse and not allows:
            self._reply(ask, ask.refuse, why.strip())
            return
        if why.strip():
            self._queued.append(why.strip())
        self._answer(ask, "allow" if allows else "reject")

    # The screen.

    def _draw(self, rows: list[Row] | None = None) -> None:
        if self._away:
            return
        width = self._width
        live = [*self._page.partial(width), self._state(width), *self._written(width)]
        self._screen.draw(rows or (), live)

    def _state(self, width: int) -> Row:
        queued = f" · {len(self._queued)} queued" if self._queued else ""
        if not self._ready:
            return Row(f"starting{queued}"[:width], Look.COMMAND)
        if self._asks:
            more = f" ({len(self._asks) - 1} more)" if len(self._asks) > 1 else ""
            say = "words answer" if self._asks[0].words else "words refuse and go to it"
            numbers = "a number answers, " if self._asks[0].options else ""
            told = f"it asks{more} · {numbers}{say}{queued}"
            return Row(told[:width], Look.WARNING)
        if self._turn:
            word = "breaking off" if self._breaking else self._page.doing or "working"
            return Row(f"{word.splitlines()[0]}{queued} · Esc breaks off"[:width], Look.COMMAND)
        own = f"Ctrl-O goes on in {self._plan.name}'s own terminal · " if self._own else ""
        return Row(f"ready · Enter sends · {own}Ctrl-D leaves"[:width], Look.QUIET)

    def _written(self, width: int) -> list[Row]:
        """Show the end of what is being written."""
        rows = wrap(self._composer.tail(2000), width, "  ")[-_COMPOSER_ROWS:]
        return [Row("> " + rows[0].text[2:]), *rows[1:]]
