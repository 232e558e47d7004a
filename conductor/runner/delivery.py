"""Words on their way to agents.

They are typed when an agent can take them, and count as sent only when its own record shows them.
That a message is about to be typed is written down first: a runner that takes over from a killed
one looks for it in the agent's record before it types it again.
"""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial

from conductor import events as e
from conductor.cleaning import clean
from conductor.runner.reach import Reach
from conductor.runner.screens import worded
from conductor.runner.typist import Typist
from conductor.slots import deliverable, takes
from conductor.state import ALIVE, Message, Session, SessionState, State, Wanted
from conductor.terminals.errors import TerminalError
from harnesses import Ask, Harness, HarnessError, Line, PromptBy, Reply, Shown, Typing

PATIENCE = 20.0
"""How long a typed message may take to appear in the agent's own record."""

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


TOLD = 600
"""How much is told of a screen, in characters."""


class Delivery:
    """Types the messages that are due, one at a time a session."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self.typist = Typist(reach)

    def look(self, state: State) -> None:
        """Begin what can be typed now."""
        slots = {one.name: one.slots for one in self.reach.settings.subscriptions}
        due = deliverable(state, slots, self.reach.now()) if state.messages else ()
        for message in due:
            session = state.sessions[message.session]
            if session.live and state.tasks[session.task].state in ALIVE:
                key = f"{session.id} message"
                self.reach.work.begin(key, partial(self._deliver, session.id, message.id))

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
        text, given = self.reach.text_of(message), [message]
        try:
            words = self._words(harness, session, message, text)
            if isinstance(words, Typing) and await self._visited(session, message):
                return VISIT
            given = self._begin(session, number, words)
            if not given:
                return None
            await asyncio.to_thread(self.typist.give, ident, words)
        except HarnessError as error:
            if self.reach.state().sessions[ident].live:  # else it waits for the next start
                for one in given:
                    self._give_up(one, f"It was not delivered: {error}.")
            return None
        if not harness.confirms_prompts:
            taken = await self.typist.taken(ident, words, PATIENCE)
            if not self.reach.journal.state.sessions[ident].live:
                return None  # it ended: the message waits for the next start
            if taken:
                self.reach.journal.append(
                    e.MessageDelivered(ident, number),
                    e.SessionBusy(ident, "it was typed to; this agent keeps no record"),
                )
            else:
                await self._untaken(message, UNTAKEN.format(ident=ident, seconds=PATIENCE))
        elif not await self._arrives(ident, number, words):
            await self._untaken(
                message,
                f"It was typed, but the agent's own record did not show it in {PATIENCE:.0f} s:"
                f" `conductor attach {ident}` shows what is on its screen.",
            )
        return None

    async def _untaken(self, message: Message, why: str) -> None:
        """Give a message up that was typed, and say what stands there instead of an answer to it.

        It may be that nobody is signed in, of which some tell nowhere else.
        """
        try:
            ident = message.session
            screen = await asyncio.to_thread(self.reach.tmux.capture, ident, ansi=False)
        except TerminalError:
            screen = ""
        shown = " ".join(worded(clean(screen)).replace("│", " ").split())
        self._give_up(message, f"{why} It is: {shown[:TOLD]}" if shown else why)

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
            await asyncio.to_thread(self.typist.again, ident, words, anew=left <= PATIENCE - ANEW)
        return await self._seen(ident, number, left)

    def _begin(self, session: Session, number: str, words: Typing | Reply | Line) -> list[Message]:
        """Note that a message is about to be typed, and queue what is to be said right after it.

        Nothing is typed of what is not wanted any more, or to an agent that stands elsewhere by
        now than when its words were made: the person may have stopped it, or answered in there.
        """
        then = words.then if isinstance(words, Typing) else ""
        with self.reach.journal.decide() as decision:
            now = decision.state.sessions[session.id]
            message = decision.state.messages.get(number)
            same = (now.state, now.asks) == (session.state, session.asks)
            if message is None or not same or not takes(now, message, decision.at):
                return []
            decision.append(e.MessageTyped(session.id, number, session.launches))
            following = f"m{decision.state.next_message}"
            if then:
                decision.append(e.MessageQueued(session.id, following, then))
            after = decision.state.messages.get(following)
            return [message, after] if after else [message]

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
