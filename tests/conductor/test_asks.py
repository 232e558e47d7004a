"""A session whose agent, and its helpers, ask several things at once."""

from __future__ import annotations

from pathlib import Path

import pytest

import harnesses as h
from conductor import acts
from conductor import events as e
from conductor.fold import fold
from conductor.inbox import inbox
from conductor.journal import Journal
from conductor.runner.reading import Told, facts_of, stood
from conductor.slots import takes
from conductor.state import EMPTY, Record, Session, SessionState, State, TaskState
from tests.conductor.facts import added, claimed


class Heard:
    """A session of which an agent's lines are heard, one after the other."""

    def __init__(self) -> None:
        self.state = EMPTY
        self.told = Told()
        self.take(added(), claimed(), e.SessionStarted("s1", 7), e.SessionBusy("s1", "hook"))

    @property
    def session(self) -> Session:
        return self.state.sessions["s1"]

    def take(self, *facts: e.Fact) -> None:
        first = self.state.seq + 1
        self.state = fold(self.state, [Record(n, 1.0 * n, f) for n, f in enumerate(facts, first)])

    def hear(self, *sightings: h.Sighting) -> None:
        for one in sightings:
            known = self.told.complete(one, 0.0)
            self.take(*facts_of(self.state, self.session, known, lambda _: "", 0.0))

    @property
    def does(self) -> SessionState:
        return self.session.state

    @property
    def task(self) -> TaskState:
        return self.state.tasks["t1"].state

    @property
    def asks(self) -> list[str]:
        return [one.id for one in self.session.asks]


def asked(ident: str, helper: str = "") -> h.Asked:
    return h.Asked(ident, "permission", f"Bash\ntouch {ident}", beside=True, helper=helper)


def test_each_stands_in_the_inbox_until_it_is_settled() -> None:
    heard = Heard()
    heard.hear(asked("a"), asked("b"), asked("c"))
    assert [item.ask for item in inbox(heard.state)] == ["a", "b", "c"]
    heard.take(e.MessageQueued("s1", "m1", "allow", kind="answer", ask="b"))
    assert [item.ask for item in inbox(heard.state)] == ["a", "c"]
    assert takes(heard.session, heard.state.messages["m1"], 9.0)
    heard.hear(h.Settled("b"))
    assert (heard.asks, heard.session.ask) == (["a", "c"], "a")
    assert not heard.state.messages, "its answer is not on the way any more"
    heard.hear(h.Settled("a"))
    assert (heard.asks, heard.session.ask_text) == (["c"], "Bash\ntouch c")
    assert heard.task is TaskState.WAITING
    heard.hear(h.Settled("c"))
    assert heard.does is SessionState.BUSY
    assert heard.task is TaskState.RUNNING


def test_what_was_answered_in_the_terminal_is_told_by_the_end_of_its_tool() -> None:
    heard = Heard()
    heard.hear(h.Ran("Bash\ntouch a", "id1"), h.Ran("Bash\ntouch b", "id2"))
    heard.hear(asked("a"), asked("b"), h.Over("id2"))
    assert heard.asks == ["a"]
    heard.hear(h.Over("unknown"), h.Over("id1"))
    assert heard.does is SessionState.BUSY


def test_helpers_wait_whatever_their_agent_does() -> None:
    heard = Heard()
    heard.hear(asked("own"), asked("theirs", "x1"))
    heard.hear(h.Idle("so far"))
    assert heard.asks == ["theirs"]
    assert heard.does is SessionState.WAITING
    heard.hear(h.Busy(), h.Prompted("a helper has finished"))
    assert heard.asks == ["theirs"]
    for state in (h.Busy(), h.Idle()):
        assert not stood(heard.session, h.Stands(state, 1e6), 2e6, shown=True)
    heard.hear(h.Settled(helper="x2"))
    assert heard.asks == ["theirs"]
    heard.hear(h.Settled(helper="x1"))
    assert heard.does is SessionState.BUSY


@pytest.mark.parametrize("over", [e.SessionEnded("s1", "it left", 1), e.TurnFailed("s1", "h", "x")])
def test_nothing_is_asked_any_more_where_all_is_over(over: e.Fact) -> None:
    heard = Heard()
    heard.hear(asked("a"), asked("b", "x1"))
    heard.take(over)
    assert heard.asks == []
    assert heard.session.more == ()


def test_what_can_only_be_answered_in_the_terminal_stays_in_its_place() -> None:
    heard = Heard()
    heard.hear(asked("a"), asked("b", "x1"))
    heard.take(e.SessionWaiting("s1", "you", "b", "screen", "Bash\ntouch b", True, "x1"))
    assert [one.kind for one in heard.session.asks] == ["permission", "screen"]


def test_an_agent_that_asks_one_after_the_other_waits_for_the_newest() -> None:
    heard = Heard()
    heard.hear(h.Asked("a", "question", "?"), h.Asked("b", "question", "??"))
    assert heard.asks == ["b"]


def test_a_dialog_that_its_status_told_first_is_asked_once() -> None:
    heard = Heard()
    heard.hear(h.Asked("status-1", "screen", "permission prompt"), asked("a"), asked("b"))
    assert heard.asks == ["a", "b"]
    assert [item.ask for item in inbox(heard.state)] == ["a", "b"]


def test_a_state_with_several_asks_survives_its_archive() -> None:
    from conductor.packing import pack, unpack

    heard = Heard()
    heard.hear(asked("a"), asked("b", "x1"))
    again = unpack(pack(heard.state))
    assert isinstance(again, State)
    assert again.sessions["s1"].asks == heard.session.asks


def test_going_on_is_no_answer_to_what_was_asked_before_the_machine_went(tmp_path: Path) -> None:
    with Journal(str(tmp_path)) as journal:
        begun = (e.SessionStarted("s1", 7), e.SessionBusy("s1", "hook"), e.SessionNamed("s1", "c"))
        journal.append(added(), claimed(), *begun)
        journal.append(e.SessionWaiting("s1", "hook", "q", "question", "Who takes the odd cents?"))
        journal.append(e.SessionLost("s1", "gone"))
        assert acts.resume_all(journal) == ["s1"]
        (queued,) = [one.fact for one in journal.history(("s1",))][-1:]
        assert isinstance(queued, e.MessageQueued)
        assert queued.text.endswith("Who takes the odd cents?")
        journal.append(e.SessionStarted("s1", 8, 2))
        assert journal.state.sessions["s1"].unanswered == ""
