"""Questions about a change that its agent answers: its words are kept, and no round begins."""

from __future__ import annotations

from functools import partial

from conductor import events as e
from conductor.rounds.said import said
from conductor.runner.reach import Reach
from conductor.runner.turns import Turns
from conductor.state import Session, SessionState, State, Task, TaskState

MOST_WORDS = 20_000
AGAIN = 0.5
_TURN = (e.MessageDelivered, e.SessionIdle, e.TurnFailed, e.SessionEnded)


class Questions:
    """Sees when the turn is over that a question began."""

    def __init__(self, reach: Reach, turns: Turns) -> None:
        self.reach = reach
        self.turns = turns

    def look(self, state: State) -> None:
        """Begin with the questions whose turn is over."""
        for task in state.under_way.values():
            if task.reading and task.reading.asking and self._is_over(state, task):
                self.reach.work.begin(f"{task.id} question", partial(self._answer, task))

    def _is_over(self, state: State, task: Task) -> bool:
        session = state.sessions.get(task.session or "")
        if session is None:
            return True
        waiting = [m for m in state.messages.values() if m.session == session.id]
        if any(m.kind == "ask" and m.why for m in waiting):
            return True
        if any(not m.why for m in waiting):
            return False
        return session.state in (SessionState.IDLE, SessionState.ENDED)

    async def _answer(self, task: Task) -> float | None:
        number = (task.reading and task.reading.asking) or ""
        question = said(self.reach.journal, task.id).questions.get(number)
        session = self.reach.journal.state.sessions.get(task.session or "")
        if question is None or session is None or session.id != question.session:
            self.reach.journal.append(e.QuestionAnswered(task.id, number, "", "It was given up."))
            return None
        await self.turns.keep(session)
        with self.reach.journal.decide() as decision:
            now = decision.state.tasks[task.id]
            session = decision.state.sessions[session.id]
            if not now.reading or now.reading.asking != number:
                return None
            words = self._words(session, question.message)
            if words is None:
                return AGAIN
            changed = bool(now.offered and session.commit != now.offered)
            decision.append(e.QuestionAnswered(task.id, number, *words, changed))
            if changed and now.state is TaskState.REVIEW:
                note = f"Its agent changed files although {number} only asked something."
                decision.append(e.ChangeEdited(task.id, session.id, (), "agent", note))
        return None

    def _words(self, session: Session, message: str) -> tuple[str, str] | None:
        """Return what an agent said to a message, or why it said nothing; None if it still may."""
        failed = self.reach.journal.state.messages.get(message)
        if failed is not None and failed.why:
            return "", failed.why
        text = why = ""
        given = over = False
        for record in self.reach.journal.about(session.id, _TURN):
            match record.fact:
                case e.MessageDelivered(_, number):
                    given = given or number == message
                case e.SessionIdle(_, _, last) if given:
                    text, over = last or text, True
                case e.TurnFailed(_, _, told) | e.SessionEnded(_, _, _, told) if given:
                    why, over = told, True
        if not over and session.live:
            return None
        if not text:
            return "", why or "Its turn ended without a word that could be read."
        return text[:MOST_WORDS], ""
