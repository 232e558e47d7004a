"""Where a limited session could go on, and why it is not moved: pure.

A move is by itself made only with a fresh reading of room for the model, to a free slot, to nothing
that the task or its permissions forbid, one at a time to each subscription, and once in a window.
"""

from __future__ import annotations

from conductor import windows
from conductor.headroom import standing
from conductor.slots import used_slots
from conductor.state import SessionState
from conductor.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from conductor.config import Subscription
    from conductor.state import Session, State, Task

SOON = 900.0
"""Seconds for which a reset is waited for rather than moved away from.

A moved conversation is read anew from its beginning, at the new subscription's expense.
"""

_WIDTH = {"ask": 0, "edits": 1, "all": 2}


class Options(Value):
    """Where a session could go on: surely, after asking the vendor, or not at all."""

    ready: tuple[str, ...] = ()  # subscriptions with a fresh reading of room, the best first
    unsure: tuple[str, ...] = ()  # those whose figures are old or unknown
    why: str = ""  # why it goes nowhere now
    brief: bool = False  # it will do in a moment: nothing to be told


def options(
    state: State,
    session: Session,
    known: Iterable[Subscription],
    now: float,
    *,
    by_hand: bool = False,
) -> Options:
    """Say where a session could go on now; by hand also what is not done by itself."""
    subscriptions = list(known)
    own = next((one for one in subscriptions if one.name == session.subscription), None)
    task = state.tasks[session.task]
    if not by_hand and (why := _stays(_asked_for(state, task), session, now)):
        return Options(why=why)
    used, arriving = used_slots(state), _arriving(state)
    ready: list[tuple[tuple[bool, float], str]] = []
    unsure: list[tuple[bool, str]] = []
    reasons: list[str] = []
    brief = False
    for one in subscriptions:
        if one.name == session.subscription or task.harness not in (None, one.harness):
            continue
        model = model_on(one, session)
        same = one.harness == session.harness
        if why := _forbids(own, one):
            reasons.append(f"{one.name} {why}")
        elif (how := standing(state, one, model, now)).until is not None:
            reasons.append(f"{one.name} has room again at {windows.opens(how.until, now)}")
        elif trouble(one.name) in state.troubles and not by_hand:
            reasons.append(f"on {one.name} the last one did not start")
        elif how.tight:
            reasons.append(f"{one.name} has next to nothing left")
        elif used.get(one.name, 0) >= one.slots:
            reasons.append(f"{one.name} has no free slot")
        elif one.name in arriving:
            reasons.append(f"{one.name} is taking up another")
            brief = True
        elif is_fresh(state, one, model, now):
            ready.append(((same, how.lag), one.name))
        else:
            unsure.append((same, one.name))
            reasons.append(f"nobody knows whether {one.name} has room")
    none = f"there is no other subscription{f' for {task.harness}' if task.harness else ''}"
    why = "; ".join(reasons[:4]) or none
    return Options(
        tuple(name for _, name in sorted(ready, reverse=True)),
        tuple(name for _, name in sorted(unsure, reverse=True)),
        f"It is not moved: {why}.",
        brief,
    )


def trouble(subscription: str) -> str:
    """Name what is told when an agent did not start on a subscription it was moved to."""
    return f"moves to {subscription}"


def model_on(one: Subscription, session: Session) -> str | None:
    """Return the model that a session would use there: another vendor's are not its own."""
    return session.model or one.model if one.harness == session.harness else one.model


def is_fresh(state: State, one: Subscription, model: str | None, now: float) -> bool:
    """Say whether fresh figures tell of all of a subscription's windows."""
    told = windows.of(state, one.name, model)
    return bool(told) and all(windows.room(each, now) is not None for each in told)


def _asked_for(state: State, task: Task) -> str | None:
    """Say which subscription the person wants a task on: a fork only begins where its source is."""
    while (source := state.sessions.get(task.forks or "")) is not None:
        task = state.tasks[source.task]
    return task.subscription


def _stays(wanted: str | None, session: Session, now: float) -> str:
    if session.until is not None and session.until - now < SOON:
        return f"It is not moved: the reset is less than {SOON / 60:.0f} minutes away."
    if session.left > now:
        until = windows.opens(session.left, now)
        return f"It is not moved: it was moved once in this window, which ends at {until}."
    if wanted:
        return f"It is not moved: its task asks for {wanted}."
    return ""


def _forbids(own: Subscription | None, one: Subscription) -> str:
    if _WIDTH[one.permissions] > _WIDTH[own.permissions if own else "ask"]:
        return f"lets agents do more (permissions {one.permissions!r})"
    if own and own.is_account_of(one):
        return "is the same account"
    return ""


def _arriving(state: State) -> set[str]:
    """List the subscriptions that a session is on its way to, and was not seen at work on yet."""
    found = {one.moving for one in state.on_the_way() if one.moving}
    for message in state.messages.values():
        session = state.sessions.get(message.session)
        coming = message.kind in ("continue", "handover") and not message.why
        if session and coming and session.state in (SessionState.ENDED, SessionState.STARTING):
            found.add(session.subscription)
    return found
