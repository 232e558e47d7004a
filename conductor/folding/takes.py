"""Which function takes which fact: found by its type, however many kinds there are."""

from __future__ import annotations

from conductor.events import Fact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from conductor.draft import Draft
    from conductor.state import Session, Task

    F = TypeVar("F", bound=Fact)
    Take = Callable[[Draft, F], None]
    TaskTake = Callable[[Draft, Task, F], None]
    SessionTake = Callable[[Draft, Session, F], None]

TAKES: dict[type[Fact], Callable[[Draft, Any], None]] = {}
"""Every kind of fact, and the function that applies it to a draft."""


def takes(kind: type[F]) -> Callable[[Take[F]], Take[F]]:
    """Say that a function takes this kind of fact."""

    def note(take: Take[F]) -> Take[F]:
        TAKES[kind] = take
        return take

    return note


def takes_of_task(kind: type[F]) -> Callable[[TaskTake[F]], TaskTake[F]]:
    """Say that a function takes this kind of fact about a task that is known."""

    def note(take: TaskTake[F]) -> TaskTake[F]:
        def found(draft: Draft, fact: Any) -> None:
            task = draft.tasks.get(fact.task)
            if task is not None:
                take(draft, task, fact)

        TAKES[kind] = found
        return take

    return note


def takes_of_session(
    kind: type[F], *, live: bool = False
) -> Callable[[SessionTake[F]], SessionTake[F]]:
    """Say that a function takes this kind of fact about a session that is known, or that lives."""

    def note(take: SessionTake[F]) -> SessionTake[F]:
        def found(draft: Draft, fact: Any) -> None:
            session = draft.sessions.get(fact.session)
            if session is not None and (session.live or not live):
                take(draft, session, fact)

        TAKES[kind] = found
        return take

    return note
