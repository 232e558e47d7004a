"""A vendor's status, which lags behind its hooks, is news only once it has come as far as they."""

from __future__ import annotations

from conductor import events as e
from conductor.fold import fold
from conductor.runner import reading
from conductor.runner.abreast import Abreast
from conductor.runner.reading import SETTLED, STALE, facts_of, stood
from conductor.state import EMPTY, Record, Session, SessionState
from harnesses import Asked, Busy, Idle, Prompted, Settled, Sighting, Stands
from tests.conductor.facts import added, claimed

ASK = Asked("ask-1", "permission", "touch it", beside=True)
DIALOG = Asked("status-1", "screen", "permission prompt")


class Agent:
    """A session of which hooks tell at once, and whose status comes when it comes."""

    def __init__(self) -> None:
        self.now, self.state = 0.0, EMPTY
        self.abreast = Abreast()
        self._append(added(), claimed(), e.SessionStarted("s1", 7), e.SessionIdle("s1", "hook"))
        self.status(Idle(), 0.5)

    def _append(self, *facts: e.Fact) -> None:
        first = self.state.seq + 1
        self.state = fold(self.state, [Record(n, self.now, f) for n, f in enumerate(facts, first)])

    @property
    def session(self) -> Session:
        return self.state.sessions["s1"]

    def hook(self, at: float, *told: Sighting) -> None:
        self.now = at
        for one in told:
            self._append(*facts_of(self.state, self.session, one, lambda _: "", at))

    def status(
        self, says: Busy | Idle | Asked, since: float, read: float = 0.0, *, hooked: bool = False
    ) -> SessionState:
        """Read a status, written at a time, some time later."""
        self.now = max(self.now, read, since)
        one = Stands(says, since, hooked)
        shown = self.abreast.shows(self.session, one)
        if facts := stood(self.session, one, self.now, shown=shown):
            self._append(*facts)
            self.abreast.leads(self.session)
        return self.session.state


BUSY, IDLE, WAITING = SessionState.BUSY, SessionState.IDLE, SessionState.WAITING


def test_a_status_of_before_the_question_does_not_take_it_back() -> None:
    agent = Agent()
    agent.hook(10, Prompted("go"))
    agent.hook(11, ASK)
    assert agent.status(Busy(), 11.5, read=14) is WAITING  # drawn after the question was asked
    assert agent.status(DIALOG, 15, read=17) is WAITING
    assert agent.status(Busy(), 18, read=18.5) is WAITING  # the hook may still tell
    assert agent.status(Busy(), 18, read=18.1 + SETTLED) is BUSY  # answered on its screen


def test_a_question_that_was_answered_before_it_was_drawn_is_not_asked_again() -> None:
    agent = Agent()
    agent.hook(10, Prompted("go"))
    assert agent.status(Busy(), 10.5, read=11) is BUSY
    agent.hook(12, ASK)
    agent.hook(13, Settled("ask-1"))
    assert agent.status(DIALOG, 13.5, read=19) is BUSY
    assert agent.status(Busy(), 19.5, read=20) is BUSY
    assert agent.status(DIALOG, 22, read=22.1 + SETTLED) is WAITING  # that one no hook has told


def test_a_dialog_that_a_hook_tells_more_of_is_left_to_it_for_longer() -> None:
    agent = Agent()
    agent.hook(10, Prompted("go"))
    assert agent.status(Busy(), 10.5, read=11) is BUSY
    assert agent.status(DIALOG, 12, read=11.9 + reading.DIALOG, hooked=True) is BUSY
    assert agent.status(DIALOG, 12, read=12.1 + reading.DIALOG, hooked=True) is WAITING


def test_the_end_of_a_turn_is_not_taken_back_by_a_status_of_its_middle() -> None:
    agent = Agent()
    agent.hook(10, Prompted("go"))
    agent.hook(11, Idle("done"))
    assert agent.status(Busy(), 11.5, read=15) is IDLE
    assert agent.status(Idle(), 15.5, read=16) is IDLE
    agent.hook(17, Prompted("more"))
    assert agent.status(Idle(), 15.5, read=19) is BUSY
    assert agent.status(Busy(), 19.5, read=20) is BUSY
    assert agent.status(Idle(), 21, read=21.1 + SETTLED) is IDLE  # broken off on its screen


def test_what_only_a_status_tells_is_told_from_state_to_state() -> None:
    agent = Agent()
    for since, says, state in ((10, Busy(), BUSY), (20, DIALOG, WAITING), (30, Idle(), IDLE)):
        assert agent.status(says, since, read=since + SETTLED) is state


def test_one_that_has_shown_nothing_is_believed_at_last() -> None:
    agent = Agent()
    agent.hook(10, Prompted("go"), ASK)
    assert agent.status(Busy(), 12, read=11.9 + STALE) is WAITING
    assert agent.status(Busy(), 12, read=12.1 + STALE) is BUSY
