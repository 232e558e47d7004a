"""Silence and loops are noticed, once, and forgotten when they are over."""

from __future__ import annotations

from conductor import events as e
from conductor.inbox import Need, inbox
from conductor.restless import LOOPING, SILENT, Restless
from tests.conductor.facts import added, claimed, told

BUSY = (added(), claimed(), e.SessionStarted("s1", 7), e.SessionBusy("s1", "hook"))


def test_the_same_command_again_and_again_is_a_loop() -> None:
    restless, session = Restless(0.0), told(*BUSY).sessions["s1"]
    facts = [restless.ran(session, "Bash: make", float(n)) for n in range(LOOPING)]
    assert facts[:-1] == [[]] * (LOOPING - 1)
    assert facts[-1] == [e.SessionStalled("s1", "looping", "5 times in a row: Bash: make")]
    state = told(*BUSY, *facts[-1])
    stalled = state.sessions["s1"]
    assert [item.need for item in inbox(state)] == [Need.STALLED]
    assert restless.ran(stalled, "Bash: make", 9.0) == []  # it is known
    assert restless.ran(stalled, "Bash: make test", 10.0) == [e.SessionStirred("s1")]
    assert not inbox(told(*BUSY, *facts[-1], e.SessionStirred("s1")))


def test_a_turn_that_ends_ends_what_was_odd_about_it() -> None:
    odd = e.SessionStalled("s1", "silent", "for long")
    assert told(*BUSY, odd).sessions["s1"].stalled == "silent"
    assert told(*BUSY, odd, e.SessionIdle("s1", "hook")).sessions["s1"].stalled is None
    assert told(*BUSY, e.SessionIdle("s1", "hook"), odd).sessions["s1"].stalled is None


def test_silence_is_told_ten_minutes_after_the_last_word() -> None:
    restless, session = Restless(0.0), told(*BUSY).sessions["s1"]
    since = session.since
    assert restless.silent_at(session) == since + SILENT
    assert restless.heard(session, since + 100) == []
    assert restless.silent_at(session) == since + 100 + SILENT
    silent = restless.silence(session, since + 100 + SILENT)
    assert "for 10 minutes" in silent.text
    now = told(*BUSY, silent).sessions["s1"]
    assert restless.silent_at(now) is None
    assert restless.heard(now, since + 800) == [e.SessionStirred("s1")]
    idle = told(*BUSY, e.SessionIdle("s1", "hook")).sessions["s1"]
    assert restless.silent_at(idle) is None


def test_a_runner_that_has_just_begun_calls_nobody_silent() -> None:
    session = told(*BUSY).sessions["s1"]
    assert Restless(session.since + 5000).silent_at(session) == session.since + 5000 + SILENT


def test_nobody_is_silent_while_the_machine_sleeps_or_its_clock_is_set() -> None:
    session = told(*BUSY).sessions["s1"]
    restless, now = Restless(session.since), session.since + 10
    restless.awake(now, 10.0)
    restless.heard(session, now)
    restless.awake(now + 50, 60.0)
    assert restless.silent_at(session) == now + SILENT
    morning = now + 9 * 3600
    restless.awake(morning, 70.0)
    assert restless.silent_at(session) == morning + SILENT
    assert "for 10 minutes" in restless.silence(session, morning + SILENT).text
