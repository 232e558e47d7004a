"""What the demo says of facts: short, safe, and nothing of those that only matter to machines."""

import pytest

from conductor import events as e
from conductor.demo.telling import line
from conductor.fold import fold
from conductor.state import EMPTY, Record

EVIL = "\x1b]52;c;cm0gLXJm\x07\x1b[2J\u202etxt\n" + "long " * 500
STORY = (
    e.TaskAdded("t1", "Title", "text", "/repo"),
    e.SessionClaimed("s1", "t1", "builtin", "rehearsal"),
    e.SessionStarted("s1", 7),
)


def told(*facts):
    state = fold(EMPTY, [Record(n, 0.0, fact) for n, fact in enumerate((*STORY, *facts), 1)])
    return line(facts[-1], state)


@pytest.mark.parametrize(
    "fact",
    [
        e.SessionWaiting("s1", "record", "a1", "question", EVIL),
        e.SessionLimited("s1", "record", 1.0, EVIL),
        e.MessageQueued("s1", "m1", EVIL, "answer"),
        e.LandingFailed("t1", EVIL),
        e.TaskFailed("t1", EVIL),
        e.TroubleSeen(EVIL, EVIL),
        e.SessionEnded("s1", EVIL),
    ],
    ids=lambda fact: type(fact).__name__,
)
def test_what_others_wrote_can_do_nothing(fact):
    words = told(fact)
    assert words
    assert len(words) < 700
    assert not [sign for sign in words if sign != "\n" and not sign.isprintable()]


def test_a_session_is_told_by_its_task():
    assert told(e.SessionWaiting("s1", "record", "a1", "question", "Why?")) == "t1       asks: Why?"


def test_what_only_machines_care_for_is_not_told():
    assert told(e.SessionBusy("s1", "record")) is None
    assert told(e.TaskPassedOver("t1", "")) is None
    assert told(e.SnapshotTaken("s1", "c", "t")) is None


def test_an_agent_that_ends_after_its_landing_is_no_news():
    landed = (
        e.ReviewReady("t1", "s1", "c"),
        e.ChangeApproved("t1", "s1", "c"),
        e.ChangeLanded("t1", "main", "d", "b"),
    )
    assert told(*landed, e.SessionEnded("s1", "stopped by us")) is None
