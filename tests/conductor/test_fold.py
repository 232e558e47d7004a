"""The fold as tables: these facts, that state."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from conductor import events, views
from conductor import events as e
from conductor.folding.takes import TAKES
from conductor.inbox import Need, inbox
from conductor.slots import deliverable
from conductor.state import SessionState, TaskState
from conductor.windows import back
from tests.conductor.facts import COMMIT, OTHER, added, claimed, to_landed, to_review, told

RUNNING = [added(), claimed(), e.SessionStarted("s1", 7), e.SessionBusy("s1", "hook")]
ASKING = [*RUNNING, e.SessionWaiting("s1", "hook", "q1", "question", "Which one?")]
LANDING = [*to_review(), e.ChangeApproved("t1", "s1", COMMIT)]


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ([added()], TaskState.QUEUED),
        ([added(held=True)], TaskState.HELD),
        ([added(held=True), e.TaskReleased("t1")], TaskState.QUEUED),
        ([added(), e.TaskHeld("t1")], TaskState.HELD),
        ([added(after=("t2",))], TaskState.BLOCKED),
        ([added(), e.TaskCancelled("t1")], TaskState.CANCELLED),
        ([added(), e.TaskCancelled("t1"), e.TaskRetried("t1")], TaskState.QUEUED),
        ([added(), claimed()], TaskState.RUNNING),
        (RUNNING, TaskState.RUNNING),
        ([*RUNNING, e.TaskHeld("t1")], TaskState.RUNNING),
        (ASKING, TaskState.WAITING),
        ([*ASKING, e.SessionBusy("s1", "hook")], TaskState.RUNNING),
        ([*ASKING, e.SessionEnded("s1", "exit", 1)], TaskState.RUNNING),
        ([*ASKING, e.SessionLimited("s1", "hook", 9e9)], TaskState.RUNNING),
        ([*RUNNING, e.TaskFailed("t1", "no change")], TaskState.FAILED),
        ([*RUNNING, e.TaskCancelled("t1")], TaskState.CANCELLED),
        (to_review(), TaskState.REVIEW),
        ([*to_review(), e.SessionEnded("s1", "exit", 0)], TaskState.REVIEW),
        ([*to_review(), e.ChangeSentBack("t1", "s1", "again")], TaskState.RUNNING),
        ([*to_review(), e.ChangeRejected("t1", "no")], TaskState.REJECTED),
        ([*to_review(), e.TaskHeld("t1")], TaskState.REVIEW),
        (LANDING, TaskState.LANDING),
        ([*LANDING, e.ApprovalVoided("t1", "it changed")], TaskState.REVIEW),
        ([*LANDING, e.LandingParked("t1", "dirty checkout")], TaskState.LANDING),
        ([*LANDING, e.LandingFailed("t1", "conflict", "conflict")], TaskState.REVIEW),
        (to_landed(), TaskState.LANDED),
        ([*to_landed(), e.TaskCancelled("t1")], TaskState.LANDED),
        ([*to_landed(), e.ChangeLanded("t1", "main", COMMIT, OTHER)], TaskState.LANDED),
        ([*to_landed(), e.UndoAsked("t1"), e.UndoRefused("t1", "moved")], TaskState.LANDED),
        ([*to_landed(), e.LandingUndone("t1", "main", COMMIT)], TaskState.REVIEW),
    ],
)  # fmt: skip
def test_where_a_task_stands(facts: list[e.Fact], state: TaskState) -> None:
    assert told(*facts).tasks["t1"].state is state


@pytest.mark.parametrize(
    ("fact", "state"),
    [
        (e.SessionBusy("s1", "hook"), SessionState.BUSY),
        (e.SessionIdle("s1", "hook"), SessionState.IDLE),
        (e.SessionWaiting("s1", "hook", "q", "permission", "rm?"), SessionState.WAITING),
        (e.SessionLimited("s1", "hook", 5e9), SessionState.LIMITED),
        (e.TurnFailed("s1", "hook", "no such model"), SessionState.IDLE),
        (e.SessionEnded("s1", "exit", 0), SessionState.ENDED),
        (e.SessionFailed("s1", "no tmux"), SessionState.ENDED),
    ],
)
def test_what_a_session_is_doing(fact: e.Fact, state: SessionState) -> None:
    after = told(added(), claimed(), e.SessionStarted("s1", 7), fact)
    assert after.sessions["s1"].state is state
    assert ("s1" in after.live) == (state is not SessionState.ENDED)


def test_a_turn_that_failed_leaves_the_agent_idle_with_the_reason() -> None:
    session = told(*RUNNING, e.TurnFailed("s1", "hook", "network gone")).sessions["s1"]
    assert (session.state, session.why, session.turns) == (SessionState.IDLE, "network gone", 1)


def test_a_sighting_that_comes_after_the_end_changes_nothing() -> None:
    ended = told(*RUNNING, e.SessionEnded("s1", "exit", 0))
    assert told(e.SessionBusy("s1", "log"), state=ended).sessions == ended.sessions


def test_an_ask_is_forgotten_once_the_agent_goes_on() -> None:
    asking = told(*ASKING).sessions["s1"]
    assert (asking.ask, asking.ask_kind, asking.ask_text) == ("q1", "question", "Which one?")
    busy = told(*ASKING, e.SessionBusy("s1", "hook")).sessions["s1"]
    assert (busy.ask, busy.ask_kind, busy.ask_text) == (None, None, None)


def test_an_approval_is_of_a_commit_and_void_when_work_goes_on() -> None:
    assert told(*LANDING).tasks["t1"].approved == COMMIT
    back = told(*to_review(), e.SessionBusy("s1", "hook")).tasks["t1"]
    assert (back.state, back.offered) == (TaskState.RUNNING, None)


def test_a_follower_waits_says_for_whom_and_starts_when_it_landed() -> None:
    first, *rest = to_landed()
    waiting = told(first, added("t2", after=("t1",)))
    assert waiting.tasks["t2"].state is TaskState.BLOCKED
    assert waiting.tasks["t2"].why == "It waits for t1 to land."
    assert told(*rest, state=waiting).tasks["t2"].state is TaskState.QUEUED


@pytest.mark.parametrize(
    ("end", "word"),
    [
        (e.TaskFailed("t1", "broke"), "failed"),
        (e.TaskCancelled("t1"), "was cancelled"),
    ],
)
def test_a_follower_of_what_was_given_up_says_so_and_a_retry_helps(end: e.Fact, word: str) -> None:
    gone = told(added(), added("t2", after=("t1",)), claimed(), end)
    assert gone.tasks["t2"].state is TaskState.BLOCKED
    assert f"t1, which {word}: retry t1, or cancel this." in (gone.tasks["t2"].why or "")
    again = told(e.TaskRetried("t1"), state=gone)
    assert again.tasks["t2"].why == "It waits for t1 to land."


def test_undoing_a_landing_blocks_who_has_not_begun() -> None:
    landed = told(*to_landed(), added("t2", after=("t1",)))
    assert landed.tasks["t2"].state is TaskState.QUEUED
    undone = told(e.UndoAsked("t1"), e.LandingUndone("t1", "main", COMMIT), state=landed)
    assert undone.tasks["t2"].state is TaskState.BLOCKED


def test_a_retry_begins_anew_with_another_session() -> None:
    state = told(
        *RUNNING, e.TaskFailed("t1", "broke"), e.TaskRetried("t1"), claimed("s2"),
        e.SessionBusy("s1", "late"),
    )  # fmt: skip
    task = state.tasks["t1"]
    assert (task.session, task.tries, task.state) == ("s2", 2, TaskState.RUNNING)


def test_a_message_waits_until_it_was_delivered() -> None:
    queued = told(*RUNNING, e.MessageQueued("s1", "m1", "go on"))
    assert queued.messages["m1"].short == "go on"
    assert not told(e.MessageDelivered("s1", "m1"), state=queued).messages
    failed = told(e.MessageFailed("s1", "m1", "no composer"), state=queued)
    assert failed.messages["m1"].why == "no composer"


def test_what_cannot_be_read_is_skipped_and_counted() -> None:
    state = told(added(), None, None, added("t2"))
    assert (state.skipped, list(state.tasks), state.seq) == (2, ["t1", "t2"], 4)


def test_hostile_text_is_clean_in_the_state() -> None:
    evil = "\x1b]52;c;AAAA\x07\u202enice\x00"
    state = told(
        added(title=evil), claimed(), e.SessionStarted("s1", 1),
        e.SessionWaiting("s1", "hook", "q", "question", evil), e.MessageQueued("s1", "m1", evil),
        e.TroubleSeen("disk", evil), e.SnapshotTaken("s1", COMMIT, "t", (evil,), (evil,)),
    )  # fmt: skip
    for shown in (
        state.tasks["t1"].title, state.sessions["s1"].ask_text, state.messages["m1"].short,
        state.troubles["disk"].why, *state.sessions["s1"].files, *state.sessions["s1"].risky,
    ):  # fmt: skip
        assert shown
        assert not set(shown) & set("\x1b\x07\x00\u202e")


def test_a_limit_holds_for_the_whole_subscription() -> None:
    state = told(*RUNNING, e.SessionLimited("s1", "hook", 5e9, "used up"))
    assert state.limits == {"max": back(5e9)}
    assert state.sessions["s1"].until == back(5e9)


def test_every_fact_has_its_function() -> None:
    for subject in Path(events.__file__).parent.glob("[a-z]*.py"):
        facts = {
            kind
            for kind in vars(import_module(f"conductor.events.{subject.stem}")).values()
            if isinstance(kind, type) and issubclass(kind, e.Fact) and kind is not e.Fact
        }
        assert facts <= set(e.KINDS.values()), "conductor/events/__init__.py lacks one"
        if facts:
            import_module(f"conductor.folding.{subject.stem}")
            assert facts <= set(TAKES)
    assert set(TAKES) == set(e.KINDS.values())


def test_a_car_of_the_landing_train_says_what_it_was_merged_onto() -> None:
    state = told(*LANDING, e.LandingStarted("t1", "main", OTHER, None, ("t8", "t9"), "d" * 40))
    assert (state.tasks["t1"].ahead, state.tasks["t1"].merged) == (("t8", "t9"), "d" * 40)
    held = told(e.LandingHeldBack("t1", ("t9",)), state=state).tasks["t1"]
    assert (held.ahead, held.merged, held.state) == (("t9",), None, TaskState.LANDING)
    assert views.why(state, held) == "It lands after t9: both change the same."
    assert views.why(state, state.tasks["t1"]) is None
    landed = told(e.ChangeLanded("t1", "main", COMMIT, OTHER), state=state).tasks["t1"]
    assert (landed.ahead, landed.merged, landed.landing) == ((), None, None)


def test_a_parked_landing_says_why_until_the_target_moves() -> None:
    parked = told(*LANDING, e.LandingParked("t1", "dirty"))
    again = told(e.LandingStarted("t1", "main", OTHER, None, (), "d" * 40), state=parked)
    assert again.tasks["t1"].why == "dirty"
    moves = told(e.LandingStarted("t1", "main", OTHER, COMMIT), state=again)
    assert moves.tasks["t1"].why is None


@pytest.mark.parametrize(("how", "before"), [("exact", None), ("revert", COMMIT)])
def test_a_reverted_landing_remembers_where_the_target_stood(how: str, before: str | None) -> None:
    undone = told(
        *to_landed(), e.UndoAsked("t1"), e.UndoStarted("t1", "main", OTHER, "e" * 40),
        e.LandingUndone("t1", "main", "e" * 40, how),
    )  # fmt: skip
    assert undone.tasks["t1"].reverted == before
    assert undone.tasks["t1"].landing is None
    assert undone.undos == ()


def test_a_task_is_in_a_group_of_the_persons_own() -> None:
    state = told(added("t1", tag="release"))
    assert state.tasks["t1"].tag == "release"
    assert told(added("t1", tag="release"), e.TaskTagged("t1", "")).tasks["t1"].tag is None
    assert told(added("t1"), e.TaskTagged("t1", "a\x1b[31mb")).tasks["t1"].tag == "a␛b"


def test_an_agent_that_only_began_late_has_had_no_turn() -> None:
    late = [added(), claimed(), e.SessionStarted("s1", 1)]
    late += [
        e.SessionWaiting("s1", "silence", "screen-1", "screen", "..."),
        e.SessionIdle("s1", "hook"),
    ]
    assert told(*late).sessions["s1"].turns == 0


def test_a_refusal_without_words_takes_no_reason_away() -> None:
    state = told(added("t2", after=("t1",)), e.ResolveRefused("t2", ""))
    assert state.tasks["t2"].why == "It waits for t1, which is not known."


def test_words_that_an_agent_did_not_start_again_for_are_not_on_their_way() -> None:
    said = [*to_review(), e.SessionEnded("s1", "exit", 0), e.MessageQueued("s1", "m2", "more")]
    gone = told(*said, e.SessionStarted("s1", 8, 2), e.SessionEnded("s1", "exit", 2, "no such id"))
    assert "no such id" in (gone.messages["m2"].why or "")
    assert not deliverable(gone, {}, 0.0), "one start for one saying of it"
    assert [item.need for item in inbox(gone)] == [Need.UNDELIVERED, Need.REVIEW]
    assert deliverable(told(e.MessageQueued("s1", "m3", "more"), state=gone), {}, 0.0)


def test_words_of_a_task_that_never_began_are_told_by_its_failure() -> None:
    begun = [added(), claimed(), e.MessageQueued("s1", "m1", "do it", "task")]
    gone = told(*begun, e.SessionStarted("s1", 7), e.SessionEnded("s1", "exit", 2))
    assert gone.messages["m1"].why is None
    assert not deliverable(gone, {}, 0.0)


def test_who_leaves_a_sign_in_is_not_started_again_for_the_same_words() -> None:
    begun = [added(), claimed(), e.MessageQueued("s1", "m1", "do it", "task")]
    asks = [e.SessionStarted("s1", 7), e.SessionWaiting("s1", "x", "q", "screen", "Sign in?")]
    gone = told(*begun, *asks, e.SessionEnded("s1", "exit", 1))
    assert not deliverable(gone, {}, 0.0)
    lost = told(*begun, *asks, e.SessionLost("s1", "the machine", None))
    assert deliverable(lost, {}, 0.0), "that was not its own doing"
