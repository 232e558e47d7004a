"""What a person says about a change: acts, the facts they write, and what is read of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conductor import acts
from conductor import events as e
from conductor.journal import Journal
from conductor.rounds.said import fold, said
from conductor.state import TaskState
from tests.conductor.facts import COMMIT, OTHER, added, claimed, records, to_landed, to_review, told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LINES = acts.Lines("a.py", "new", 3, 4, "x = 1\n\x1b[2J")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(str(tmp_path)) as made:
        made.append(*to_review())
        yield made


def sent(journal: Journal) -> list[str]:
    return [r.fact.text for r in journal.since(0) if isinstance(r.fact, e.MessageQueued)]


def test_comments_wait_and_go_together_as_one_round(journal: Journal) -> None:
    assert acts.comment(journal, "t1", LINES, "Why?") == "c1"
    assert acts.comment(journal, "s1", LINES.but(path="b.py"), "", suggestion="y\n") == "c2"
    acts.comment(journal, "t1", LINES, "Never mind.")
    acts.edit_comment(journal, "t1", "c1", "Why not?")
    acts.drop_comment(journal, "t1", "c3")
    seen = said(journal, "t1")
    assert [one.id for one in seen.drafts] == ["c1", "c2"]
    assert seen.comments["c1"].commit == COMMIT
    assert "\x1b" not in seen.comments["c1"].quoted
    acts.send_back(journal, "t1", "Nearly.")
    (words,) = sent(journal)
    assert words.startswith("Nearly.\n\nPlease answer")
    assert "1. a.py:3-4" in words
    assert "Why not?" in words
    assert "2. b.py:3-4" in words
    assert "Never mind" not in words
    assert journal.state.tasks["t1"].rounds == 1
    seen = said(journal, "t1")
    assert ([one.sent for one in seen.comments.values()], seen.drafts) == ([1, 1], [])
    with pytest.raises(acts.Refused, match="sent already"):
        acts.edit_comment(journal, "t1", "c1", "Later")
    assert acts.comment(journal, "t1", LINES, "Again.") == "c4"


def test_what_was_said_of_an_earlier_attempt_is_not_said_of_the_next(journal: Journal) -> None:
    acts.comment(journal, "t1", LINES, "Not like this.")
    acts.leave(journal, "t1", "a.py", ("x",))
    acts.view_file(journal, "t1", "a.py", "b" * 40)
    acts.ask_opinion(journal, "t1", "Read it.")
    acts.reject(journal, "t1", "begin anew")
    acts.retry(journal, "t1")
    journal.append(*to_review(session="s9")[1:])
    assert acts.comment(journal, "t1", LINES, "Nearly.") == "c2", "no number twice"
    now = said(journal, "t1")
    assert [one.text for one in now.drafts] == ["Nearly."]
    assert (now.left, now.before, now.viewed, now.opinions) == ({}, (), {}, {})
    acts.send_back(journal, "t1")
    assert "Not like this" not in sent(journal)[0]


def test_only_what_was_read_is_approved(journal: Journal) -> None:
    with pytest.raises(acts.Refused, match="has changed since you read it"):
        acts.approve(journal, "t1", commit=OTHER)
    acts.approve(journal, "t1", commit=COMMIT)
    assert journal.state.tasks["t1"].state is TaskState.LANDING


def test_words_for_an_agent_whose_change_is_about_to_land_would_be_lost(journal: Journal) -> None:
    acts.approve(journal, "t1")
    with pytest.raises(acts.Refused, match="send-back t1"):
        acts.say(journal, "t1", "Rename it, too.")
    acts.send_back(journal, "t1", "Rename it, too.")
    assert sent(journal) == ["Rename it, too."]


def test_a_round_needs_words_or_comments(journal: Journal) -> None:
    with pytest.raises(acts.Refused, match="comment on lines"):
        acts.send_back(journal, "t1", " ")
    acts.comment(journal, "t1", LINES, "Why?")
    acts.send_back(journal, "t1")
    assert journal.state.tasks["t1"].why == "1 comment to answer"


def test_an_earlier_comment_can_go_again(journal: Journal) -> None:
    acts.comment(journal, "t1", LINES, "Why?")
    acts.send_back(journal, "t1")
    journal.append(e.ReviewReady("t1", "s1", OTHER, 1))
    acts.send_back(journal, "t1", "", again=["c1", "c9"])
    assert "no answer yet" in sent(journal)[-1]


def test_another_agents_remark_goes_nowhere_until_it_is_accepted(journal: Journal) -> None:
    journal.append(
        e.CommentDrafted("t1", "c1", "a.py", "new", 1, 1, COMMIT, "", "", "Wrong.", None, "agent"),
        e.CommentDrafted("t1", "c2", "a.py", "new", 2, 2, COMMIT, "", "", "Odd.", None, "agent"),
    )
    with pytest.raises(acts.Refused, match="Say what is to be done"):
        acts.send_back(journal, "t1")
    with pytest.raises(acts.Refused, match="accept it first"):
        acts.edit_comment(journal, "t1", "c1", "Right.")
    acts.accept_comment(journal, "t1", "c1")
    assert [one.id for one in said(journal, "t1").remarks] == ["c2"]
    acts.send_back(journal, "t1")
    assert "Wrong." in sent(journal)[0]
    assert "Odd." not in sent(journal)[0]


def test_what_is_left_out_goes_with_the_approval(journal: Journal) -> None:
    acts.leave(journal, "t1", "a b.py", ("one", "two"))
    acts.leave(journal, "t1", "a b.py", ("one",))
    acts.leave(journal, "t1", "c.py", ("three",))
    assert acts.restore(journal, "t1") == "c.py"
    assert said(journal, "t1").left == {"a b.py": ("one",)}
    acts.approve(journal, "t1", rest="Undo this.")
    (approval,) = [r.fact for r in journal.since(0) if isinstance(r.fact, e.ChangeApproved)]
    assert (approval.left, approval.rest) == (("one a b.py",), "Undo this.")
    task = journal.state.tasks["t1"]
    assert task.state is TaskState.REVIEW
    with pytest.raises(acts.Refused, match="just now"):
        acts.approve(journal, "t1")
    journal.append(e.PartTaken("t1", OTHER))
    task = journal.state.tasks["t1"]
    assert (task.state, task.approved, task.to_land) == (TaskState.LANDING, COMMIT, OTHER)
    journal.append(e.LandingFailed("t1", "conflict", "conflict"))
    assert journal.state.tasks["t1"].to_land is None


def test_nothing_left_out_is_a_plain_approval(journal: Journal) -> None:
    acts.leave(journal, "t1", "a", ("one",))
    acts.restore(journal, "t1")
    with pytest.raises(acts.Refused, match="Nothing was left out"):
        acts.restore(journal, "t1")
    with pytest.raises(acts.Refused, match="nothing goes back"):
        acts.approve(journal, "t1", rest="Undo.")
    acts.approve(journal, "t1")
    assert journal.state.tasks["t1"].state is TaskState.LANDING


def test_the_rest_of_a_landed_change_waits_for_review() -> None:
    state = told(*to_landed(), e.RestOffered("t1", "s1", COMMIT, OTHER))
    task = state.tasks["t1"]
    assert (task.state, task.offered, state.landed) == (TaskState.REVIEW, COMMIT, ())
    assert (task.opened, task.looked) == (None, None), "what is left is to be read by itself"
    assert "this is what you left out" in (task.why or "")


def test_an_undo_goes_before_what_was_left_out() -> None:
    undone = told(*to_landed(), e.UndoAsked("t1"), e.RestOffered("t1", "s1", COMMIT, OTHER))
    assert undone.tasks["t1"].state is TaskState.LANDED
    kept = told(*to_landed(), e.RestKept("t1", ""))
    assert kept.tasks["t1"].why is None


def test_a_checkout_is_left_behind_by_the_landing_for_which_that_was_asked() -> None:
    asked = [
        *to_review(), e.ChangeApproved("t1", "s1", COMMIT), e.LandingParked("t1", "not clean"),
        e.LeavingAsked("t1"),
    ]  # fmt: skip
    assert told(*asked).tasks["t1"].leaves
    again = [e.ChangeSentBack("t1", "s1", "more"), e.ReviewReady("t1", "s1", OTHER, 1)]
    for taken in ((), (e.PartTaken("t1", OTHER),)):
        approved = e.ChangeApproved("t1", "s1", OTHER, ("x a.py",) if taken else ())
        task = told(*asked, *again, approved, *taken).tasks["t1"]
        assert (task.state, task.leaves) == (TaskState.LANDING, False)


def test_a_new_attempt_is_told_against_its_own_beginning_and_put_up_anew() -> None:
    undone = told(
        *to_review(), e.ChangePutUp("t1", "origin", "refs/heads/x", COMMIT),
        e.PullRequestOpened("t1", "https://forge.example/1"), e.ChangeApproved("t1", "s1", COMMIT),
        e.ChangeLanded("t1", "main", OTHER, COMMIT), e.UndoAsked("t1"),
        e.LandingUndone("t1", "main", "f" * 40, "revert"),
    )  # fmt: skip
    assert undone.tasks["t1"].reverted, "the same change, approved once more, is as new"
    again = [e.ChangeRejected("t1", "begin anew"), e.TaskRetried("t1"), claimed("s2", "t1")]
    task = told(*again, state=undone).tasks["t1"]
    assert (task.reverted, task.pull, task.put_up) == (None, None, None)


def test_a_question_starts_no_round(journal: Journal) -> None:
    handed_back = journal.state.sessions["s1"].last
    number = acts.ask(journal, "t1", LINES, "Why?")
    with pytest.raises(acts.Refused, match="answering q1"):
        acts.ask(journal, "t1", LINES, "And?")
    journal.append(e.MessageDelivered("s1", "m1"), e.SessionBusy("s1", "hook"))
    task = journal.state.tasks["t1"]
    assert (task.state, task.offered, number) == (TaskState.REVIEW, COMMIT, "q1")
    journal.append(
        e.SessionIdle("s1", "hook", "Because."), e.QuestionAnswered("t1", "q1", "Because.")
    )
    assert said(journal, "t1").questions["q1"].answer == "Because."
    assert journal.state.sessions["s1"].last == handed_back != "Because."
    journal.append(e.SessionBusy("s1", "hook"))
    assert journal.state.tasks["t1"].state is TaskState.RUNNING


def test_files_are_changed_only_while_the_agent_rests(journal: Journal) -> None:
    acts.comment(journal, "t1", LINES, "", suggestion="y\n")
    assert acts.editable(journal, "t1").id == "s1"
    acts.apply_comment(journal, "t1", "c1")
    with pytest.raises(acts.Refused, match="just now"):
        acts.editable(journal, "t1")
    journal.append(e.ApplyRefused("t1", "c1", "The lines are others now."))
    task = journal.state.tasks["t1"]
    assert (task.reading and task.reading.applying, task.why) == (None, "The lines are others now.")
    acts.say(journal, "t1", "hello")
    with pytest.raises(acts.Refused, match="is at work"):
        acts.apply_comment(journal, "t1", "c1")


def test_an_edit_is_read_anew_and_told_with_the_next_round(journal: Journal) -> None:
    acts.edited(journal, "t1", ("a.py",))
    task = journal.state.tasks["t1"]
    assert (task.state, task.offered, task.why) == (TaskState.RUNNING, None, "You edited a.py.")
    journal.append(e.ReviewReady("t1", "s1", OTHER, 1))
    acts.send_back(journal, "t1", "More.")
    assert "keep what I did: a.py" in sent(journal)[0]
    assert said(journal, "t1").edited == ()


def test_an_opinion_ends_its_task_and_nothing_else(journal: Journal) -> None:
    number = acts.ask_opinion(journal, "t1", "Read it.", subscription="pro")
    task = journal.state.tasks[number]
    assert (task.reads, task.start, task.subscription) == ("t1", COMMIT, "pro")
    journal.append(e.SessionClaimed("s2", number, "builtin", "pro"))
    journal.append(e.OpinionGiven("t1", number, 1, "Fine."))
    assert journal.state.tasks[number].state is TaskState.DONE
    assert journal.state.tasks["t1"].state is TaskState.REVIEW
    assert said(journal, "t1").opinions[number].words == "Fine."


def test_a_viewed_file_is_known_by_what_it_holds() -> None:
    facts = (e.FileViewed("t1", "a", "1"), e.FileViewed("t1", "b", "2"), e.FileViewed("t1", "a"))
    assert fold(records(*facts)).viewed == {"b": "2"}


def test_comments_do_not_burden_the_state() -> None:
    facts = [
        e.CommentDrafted("t1", f"c{n}", "a", "new", 1, 1, COMMIT, "", "q" * 99, "text" * 99)
        for n in range(1, 50)
    ]
    state = told(added(), *facts)
    reading = state.tasks["t1"].reading
    assert reading is not None
    assert reading.but(told=0) == type(reading)()
