"""Words on their way to agents.

They are typed when an agent can take them, and count as sent only when its own record shows them.
"""

from __future__ import annotations

import asyncio
from functools import partial

from conductor import events as e
from conductor.runner.reach import Reach
from conductor.scheduler import deliverable
from conductor.state import ALIVE, Message, Session, SessionState, State
from harnesses import PromptBy, Typing

PATIENCE = 20.0
"""How long a typed message may take to appear in the agent's own record."""

CONTINUE = "Continue."


class Delivery:
    """Types the messages that are due, one at a time a session."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach

    def look(self, state: State) -> None:
        """Begin what can be typed now, and wake limited sessions whose time has come."""
        slots = {one.name: one.slots for one in self.reach.settings.subscriptions}
        for message in deliverable(state, slots) if state.messages else ():
            session = state.sessions[message.session]
            if _takes(session, message) and state.tasks[session.task].state in ALIVE:
                self._begin(session, message)
        self._continue(state)

    def _begin(self, session: Session, message: Message) -> None:
        key = f"{session.id} message"
        self.reach.work.begin(key, partial(self._deliver, session.id, message))

    async def _deliver(self, ident: str, message: Message) -> None:
        session = self.reach.state().sessions[ident]
        if message.id not in self.reach.journal.state.messages or not _takes(session, message):
            return
        harness = self.reach.harness(session.harness)
        if harness.prompt_by is PromptBy.LAUNCH:
            return  # it gets its words when it is started
        text = self.reach.text_of(message)
        answered = session.state is SessionState.WAITING
        typing = harness.answer(session.ask_kind or "", text) if answered else harness.say(text)
        await asyncio.to_thread(self._type, ident, typing)
        if not harness.confirms_prompts:
            self.reach.journal.append(
                e.MessageDelivered(ident, message.id),
                e.SessionBusy(ident, "it was typed to; this agent keeps no record"),
            )
            return
        if not await self._seen(ident, message):
            self.reach.journal.append(
                e.MessageFailed(
                    ident,
                    message.id,
                    f"It was typed, but the agent's own record did not show it in {PATIENCE:.0f} s:"
                    f" `conductor attach {ident}` shows what is on its screen.",
                )
            )

    def _type(self, ident: str, typing: Typing) -> None:
        tmux = self.reach.tmux
        tmux.keys(ident, *typing.clear)
        tmux.paste(ident, typing.paste.encode("utf-8", "replace"))
        tmux.keys(ident, *typing.submit)

    async def _seen(self, ident: str, message: Message) -> bool:
        """Wait until the message is on record, or its session is over."""
        until = asyncio.get_running_loop().time() + PATIENCE
        while message.id in self.reach.state().messages:
            if not self.reach.journal.state.sessions[ident].live:
                return True  # it ended: the message waits for the next start
            if asyncio.get_running_loop().time() > until:
                return False
            await self.reach.change()
        return True

    def _continue(self, state: State) -> None:
        now = self.reach.now()
        waiting = {m.session for m in state.messages.values()}
        for session in state.live.values():
            if session.state is not SessionState.LIMITED or session.until is None:
                continue
            if session.until > now:
                self.reach.wake_in(session.until - now + 0.05)
            elif session.id not in waiting and state.tasks[session.task].state in ALIVE:
                with self.reach.journal.decide() as decision:
                    same = decision.state.sessions[session.id]
                    if same.state is SessionState.LIMITED and same.until == session.until:
                        number = f"m{decision.state.next_message}"
                        decision.append(
                            e.MessageQueued(
                                session.id, number, CONTINUE, kind="continue", author="runner"
                            )
                        )


def _takes(session: Session, message: Message) -> bool:
    """Say whether a session's agent can be typed to without doing harm."""
    match session.state:
        case SessionState.IDLE:
            return message.kind != "answer"
        case SessionState.WAITING:
            if message.kind == "answer":
                return message.ask == session.ask
            return session.ask_kind == "question"
        case SessionState.LIMITED:
            return message.kind == "continue"
    return False
