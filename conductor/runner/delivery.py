"""Words on their way to agents.

They are typed when an agent can take them, and count as sent only when its own record shows them.
That a message is about to be typed is written down first: a runner that takes over from a killed
one looks for it in the agent's record before it types it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from functools import partial

from conductor import events as e
from conductor.runner import pipes
from conductor.runner.reach import Reach
from conductor.scheduler import deliverable, takes
from conductor.state import ALIVE, Message, Session, SessionState, State, Wanted
from harnesses import Ask, Harness, HarnessError, Line, PromptBy, Reply, Shown, Typing

PATIENCE = 20.0
"""How long a typed message may take to appear in the agent's own record."""

OFTEN = 0.2
"""Seconds between two looks whether an agent without a record has taken what was typed."""

UNTAKEN = (
    "It was typed, but its screen did not show in {seconds:.0f} s that it was taken: "
    "`conductor attach {ident}` shows what is there."
)

SECOND_LOOK = 3.0
"""How long one that a killed runner may have typed is looked for before it is typed again."""

TRIES = 3
"""How often a message is typed at all: an agent that ends over it again and again is left alone."""

VISIT = 1.0
"""Seconds between two looks whether the person has left the agent's terminal."""

DRAWING = 5.0
"""Seconds an agent may take to draw what it has told that it shows."""

FOOT = 3
"""Lines at the end of a screen in which a dialog says which keys it takes."""

INSIST = 3.0
"""Seconds after which the last keys are pressed again, for an agent that may not have heard them.

An agent that is just starting, or has just been pasted to, can pass over the Enter that follows.
"""

AT_FIRST = 1.0
"""The same for the first time: an agent that begins passes over a key more often than not."""

ANEW = 9.0
"""Seconds after which what is not even drawn is typed again: on a machine that is merely busy, the
agent would be given it twice.
"""

CONTINUE = "Continue."

APART = 4.0
"""Seconds between two sessions of a subscription that go on after its reset: if the first is
refused, the others wait with it.
"""

AGAIN = 30.0
"""Seconds after which a session is told again to go on, whose agent could not be told; then each
time after twice as long.
"""


