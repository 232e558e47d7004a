"""What needs the person comes first, and what does not is left out."""

from __future__ import annotations

import pytest

from conductor import events as e
from conductor.inbox import Need, inbox
from tests.conductor.facts import COMMIT, added, claimed, to_landed, to_review, told

AT_WORK = [added(), claimed(), e.SessionStarted("s1", 1), e.SessionBusy("s1", "hook")]
UNTRUSTED = [e.TaskPassedOver(task, "say `conductor trust /r`") for task in ("t1", "t2")]


@pytest.mark.parametrize(
    ("facts", "needs"),
    [
        ([], []),
        (AT_WORK, []),
        ([added(held=True)], []),
        ([added(), added("t2", after=("t1",))], []),
        (to_landed(), []),
        (to_review(), [Need.REVIEW]),
        ([*AT_WORK, e.SessionWaiting("s1", "h", "q", "permission", "rm?")], [Need.PERMISSION]),
        ([*AT_WORK, e.SessionWaiting("s1", "h", "q", "question", "which?")], [Need.QUESTION]),
        ([*AT_WORK, e.SessionWaiting("s1", "h", "q", "question", "which?"),
          e.MessageQueued("s1", "m1", "this", "answer", "q")], []),
        ([*AT_WORK, e.SessionNamed("s1", "c"), e.SessionLost("s1", "gone")], [Need.CUT_OFF]),
        ([*AT_WORK, e.SessionLost("s1", "gone")], []),  # nobody knows its conversation's name
        ([*AT_WORK, e.SessionNamed("s1", "c"), e.StopAsked("s1"), e.SessionLost("s1", "gone")], []),
        ([*AT_WORK, e.SessionIdle("s1", "hook"), e.SessionLost("s1", "gone")], []),
        ([*AT_WORK, e.SessionNamed("s1", "c"), e.SessionLost("s1", "gone"),
          e.MessageQueued("s1", "m1", "go on", "continue")], []),
        ([*AT_WORK, e.SessionLimited("s1", "h", 9e9)], [Need.LIMITED]),
        ([*AT_WORK, e.TaskFailed("t1", "broke"), e.SessionEnded("s1", "exit")], [Need.FAILED]),
        ([e.TroubleSeen("disk", "full")], [Need.TROUBLE]),
        ([e.TroubleSeen("disk", "full"), e.TroubleCleared("disk")], []),
        ([added(), e.TaskPassedOver("t1", "no subscription")], [Need.BLOCKED]),
        ([added(), added("t2"), *UNTRUSTED], [Need.TRUST]),
        ([added(), added("t2", after=("t1",)), e.TaskCancelled("t1")], [Need.BLOCKED]),
        ([*to_review(), e.ChangeApproved("t1", "s1", COMMIT), e.LandingParked("t1", "dirty")],
         [Need.PARKED]),
        ([*AT_WORK, e.MessageQueued("s1", "m1", "go"), e.MessageFailed("s1", "m1", "gone")],
         [Need.UNDELIVERED]),
    ],
)  # fmt: skip
def test_what_waits_for_the_person(facts: list[e.Fact], needs: list[Need]) -> None:
    assert [item.need for item in inbox(told(*facts))] == needs


def test_sessions_that_wait_for_the_same_reset_are_one_thing() -> None:
    limited = [e.SessionLimited(one, "h", 9e9) for one in ("s1", "s2")]
    two = [*AT_WORK, added("t2"), claimed("s2", "t2")]
    (one,) = inbox(told(*two, *limited))
    assert one.title.endswith("and 1 more")
    assert one.text.endswith("The same for s2.")


def test_the_most_urgent_comes_first_and_then_who_waits_longest() -> None:
    items = inbox(
        told(
            *to_review("t1", "s1"), *to_review("t2", "s2"),
            added("t3"), claimed("s3", "t3"), e.SessionWaiting("s3", "h", "q", "permission", "?"),
        )
    )  # fmt: skip
    assert [(item.need, item.task) for item in items] == [
        (Need.PERMISSION, "t3"),
        (Need.REVIEW, "t1"),
        (Need.REVIEW, "t2"),
    ]


def test_only_its_own_worktree_is_told_in_short() -> None:
    there = e.WorktreeCreated("s1", "/w/t1", "conductor/t1", COMMIT)
    asked = "rm -rf /w/t1/build /w/t1-other '/w/t1'"
    facts = [*AT_WORK, there, e.SessionWaiting("s1", "h", "q", "permission", asked)]
    (item,) = inbox(told(*facts))
    assert item.text == "rm -rf …/build /w/t1-other '…'"


def test_what_keeps_many_from_starting_is_one_thing() -> None:
    facts = [added(f"t{n}") for n in range(1, 5)]
    facts += [e.TaskPassedOver(f"t{n}", "no room") for n in (3, 2, 1)]
    facts += [e.TaskPassedOver("t4", "another reason")]
    items = inbox(told(*facts))
    assert [(one.task, one.text) for one in items] == [("t1", "no room"), ("t4", "another reason")]
    assert items[0].title.endswith(", and 2 more")
