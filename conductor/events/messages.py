"""Words on their way to a session's agent."""

from __future__ import annotations

from conductor.events.fact import Fact


class MessageQueued(Fact):
    """Words for a session's agent, to be typed when it can take them.

    For the kind `task` they are the task's own, and `text` is empty.
    """

    session: str
    message: str
    text: str
    kind: str = "say"  # say | answer | round | ask | continue | handover | task
    ask: str | None = None  # for an answer: the ask it answers
    author: str = "person"  # person | runner


class MessageTyped(Fact):
    """A message is about to be typed: noted before, so that nobody types it a second time."""

    session: str
    message: str
    launch: int  # of the agent that it is typed to


class MessageDelivered(Fact):
    """The agent's own record shows that a message arrived."""

    session: str
    message: str


class MessageFailed(Fact):
    """A message could not be delivered; it is shown, and not tried again."""

    session: str
    message: str
    why: str
