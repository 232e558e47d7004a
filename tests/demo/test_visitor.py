"""What the visitor without a screen does, as a person would who looks at the inbox."""

from conductor import events as e
from conductor.demo.stage import set_stage
from conductor.demo.visitor import Visitor
from conductor.journal import Journal
from tests.conductor.facts import added, claimed


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
            person._act(journal.catch_up())
        asked = [record.fact for record in journal.since(0)]
    assert [fact.kind for fact in asked if isinstance(fact, e.MessageQueued)] == ["continue"]
