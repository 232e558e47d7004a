"""A visitor without a screen: answers, reads and approves by the acts that any person has.

Whatever it knows it learns from the journal, so that one who is killed is followed by the next.
"""

from __future__ import annotations

import contextlib
import time
from collections import Counter

from conductor import acts
from conductor import events as e
from conductor.bell import watch
from conductor.demo.errors import DemoError
from conductor.demo.telling import line
from conductor.inbox import cut_off
from conductor.runner import door
from conductor.state import GIVEN_UP, SessionState, TaskState
from conductor.terminals.errors import TerminalError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from conductor.demo.script import Part
    from conductor.demo.stage import Stage
    from conductor.journal import Journal
    from conductor.state import State, Task

_MOST_APPROVALS = 3
"""How often the same content is approved when its landing fails for a reason outside of it."""

MOST_TRIES = 5
"""How often a task is begun: an agent may be lost with its terminal, by no fault of its own."""

STANDSTILL = 20.0
"""Seconds without any fact after which what waits for review is taken for one that never lands."""

HOPELESS = "Its change does not land as it is."
"""Why the visitor cancels a task, to have it begun anew."""

_MOST_STARTS = 5
"""How often in a row the runner ends while it is being started."""


class Visitor:
    """Plays the person of one demo."""

    def __init__(
        self, stage: Stage, journal: Journal, parts: tuple[Part, ...], say: Callable[[str], None]
    ) -> None:
        self.stage = stage
        self.journal = journal
        self._say = say
        self._answers = {part.title: part.answer for part in parts}
        self._approvals: Counter[tuple[str, str]] = Counter()
        self._began = time.monotonic()
        self._seq = 0
        self._moved = self._began  # when the newest fact was heard of
        self._starts = 0
        self._quiet = True
        self._hear(journal.catch_up())  # what was before is known, and not told again
        self._quiet = False

    def play(self, seconds: float) -> bool:
        """Do what a person would until every task has landed; False when one will not."""
        until = self._began + seconds
        while time.monotonic() < until:
            self._see_to_the_runner()
            for state in watch(self.journal, 1.0):
                self._hear(state)
                if over(state):
                    return landed(state)
                self.act(state)
            if self._stands_still() and not self.give_up():
                return False
        return False

    def _stands_still(self) -> bool:
        """Say whether nothing has happened for a while, and nothing will by itself."""
        from conductor.runner.main import all_done

        quiet = time.monotonic() - self._moved
        return quiet > STANDSTILL and all_done(self.journal.catch_up(), {})

    def give_up(self) -> bool:
        """Cancel what waits for review and does not land, and say whether there was any.

        An agent may have been killed between what its script takes for one step.
        """
        waiting = [t for t in self.journal.state.tasks.values() if t.state is TaskState.REVIEW]
        for task in waiting:
            with contextlib.suppress(acts.Refused):
                acts.cancel(self.journal, task.id, HOPELESS)
        return bool(waiting)

    def _see_to_the_runner(self) -> None:
        """Start the runner again if somebody killed it; one that can't live is told."""
        try:
            door.ensure(self.stage.places)
            self._starts = 0
        except TerminalError as error:  # somebody may have killed it in that very moment
            self._starts += 1
            if self._starts >= _MOST_STARTS:
                raise DemoError(
                    f"The runner does not stay up: {error}. `CONDUCTOR_HOME="
                    f"{self.stage.places.state} conductor run` shows more."
                ) from error

    def _hear(self, state: State) -> None:
        for record in self.journal.since(self._seq, state.seq):
            if record.fact is not None:
                self._note(record.fact)
                words = None if self._quiet else line(record.fact, state)
                if words:
                    self._say(f"{time.monotonic() - self._began:6.1f} s  {words}")
        if state.seq != self._seq:
            self._seq, self._moved = state.seq, time.monotonic()

    def _note(self, fact: e.Fact) -> None:
        match fact:
            case e.ChangeApproved(task, _, commit):
                self._approvals[task, commit] += 1
            case e.LandingFailed(task, _, kind) if kind != "error":
                for known in [key for key in self._approvals if key[0] == task]:
                    self._approvals[known] = _MOST_APPROVALS  # it will not land as it is

    def act(self, state: State) -> None:
        """Do what a person would who looks at the inbox now."""
        if cut_off(state):
            acts.resume_all(self.journal)
        for task in state.tasks.values():
            # Whoever else acts on this demo may have been faster; the next look shows it.
            with contextlib.suppress(acts.Refused):
                if task.state is TaskState.WAITING:
                    self._answer(state, task)
                elif task.state is TaskState.REVIEW:
                    self._review(state, task)
                elif _again(task):
                    acts.retry(self.journal, task.id)

    def _answer(self, state: State, task: Task) -> None:
        session = state.sessions[task.session or ""]
        answer = self._answers.get(task.title)
        if answer and session.state is SessionState.WAITING and session.ask_kind == "question":
            acts.answer(self.journal, session.id, answer)

    def _review(self, state: State, task: Task) -> None:
        """Approve what its check has passed; what changes what runs is opened before."""
        session, check = state.sessions[task.session or ""], task.checked
        if task.offered is None or check is None or not check.ok or check.tree != session.tree:
            return
        if self._approvals[task.id, task.offered] >= _MOST_APPROVALS:
            return
        if session.risky:
            acts.open_change(self.journal, task.id)
        acts.approve(self.journal, task.id)


def over(state: State) -> bool:
    """Say whether nothing more is to come: all has landed, or something never will."""
    lost = any(task.state in GIVEN_UP and not _again(task) for task in state.tasks.values())
    return lost or landed(state)


def _again(task: Task) -> bool:
    """Say whether a task that came to nothing is worth another try."""
    failed = task.state is TaskState.FAILED
    given_up = task.state is TaskState.CANCELLED and task.why == HOPELESS
    return (failed or given_up) and task.tries < MOST_TRIES


def landed(state: State) -> bool:
    """Say whether every task has landed."""
    return all(task.state is TaskState.LANDED for task in state.tasks.values())
