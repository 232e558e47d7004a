"""Moves: a session that goes on, on another subscription."""

from __future__ import annotations

from conductor.events.fact import Fact


class MoveOffered(Fact):
    """A limited session could go on elsewhere at once: the person chooses."""

    session: str
    to: tuple[str, ...]  # subscriptions, the best first


class WaitChosen(Fact):
    """The person wants a limited session to wait for its reset."""

    session: str


class MoveAsked(Fact):
    """A session is to go on, on this subscription."""

    session: str
    subscription: str
    author: str = "person"  # person | runner


class MoveDeclined(Fact):
    """A limited session was not moved, and why; it waits for its reset."""

    session: str
    why: str


class MoveFailed(Fact):
    """A move was begun and could not be made; the session stays where it was."""

    session: str
    why: str


class SessionMoved(Fact):
    """A session lives on another subscription from now on: same task, same worktree."""

    session: str
    subscription: str
    harness: str
    model: str | None = None
    vendor_session: str | None = None  # the conversation it goes on with; None begins a new one
    records: tuple[str, ...] = ()  # copies of the conversation's files, as they stand there
