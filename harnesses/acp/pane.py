"""The pane: one conversation as a person sees it, and the ways to have a say in it.

What the person types here and what Conductor hands in by a pipe take the same way, so whichever
comes first counts. Everything that matters is a line of the record before it is acted on.
"""

from __future__ import annotations

import asyncio
import signal
import uuid
from collections import deque
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any

from harnesses import HarnessError
from harnesses.acp.asks import Asks
from harnesses.acp.conversation import Conversation
from harnesses.acp.page import Page, being_written
from harnesses.acp.plan import RECORD, WISHES, Plan
from harnesses.acp.process import in_terminal
from harnesses.acp.surface import Surface, Wishes
from harnesses.acp.talk import Begin, Turn
from harnesses.acp.told import Ask, Entry, Filled, Told, Withdrawn
from harnesses.builtin.composer import Composer, Leave, Sent, Stop, Wish
from harnesses.builtin.happenings import Words
from harnesses.builtin.record import Record, lines
from harnesses.builtin.terminal import Look, Row, wrap

_ESCAPE, _OWN = b"\x1b", b"\x0f"
_LAST_WORDS = 1.0  # seconds in which what has ended may still be explained
_STOPPED = (129, 143)  # codes of what was ended by SIGHUP and SIGTERM


class Pane:
    """One terminal, one conversation."""

    def __init__(self, plan: Plan, folder: Path, begin: Begin = Conversation) -> None:
        self._plan, self._folder = plan, folder
        self._record = Record(folder / RECORD)
        self._talk = begin(plan, self._hear, self._used_before())
        self._composer, self._page, self._surface = Composer(), Page(), Surface(self._typed)
        self._queued: deque[str] = deque()
        self._asks = Asks(self._record, self._page, lambda: self._width, self._draw)
        self._last = ""  # what the agent has said since its last tool
        self._beginning: asyncio.Task[None] | None = None
        self._turn: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._breaking = False
        self._ready = False
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
        wishes = Wishes(self._folder / WISHES, self._grant)
        try:
            self._surface.take()
            self._draw(wrap(f"{self._plan.name} starts in {self._plan.worktree}", self._width))
            self._beginning = self._spawn(self._begin(self._plan.resume))
            return await self._over
        finally:
            try:
                await self._leave()
            finally:
                self._surface.give()
                wishes.close()
                self._record.close()

    async def _leave(self) -> None:
        for task in (self._beginning, self._watching, self._turn):
            if task:
                task.cancel()  # a turn is cut off: nothing of it is told as finished
        self._asks.withdraw()
        self._draw()
        await self._talk.close()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begin work whose crash is the pane's: else it would seem to be at work for ever."""
        task = asyncio.create_task(work)
        task.add_done_callback(self._crashed)
        return task

    def _crashed(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None and self._over and not self._over.done():
            self._over.set_exception(error)

    @property
    def _width(self) -> int:
        return self._surface.width

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
        self._watching = self._spawn(self._outlive())
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
        match what:
            case Ask():
                self._asks.add(what)
            case Withdrawn(ident):
                self._asks.drop(ident)
            case Filled(used, size):
                self._record.write("context", used=used, size=size)
            case Entry(kind, fields):
                self._record.write(kind, **fields)
            case _:
                self._last = self._last + what.text if isinstance(what, Words) else ""
                self._draw(self._page.told(what, self._width))

    def _next(self) -> None:
        """Play the next turn, if one waits and none runs."""
        if self._ready and self._turn is None and self._queued:
            text = self._queued.popleft()
            self._last, self._breaking = "", False
            self._record.write("arrival", text=text)
            self._draw(self._page.prompt(text, self._width))
            self._turn = self._spawn(self._play(text))

    async def _play(self, text: str) -> None:
        try:
            turn = await self._talk.prompt(text)
        except HarnessError as error:
            if self._talk.code in _STOPPED:
                await asyncio.sleep(_LAST_WORDS)  # whoever stops us both has reached it first
            self._over_with_turn()
            self._fail(error)
        else:
            self._over_with_turn()
            self._close(turn)
        self._next()

    def _over_with_turn(self) -> None:
        self._turn = None
        self._asks.forget()  # nobody waits any more for what was not answered

    def _close(self, turn: Turn) -> None:
        for used in turn.used:
            self._record.write("usage", **used)
        if turn.stop == "limit":
            self._record.write("limited", until=turn.until, text=self._last.strip())
        elif turn.stop in ("end_turn", "cancelled"):
            self._record.write("end", last=self._last.strip(), stop=turn.stop)
        else:
            self._record.write("failure", why=f"{turn.word}. {self._last.strip()}".strip())
        self._draw(self._page.ended(turn.word, self._width))

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
        self._ready = False
        text = f"It goes on in {self._plan.name}'s own terminal program; leave that to come back."
        self._record.write("away", ask=uuid.uuid4().hex[:8], text=text)
        self._surface.draw(wrap(text, self._width, "", Look.QUIET), ())
        self._surface.give()
        await self._talk.close()
        own = [word.replace("{resume}", self._talk.id) for word in self._plan.own]
        told = await in_terminal(own, self._plan.worktree)
        self._surface.take()
        self._draw(wrap(told, self._width, "  ", Look.BAD) if told else [])
        await self._begin(self._talk.id)

    # The person, and Conductor for them.

    def _typed(self, data: bytes) -> None:
        if not data:
            self._end(0)
        elif data == _ESCAPE:
            self._break_off()
        elif data == _OWN and self._ready and not self._turn and self._own:
            self._beginning = self._spawn(self._step_out())
        elif not (self._composer.empty and self._asks.press(data)):
            for wish in self._composer.feed(data):
                self._obey(wish)
        self._draw()

    @property
    def _own(self) -> bool:
        """Whether the agent's own program can go on with what has been said."""
        return bool(self._plan.own and self._talk.id)

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
        if not self._asks.hear(text):
            self._queued.append(text)
            self._next()

    def _break_off(self) -> None:
        if self._turn and not self._breaking:
            self._breaking = True
            self._asks.withdraw()
            self._cancelling = self._spawn(self._talk.cancel())

    def _interrupted(self) -> None:
        if not self._surface.away:  # there it is a key of the agent's own program
            self._end(0)

    def _end(self, code: int) -> None:
        if self._over and not self._over.done():
            self._over.set_result(code)

    def _grant(self, wish: Mapping[str, Any]) -> None:
        """Do what Conductor was told to."""
        text = str(wish.get("text", ""))
        if "ask" not in wish:
            self._say(text)
        elif more := self._asks.grant(str(wish["ask"]), text):
            self._queued.append(more)
        self._draw()

    # The screen.

    def _draw(self, rows: list[Row] | None = None) -> None:
        width = self._width
        live = self._page.partial(width)
        if not (over := self._over is not None and self._over.done()):
            live = [*live, self._state(width)]
        if not (over and self._composer.empty):
            live = [*live, *being_written(self._composer, width)]
        self._surface.draw(rows or (), live)

    def _state(self, width: int) -> Row:
        queued = f" · {len(self._queued)} queued" if self._queued else ""
        if not self._ready:
            return Row(f"starting{queued}"[:width], Look.COMMAND)
        if self._asks.first:
            return Row(f"{self._asks.told()}{queued}"[:width], Look.WARNING)
        if self._turn:
            word = "breaking off" if self._breaking else self._page.doing or "working"
            return Row(f"{word.splitlines()[0]}{queued} · Esc breaks off"[:width], Look.COMMAND)
        own = f"Ctrl-O goes on in {self._plan.name}'s own terminal · " if self._own else ""
        return Row(f"ready · Enter sends · {own}Ctrl-D leaves"[:width], Look.QUIET)
