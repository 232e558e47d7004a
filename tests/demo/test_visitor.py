"""What the visitor without a screen does, as a person would who looks at the inbox."""

from conductor import events as e
from conductor.demo.stage import set_stage
from conductor.demo.visitor import MOST_TRIES, Visitor, over
from conductor.journal import Journal
from conductor.state import TaskState
from tests.conductor.facts import COMMIT, added, claimed, to_review


def test_agents_that_went_with_their_terminals_are_taken_up_once(tmp_path):
    stage = set_stage(str(tmp_path / "demo"), "1")
    with Journal(stage.places.journal) as journal:
        for fact in (
            added(),
            claimed(),
            e.SessionStarted("s1", 7),
            e.SessionNamed("s1", "a conversation"),
            e.SessionBusy("s1", "hook"),
            e.SessionLost("s1", "the terminals went down"),
        ):
            journal.append(fact)
        person = Visitor(stage, journal, (), lambda _: None)
        for _ in range(2):
            person.act(journal.catch_up())
        asked = [record.fact for record in journal.since(0)]
    assert [fact.kind for fact in asked if isinstance(fact, e.MessageQueued)] == ["continue"]


def test_what_does_not_land_is_begun_anew_a_few_times_and_then_told(tmp_path):
    stage = set_stage(str(tmp_path / "demo"), "1")
    with Journal(stage.places.journal) as journal:
        journal.append(added())
        person = Visitor(stage, journal, (), lambda _: None)
        for number in range(1, MOST_TRIES + 1):
            session = f"s{number}"
            for fact in to_review(session=session)[1:]:
                journal.append(fact)
            journal.append(e.VerifyStarted("t1", COMMIT, "review"))
            journal.append(e.VerifyFinished("t1", COMMIT, "c" * 40, "review", False, 1, 0.5))
            person.act(journal.catch_up())
            assert journal.state.tasks["t1"].state is TaskState.REVIEW, "it was not approved"
            assert person.give_up()
            assert over(journal.catch_up()) == (number == MOST_TRIES)
            person.act(journal.catch_up())
        assert journal.state.tasks["t1"].state is TaskState.CANCELLED
        assert not person.give_up()