class Delivery:
    """Types the messages that are due, one at a time a session."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self._continued: dict[str, float] = {}  # when sessions were told to go on

    def look(self, state: State) -> None:
        """Begin what can be typed now, and wake limited sessions whose time has come."""
        slots = {one.name: one.slots for one in self.reach.settings.subscriptions}
        due = deliverable(state, slots, self.reach.now()) if state.messages else ()
        for message in due:
            session = state.sessions[message.session]
            if session.live and state.tasks[session.task].state in ALIVE:
                key = f"{session.id} message"
                self.reach.work.begin(key, partial(self._deliver, session.id, message.id))
        self._continue(state)

    async def _deliver(self, ident: str, number: str) -> float | None:
        state = self.reach.state()
        session, message = state.sessions[ident], state.messages.get(number)
        if message is None or not takes(session, message, self.reach.now()):
            return None
        harness = self.reach.agent(session)
        if harness.prompt_by is PromptBy.LAUNCH:
            return None  # it gets its words when it is started
        if message.typed == session.launches and await self._was_typed(session, message, harness):
            return None
        if message.tries >= TRIES:
            self._give_up(message, f"Its agent ended each of the {TRIES} times it was given this.")
            return None
        if message.kind == "resume":  # it was only to be there again
            self.reach.journal.append(e.MessageDelivered(ident, number))
            return None
        text, then = self.reach.text_of(message), None
        try:
            words = self._words(harness, session, message, text)
            if isinstance(words, Typing) and await self._visited(session, message):
                return VISIT
            then = self._begin(session, number, words)
            await asyncio.to_thread(self._give, ident, words)
        except HarnessError as error:
            if self.reach.state().sessions[ident].live:  # else it waits for the next start
                for one in filter(None, (message, then)):
                    self._give_up(one, f"It was not delivered: {error}.")
            return None
        if not harness.confirms_prompts:
            taken = await self._taken(ident, words)
            if not self.reach.journal.state.sessions[ident].live:
                return None  # it ended: the message waits for the next start
            if taken:
                self.reach.journal.append(
                    e.MessageDelivered(ident, number),
                    e.SessionBusy(ident, "it was typed to; this agent keeps no record"),
                )
            else:
                self._give_up(message, UNTAKEN.format(ident=ident, seconds=PATIENCE))
        elif not await self._arrives(ident, number, words):
            self._give_up(
                message,
                f"It was typed, but the agent's own record did not show it in {PATIENCE:.0f} s:"
                f" `conductor attach {ident}` shows what is on its screen.",
            )
        return None

    async def _visited(self, session: Session, message: Message) -> bool:
        """Say whether somebody is in the agent's terminal, who may be writing there.

        Nobody has anything to write before the task's own words have come.
        """
        if message.kind == "task":
            return False
        listed = await asyncio.to_thread(self.reach.tmux.list)
        return any(one.session == session.id and one.visited for one in listed)

    async def _arrives(self, ident: str, number: str, words: Typing | Reply | Line) -> bool:
        """Wait for a message in the agent's record, insisting where keys may have been lost."""
        left, wait = PATIENCE, AT_FIRST
        while isinstance(words, Typing) and words.insist and left > INSIST:
            if await self._seen(ident, number, wait):
                return True
            left, wait = left - wait, INSIST
            await asyncio.to_thread(self._again, ident, words, left <= PATIENCE - ANEW)
        return await self._seen(ident, number, left)

    def _begin(self, session: Session, number: str, words: Typing | Reply | Line) -> Message | None:
        """Note that a message is about to be typed; return what is to be said as soon as it is."""
        then = words.then if isinstance(words, Typing) else ""
        with self.reach.journal.decide() as decision:
            decision.append(e.MessageTyped(session.id, number, session.launches))
            following = f"m{decision.state.next_message}"
            if then:
                decision.append(e.MessageQueued(session.id, following, then))
            return decision.state.messages.get(following)

    async def _taken(self, ident: str, words: Typing | Reply | Line) -> bool:
        """Wait until an agent without a record shows that it has taken what was typed."""
        if not isinstance(words, Typing) or not words.taken:
            return True
        until = time.monotonic() + PATIENCE
        while self.reach.journal.state.sessions[ident].live and time.monotonic() < until:
            screen = await asyncio.to_thread(self.reach.tmux.capture, ident, ansi=False)
            shown = _squeezed(screen.splitlines())
            if any(_squeezed([one]) in shown for one in words.taken):
                return True
            await asyncio.sleep(OFTEN)
        return False

    def _again(self, ident: str, words: Typing, anew: bool) -> None:
        """Press the last keys again; what the screen does not show by now is typed anew."""
        if any(one.session == ident and one.visited for one in self.reach.tmux.list()):
            return  # whoever is in there sees it, and may be writing
        screen = self.reach.tmux.capture(ident, ansi=False)
        if not _fits(screen, words):
            return
        begins = _squeezed(words.paste.strip().splitlines()[:1])[:40]
        if begins in _squeezed(screen.splitlines()):
            self.reach.tmux.keys(ident, *words.submit)
        elif anew:
            self._give(ident, words)

    async def _was_typed(self, session: Session, message: Message, harness: Harness) -> bool:
        """Find out what became of a message that a killed runner was about to type."""
        if harness.confirms_prompts:
            return await self._seen(session.id, message.id, SECOND_LOOK)
        self._give_up(
            message,
            "The runner was ended in the moment it typed this, and this agent keeps no record: "
            f"`conductor attach {session.id}` shows whether it arrived. If not, say it again.",
        )
        return True

    def _give_up(self, message: Message, why: str) -> None:
        self.reach.journal.append(e.MessageFailed(message.session, message.id, why))

    def _words(
        self, harness: Harness, session: Session, message: Message, text: str
    ) -> Typing | Reply | Line:
        if session.state is SessionState.LIMITED and isinstance(harness, Shown):
            return harness.say_over(self.reach.tmux.capture(session.id, ansi=False), text)
        if session.state is not SessionState.WAITING:
            return harness.say(text)
        asks = {one.id: one for one in session.asks}
        one = asks.get(message.ask or session.ask or "", Wanted("", "", ""))
        told = ""
        with contextlib.suppress(OSError):
            told = (self.reach.folder(session) / f"{one.id}.json").read_text("utf-8")
        return harness.answer(Ask(one.id, one.kind, one.text, told), text)

    def _give(self, ident: str, words: Typing | Reply | Line) -> None:
        if isinstance(words, Reply):
            pipes.write(self.reach.folder(ident) / words.pipe, words.text)
            return
        if isinstance(words, Line):
            pipes.append(self.reach.folder(ident) / words.file, words.text)
            return
        tmux = self.reach.tmux
        until = time.monotonic() + DRAWING
        while (words.needs or words.never) and not _fits(tmux.capture(ident, ansi=False), words):
            if time.monotonic() > until:
                raise HarnessError(
                    "its terminal does not show what these keys are meant for: "
                    f"`conductor attach {ident}`"
                )
            time.sleep(0.1)
        tmux.keys(ident, *words.clear)
        time.sleep(words.pause if words.clear else 0.0)
        tmux.paste(ident, words.paste.encode("utf-8", "replace"))
        time.sleep(words.pause)
        tmux.keys(ident, *words.submit)

    async def _seen(self, ident: str, number: str, patience: float) -> bool:
        """Wait until the message is on record, or its session is over."""
        until = asyncio.get_running_loop().time() + patience
        while number in self.reach.state().messages:
            if not self.reach.journal.state.sessions[ident].live:
                return True  # it ended: the message waits for the next start
            if asyncio.get_running_loop().time() > until:
                return False
            await self.reach.change()
        return True

    def _continue(self, state: State) -> None:
        now = self.reach.now()
        waiting = {m.session for m in state.messages.values() if not m.why}
        for session in state.live.values():
            if session.state is not SessionState.LIMITED or session.until is None or session.moving:
                continue
            due = max(session.until, state.limits.get(session.subscription, 0.0))
            if due > now:
                self.reach.wake_at(due)
            elif session.id in waiting or state.tasks[session.task].state not in ALIVE:
                continue
            elif (rest := self._rest(state, session)) > 0:
                self.reach.wake_in(rest)
            else:
                self._continued[session.id] = time.monotonic()
                with self.reach.journal.decide() as decision:
                    same = decision.state.sessions[session.id]
                    if same.state is SessionState.LIMITED and same.until == session.until:
                        number = f"m{decision.state.next_message}"
                        decision.append(
                            e.MessageQueued(
                                session.id, number, CONTINUE, kind="continue", author="runner"
                            )
                        )

    def _rest(self, state: State, session: Session) -> float:
        """Return for how long a session leaves others room, or rests itself after failures."""
        mates = [one.id for one in state.live.values() if one.subscription == session.subscription]
        last = max((self._continued.get(one, 0.0) for one in mates), default=0.0)
        failed = sum(one.session == session.id for one in state.messages.values())
        again = self._continued.get(session.id, 0.0) + AGAIN * 2 ** min(failed - 1, 7)
        return max(last + APART, again if failed else 0.0) - time.monotonic()


def has_words(state: State, ident: str) -> bool:
    """Say whether words are on their way to a session."""
    return any(one.session == ident and not one.why for one in state.messages.values())


def _fits(screen: str, words: Typing) -> bool:
    """Say whether the screen shows what words are meant for."""
    lines = [line for line in screen.splitlines() if line.strip()]
    whole, foot = _squeezed(lines), _squeezed(lines[-FOOT:])
    foot = re.sub(words.spare, "", foot) if words.spare else foot
    there = all(_squeezed([one]) in whole for one in words.needs)
    return there and not any(_squeezed([one]) in foot for one in words.never)


def _squeezed(lines: list[str]) -> str:
    """Join what a terminal has wrapped."""
    return "".join("".join(line.split()) for line in lines)
