"""A state being written: the copies that one batch of facts is applied to.

Whatever must stay true of several collections at once (a queued task is in the queue, a count
counts, a follower follows) is kept true here, and only here.
"""

from __future__ import annotations

from conductor.layers import Layered, Line
from conductor.state import (
    ALIVE,
    GIVEN_UP,
    MID_TURN,
    Message,
    Overlap,
    Reading,
    Session,
    SessionState,
    State,
    Task,
    TaskState,
    Trouble,
    Wait,
    Window,
)
from conductor.values import row, whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


# By type, since every fact that is folded by itself asks for several: `isinstance` takes as long.
_COPIED: dict[type, Callable[[Any], Any]] = {
    dict: dict.copy, Layered: Layered.copy, tuple: list,
}  # fmt: skip
_FROZEN: dict[type, Callable[[Any], Any]] = {list: tuple, Layered: Layered.settled}

_ASKS_NOTHING = {"ask": None, "ask_kind": None, "ask_text": None, "ask_helper": "", "more": ()}
_WAITS_FOR_NO_RESET = {"until": None, "offers": (), "declined": None}


def number_of(ident: str) -> int:
    """Return the number in an id such as t12, or 0 if there is none."""
    digits = ident[1:]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else 0


class Draft:
    """A state being written: copies of what one batch of facts touches, and of nothing else."""

    seq: int
    skipped: int
    tasks: Layered[Task]
    sessions: Layered[Session]
    live: dict[str, Session]
    under_way: Layered[Task]
    messages: dict[str, Message]
    troubles: dict[str, Trouble]
    limits: dict[str, float]
    windows: dict[str, Window]
    waits: dict[str, Wait]
    overlaps: dict[str, Overlap]
    refills: list[str]
    unsettled: list[str]
    tried: list[str]
    followers: dict[str, tuple[str, ...]]
    counts: dict[str, int]
    queue: Line
    landings: list[str]
    landed: list[str]
    undos: list[str]
    resolves: list[str]
    repos: list[str]
    trusted: list[str]
    runs: list[str]
    next_task: int
    next_session: int
    next_message: int
    runner: int | None

    def __init__(self, state: State) -> None:
        self.before = state
        self.at = 0.0

    def settled(self) -> State:
        """Return the finished state, which shares what no fact has touched with the one before."""
        settled = list(row(self.before))
        places = State._places
        for field, content in vars(self).items():
            place = places.get(field)
            if place is not None:
                frozen = _FROZEN.get(type(content))
                settled[place] = content if frozen is None else frozen(content)
        return whole(State, settled)

    # Changing one thing, with everything that must stay true about it.

    def put_task(self, new: Task) -> None:
        """Store a task and keep the queue, the counts and the landing order in step."""
        old = self.place_task(new)
        if old is None or old.state is not new.state:
            if old is not None:
                self._count(old, -1)
            self._count(new, +1)
        if new.state is TaskState.LANDING:
            if new.id not in self.landings:
                self.landings.append(new.id)
        elif new.id in self.landings:
            self.landings.remove(new.id)
        if old is not None and old.state is not new.state:
            for follower in self.followers.get(new.id, ()):
                self._settle_follower(follower)
            if old.session and new.state not in ALIVE:
                self.forget_messages(old.session, failed_only=False)
                self._forget_overlaps(old.session)

    def place_task(self, new: Task) -> Task | None:
        """Store a task, in the queue and in hand if it is; return what it was."""
        old: Task | None = self.tasks.get(new.id)
        self.tasks[new.id] = new
        if new.under_way:
            self.under_way[new.id] = new
        elif old is not None:
            self.under_way.pop(new.id)
        if old is not None and old.state is TaskState.QUEUED:
            self.queue = self.queue.without(old.turn)
        if new.state is TaskState.QUEUED:
            self.queue = self.queue.having(new.turn)
        return old

    def _forget_overlaps(self, session: str) -> None:
        for one in [o for o in self.overlaps.values() if session in (o.session, o.other)]:
            del self.overlaps[one.id]

    def messages_of(self, session: str) -> list[Message]:
        """List the messages on their way to a session, and those that could not be delivered."""
        if not self.messages:  # mostly
            return []
        return [m for m in self.messages.values() if m.session == session]

    def forget_messages(self, session: str, *, failed_only: bool) -> None:
        """Drop the messages on their way to a session, or those that could not be delivered."""
        for message in self.messages_of(session):
            if message.why or not failed_only:
                del self.messages[message.id]

    def give_up_messages(self, session: str, why: str) -> None:
        """Say of the messages on their way to a session why they will not arrive."""
        for message in self.messages_of(session):
            self.messages[message.id] = message.but(why=message.why or why)

    def _count(self, task: Task, by: int) -> None:
        key = f"{task.state} {task.repo}"
        count = self.counts.get(key, 0) + by
        if count:
            self.counts[key] = count
        else:
            self.counts.pop(key, None)

    def _settle_follower(self, ident: str) -> None:
        task = self.tasks.get(ident)
        if task is not None and task.state in (TaskState.QUEUED, TaskState.BLOCKED):
            state, why = self.readiness(task.after)
            if (state, why) != (task.state, task.why):
                self.change(task, state=state, why=why)

    def readiness(self, after: tuple[str, ...]) -> tuple[TaskState, str | None]:
        """Say whether a task that waits for these may start, and if not, why."""
        waits = []
        for ident in after:
            task = self.tasks.get(ident)
            if task is None:
                return TaskState.BLOCKED, f"It waits for {ident}, which is not known."
            if task.state in GIVEN_UP:
                return TaskState.BLOCKED, (
                    f"It waits for {ident}, which was {task.state}: retry {ident}, or cancel this."
                    if task.state is not TaskState.FAILED
                    else f"It waits for {ident}, which failed: retry {ident}, or cancel this."
                )
            if task.state not in (TaskState.LANDED, TaskState.DONE):
                waits.append(ident)
        if waits:
            return TaskState.BLOCKED, f"It waits for {', '.join(waits)} to land."
        return TaskState.QUEUED, None

    def change(self, task: Task, **changes: object) -> None:
        """Change a task; a new state also says since when."""
        state = changes.get("state", task.state)
        if state is TaskState.BLOCKED and not changes.get("why", True):
            changes["why"] = task.why  # it never waits without a word
        if state is not task.state:
            changes.setdefault("since", self.at)
            if task.reading and state not in (TaskState.LANDING, TaskState.LANDED):
                # What was approved in part, or was about to be written, is of the change as it was.
                reading = changes.get("reading", task.reading)
                if isinstance(reading, Reading):
                    changes["reading"] = reading.but(applying=None, approval=0, taken=None)
        self.put_task(task.but(**changes))

    def turn_to(self, session: Session, state: SessionState, **changes: object) -> None:
        """Put a session into a state; leaving `waiting` or `limited` forgets why it was there."""
        if session.state is not state:
            changes.setdefault("since", self.at)
        if state is not SessionState.WAITING:
            changes |= _ASKS_NOTHING
        if state is not SessionState.LIMITED:
            changes |= _WAITS_FOR_NO_RESET
        if session.moving and state in MID_TURN:
            changes["midway"] = True
        if state not in (SessionState.STARTING, SessionState.ENDED):
            changes.update(ready=True, arriving=0)
        changed = session.but(state=state, stalled=None, stalling="", **changes)
        self.put_session(changed)
        self.forget_answers(changed)

    def forget_answers(self, session: Session) -> None:
        """Drop the answers to what was settled without them, in the agent's own terminal."""
        for message in self.messages_of(session.id):
            if message.kind == "answer" and all(one.id != message.ask for one in session.asks):
                del self.messages[message.id]

    def doubt_limits(self, subscription: str, since: float) -> None:
        """Doubt what was told to be used up before a turn that then succeeded.

        The vendor gave back early, or more was bought: who waits for the reset needs not.
        """
        for window in list(self.windows.values()):
            if window.subscription == subscription and window.used >= 1.0 and window.seen < since:
                self.windows[window.id] = window.but(uncertain=True)
        returns = self.limits.get(subscription, 0.0)
        waiting = [
            one
            for one in self.live.values()
            if one.subscription == subscription and one.until == returns > self.at
        ]
        if waiting and all(one.since < since for one in waiting):
            self.limits[subscription] = self.at
            for one in waiting:
                self.put_session(one.but(until=self.at))

    def put_session(self, session: Session) -> None:
        """Store a session and keep what is told of it elsewhere in step."""
        self.place_session(session)
        if session.unsettled and session.id not in self.unsettled:
            self.unsettled.append(session.id)
        elif not session.unsettled and session.id in self.unsettled:
            self.unsettled.remove(session.id)
        if session.ready and session.subscription not in self.tried:
            self.tried.append(session.subscription)

    def place_session(self, session: Session) -> None:
        """Store a session, among the live ones if it is alive."""
        self.sessions[session.id] = session
        if session.live:
            self.live[session.id] = session
        else:
            self.live.pop(session.id, None)

    def work(self, session: Session, state: TaskState) -> None:
        """Let the session's task follow what its agent does, while that is what decides it."""
        task = self.tasks.get(session.task)
        if task is not None and task.session == session.id:
            if task.state in (TaskState.RUNNING, TaskState.WAITING):
                self.change(task, state=state, why=None if state is not task.state else task.why)
            elif task.state is TaskState.REVIEW and not (
                state is TaskState.RUNNING and task.reading and task.reading.asking
            ):  # a question is answered without a new round
                self.change(task, state=state, why="Its agent went on working.", offered=None)


class _Copied:
    """A field of a draft that no fact has looked at so far: copied for the first that does."""

    def __init__(self, field: str) -> None:
        self._field = field

    def __get__(self, draft: Draft, _: type[Draft]) -> Any:
        content = getattr(draft.before, self._field)
        copied = _COPIED.get(type(content))
        if copied is not None:
            content = copied(content)
        draft.__dict__[self._field] = content  # which is found first from now on
        return content


for _field in State._fields:
    setattr(Draft, _field, _Copied(_field))
