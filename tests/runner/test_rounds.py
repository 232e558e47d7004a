"""Comments, questions, suggestions, opinions and parts of a change, with real agents and git."""

from __future__ import annotations

from pathlib import Path

import pytest

from conductor import acts
from conductor import events as e
from conductor.rounds.said import said
from conductor.rounds.standing import stand
from conductor.state import TaskState
from tests.runner.house import House
from worktrees import parts

LINES = "".join(f"{n}\\n" for n in range(1, 31))
WRITE = [
    f"$ printf '{LINES}' > long; printf 'new\\nfile\\n' > new; sed -i s/two/2/ README",
    "Done.",
]


def written(house: House, *more: str, **ask: object) -> str:
    """A change that waits for review."""
    task = house.task("Write it", WRITE, [*more, "Done again."], **ask)
    assert house.settle().tasks[task].state is TaskState.REVIEW
    return task


def lines(house: House, path: str, first: int, last: int) -> acts.Lines:
    return acts.Lines(path, "new", first, last, "quoted")


def in_worktree(house: House, path: str, task: str = "t1") -> str:
    return (Path(house.of(task).worktree or "") / path).read_text()


def test_a_round_goes_back_and_its_comments_are_answered_or_not(house: House) -> None:
    written(house, "$ sed -i s/^7$/seven/ long", "$ sed -i 1d long")
    for at in (7, 9):
        acts.comment(house.journal, "t1", lines(house, "long", at, at), f"Line {at}?")
    house.act("send_back", "t1")
    house.settle()
    (prompt,) = house.prompts("s1")[1:]
    assert "1. long:7" in prompt
    assert "Line 9?" in prompt
    about = said(house.journal, "t1").comments.values()
    session, task = house.of("t1"), house.state.tasks["t1"]
    found = stand(task.repo, about, session.base or "", task.offered or "")
    assert [(one.state, one.first) for one in found.values()] == [("answered", 6), ("open", 8)]


def test_a_part_lands_and_the_rest_stays_for_review(house: House) -> None:
    written(house)
    task, session = house.state.tasks["t1"], house.of("t1")
    files = {
        file.path: file for file in parts.read(house.repo, session.base or "", task.offered or "")
    }
    acts.leave(house.journal, "t1", "new", files["new"].parts)
    acts.leave(house.journal, "t1", "long", (f"{files['long'].parts[0]}/+10:30",))
    house.act("approve", "t1")
    task = house.settle().tasks["t1"]
    assert (task.state, "this is what you left out" in (task.why or "")) == (TaskState.REVIEW, True)
    assert house.shown("README") == "one\n2\nthree"
    assert house.shown("long") == "\n".join(map(str, range(1, 11)))
    assert "new" not in house.git("ls-tree", "--name-only", "main").split()
    assert house.log() == ["Write it", "Begin"]
    assert house.of("t1").files == ("long", "new")
    assert in_worktree(house, "new") == "new\nfile\n"
    assert len(in_worktree(house, "long").splitlines()) == 30
    house.act("approve", "t1")
    assert house.settle().tasks["t1"].state is TaskState.LANDED
    assert house.shown("new") == "new\nfile"
    assert len(house.shown("long").splitlines()) == 30


def in_part(house: House) -> str:
    """A change of which all but the file `new` has landed; return where the target was before."""
    written(house)
    before = house.git("rev-parse", "main")
    files = parts.read(house.repo, house.of("t1").base or "", house.state.tasks["t1"].offered or "")
    acts.approve(house.journal, "t1", {one.path: one.parts for one in files if one.path == "new"})
    assert house.settle().tasks["t1"].state is TaskState.REVIEW
    assert (house.log()[0], house.of("t1").files) == ("Write it", ("new",))
    return before


def test_a_part_that_landed_is_undone_and_the_change_is_whole_again(house: House) -> None:
    before = in_part(house)
    house.act("undo")
    task = house.settle().tasks["t1"]
    assert house.git("rev-parse", "main") == before
    assert house.git("status", "--porcelain") == ""
    assert (task.state, task.parts, task.lifted) == (TaskState.REVIEW, (), None)
    assert "all of the change again" in (task.why or "")
    assert house.of("t1").files == ("README", "long", "new")
    assert in_worktree(house, "new") == "new\nfile\n"
    house.act("approve", "t1")
    assert house.settle().tasks["t1"].state is TaskState.LANDED
    assert house.log() == ["Write it", "Begin"]
    assert (house.shown("README"), house.shown("new")) == ("one\n2\nthree", "new\nfile")


def test_a_part_that_others_came_after_is_reverted_and_can_land_again(house: House) -> None:
    in_part(house)
    house.commit("Mine", mine="x\n")
    house.act("undo", "t1")
    house.settle()
    assert house.log() == ['Revert "Write it"', "Mine", "Write it", "Begin"]
    assert house.shown("README") == "one\ntwo\nthree"
    assert house.of("t1").files == ("README", "long", "new")
    house.act("approve", "t1")
    assert house.settle().tasks["t1"].state is TaskState.LANDED
    assert house.git("ls-tree", "--name-only", "main").split() == ["README", "long", "mine", "new"]
    house.act("undo", "t1")
    house.settle()
    assert house.log()[0] == 'Revert "Write it"'  # exactly: as if it had not been approved again


def test_a_part_is_undone_after_the_rest_was_undone_or_turned_down(house: House) -> None:
    before = in_part(house)
    house.act("approve", "t1")
    house.settle()
    assert house.shown("new") == "new\nfile"
    house.act("undo")
    assert house.settle().tasks["t1"].state is TaskState.REVIEW
    assert house.log() == ["Write it", "Begin"]
    house.act("reject", "t1", "Not the rest.")
    house.act("undo", "t1")
    task = house.settle().tasks["t1"]
    assert (task.state, task.parts, task.lifted) == (TaskState.REJECTED, (), None)
    assert house.git("rev-parse", "main") == before


def test_the_rest_goes_back_to_its_agent_on_top_of_what_landed(house: House) -> None:
    written(house, "$ git diff --stat HEAD > seen; rm new")
    file = parts.read(house.repo, house.of("t1").base or "", house.state.tasks["t1"].offered or "")
    left = {one.path: one.parts for one in file if one.path == "new"}
    acts.approve(house.journal, "t1", left, "Not this file.")
    task = house.settle().tasks["t1"]
    assert task.state is TaskState.REVIEW
    assert house.prompts("s1")[1].endswith("Not this file.")
    assert house.of("t1").files == ("seen",)
    assert house.shown("README") == "one\n2\nthree"


@pytest.mark.long
def test_leaving_everything_out_lands_nothing(house: House) -> None:
    written(house)
    everything = parts.read(
        house.repo, house.of("t1").base or "", house.state.tasks["t1"].offered or ""
    )
    acts.approve(house.journal, "t1", {one.path: one.parts for one in everything})
    task = house.settle().tasks["t1"]
    assert task.state is TaskState.REVIEW
    assert "Nothing of the change was taken" in (task.why or "")
    assert house.log() == ["Begin"]


def test_a_suggestion_is_the_persons_own_commit(house: House) -> None:
    house.wishes(verify="test -f long")
    written(house)
    acts.comment(
        house.journal, "t1", lines(house, "README", 2, 2), "Say it", suggestion="zwei\nzwo\n"
    )
    house.git("-C", house.of("t1").worktree or "", "config", "core.autocrlf", "false")
    acts.apply_comment(house.journal, "t1", "c1")
    task = house.settle().tasks["t1"]
    assert task.state is TaskState.REVIEW, house.story()
    assert in_worktree(house, "README") == "one\nzwei\nzwo\nthree\n"
    assert in_worktree(house, "new") == "new\nfile\n"
    branch = house.of("t1").branch or ""
    assert house.git("log", "-1", "--format=%an %s", branch) == "Ada Say it"
    applied = said(house.journal, "t1").comments["c1"].applied
    assert applied == house.git("rev-parse", branch)
    checks = [(one.commit, one.ok) for one in house.facts(e.VerifyFinished)]
    assert checks[-1] == (task.offered, True)
    house.act("approve", "t1")
    house.settle()
    assert house.shown("README") == "one\nzwei\nzwo\nthree"


@pytest.mark.long
def test_a_suggestion_for_lines_that_changed_is_not_written(house: House) -> None:
    written(house)
    before = in_worktree(house, "README")
    one = lines(house, "README", 2, 2)
    acts.comment(
        house.journal, "t1", one, "", suggestion="zwei\n", commit=house.of("t1").base
    )  # as read before the agent's change
    acts.apply_comment(house.journal, "t1", "c1")
    task = house.settle().tasks["t1"]
    assert task.state is TaskState.REVIEW
    assert "are others now" in (task.why or "")
    assert in_worktree(house, "README") == before


def test_a_question_is_answered_without_a_round(house: House) -> None:
    house.task("Write", ["$ echo b > b", "Done."], ["Because it must."])
    house.settle()
    offered = house.state.tasks["t1"].offered
    acts.ask(house.journal, "t1", lines(house, "b", 1, 1), "Why b?")
    task = house.settle().tasks["t1"]
    assert (task.state, task.offered, task.rounds) == (TaskState.REVIEW, offered, 0)
    (question,) = said(house.journal, "t1").questions.values()
    assert (question.answer, question.changed) == ("Because it must.", False)
    assert "Why b?" in house.prompts("s1")[1]
    assert len(house.facts(e.ReviewReady)) == 1


@pytest.mark.long
def test_an_agent_that_changes_files_over_a_question_is_told_of(house: House) -> None:
    house.task("Write", ["$ echo b > b", "Done."], ["$ echo c > b", "So I changed it."])
    house.settle()
    offered = house.state.tasks["t1"].offered
    acts.ask(house.journal, "t1", lines(house, "b", 1, 1), "Why b?")
    task = house.settle().tasks["t1"]
    assert task.state is TaskState.REVIEW
    assert task.offered not in (None, offered)
    assert said(house.journal, "t1").questions["q1"].changed
    assert "although q1 only asked" in house.facts(e.ChangeEdited)[0].note


def test_another_agents_opinion_comes_as_comments_and_lands_nothing(house: House) -> None:
    model = house.script(
        ["Done."],
        opinion=[
            "$ cat b; echo hacked > b; git commit -qam hack",
            "I read it.\nb:1: too short\nnowhere:3: odd\nNo.",
        ],
    )
    house.task("Write", model=house.script(["$ echo b > b", "Done."]))
    house.settle()
    task = house.state.tasks["t1"]
    house.journal.append(
        e.TaskAdded(
            "t2", "An opinion", "an opinion", str(house.repo), model=model, reads="t1",
            start=task.offered,
        ),
        e.OpinionAsked("t1", "t2", task.offered or ""),
    )  # fmt: skip
    state = house.settle()
    assert state.tasks["t2"].state is TaskState.DONE, house.story()
    assert state.tasks["t1"].offered == task.offered
    about = said(house.journal, "t1")
    assert about.opinions["t2"].remarks == 1
    assert "nowhere:3: odd" in about.opinions["t2"].words
    (remark,) = about.remarks
    assert (remark.where, remark.text, remark.quoted) == ("b:1", "too short", "b")
    assert in_worktree(house, "b") == "b\n"
    assert house.log() == ["Begin"]
    acts.accept_comment(house.journal, "t1", remark.id)
    house.act("send_back", "t1", "Please.")
    house.settle()
    assert "too short" in house.prompts("s1")[1]


def test_an_opinion_on_an_attempt_that_was_given_up_goes_nowhere(house: House) -> None:
    house.task("Write", model=house.script(["$ echo b > b", "Done."]))
    offered = house.settle().tasks["t1"].offered or ""
    acts.reject(house.journal, "t1", "begin anew")
    model = house.script(opinion=["b:1: too short"])
    opinion = e.TaskAdded(
        "t2", "An opinion", "an opinion", str(house.repo), model=model, reads="t1", start=offered
    )
    house.journal.append(opinion, e.OpinionAsked("t1", "t2", offered), e.TaskRetried("t1"))
    state = house.settle()
    assert state.tasks["t1"].state is TaskState.REVIEW
    assert state.tasks["t2"].state is TaskState.CANCELLED, house.story()
    assert not said(house.journal, "t1").everything


@pytest.mark.long
def test_an_edit_by_hand_is_offered_anew_and_verified(house: House) -> None:
    house.wishes(verify="test -f long")
    written(house)
    before = house.state.tasks["t1"].offered
    folder = acts.editable(house.journal, "t1").worktree or ""
    Path(folder, "README").write_text("mine\n")
    acts.edited(house.journal, "t1", ("README",))
    task = house.settle().tasks["t1"]
    assert task.state is TaskState.REVIEW
    assert task.offered != before
    assert house.facts(e.VerifyFinished)[-1].commit == task.offered
    assert task.why == "You edited README."
    house.act("approve", "t1")
    house.settle()
    assert house.shown("README") == "mine"


@pytest.mark.long
def test_after_its_agent_has_ended_a_change_is_still_edited_and_read_anew(house: House) -> None:
    written(house)
    for act in ("approve", "undo"):
        house.act(act, "t1")
        house.settle()
    folder = acts.editable(house.journal, "t1").worktree or ""
    Path(folder, "README").write_text("mine\n")
    acts.edited(house.journal, "t1", ("README",))
    task = house.settle().tasks["t1"]
    assert (task.state, task.why) == (TaskState.REVIEW, "You edited README.")


def test_what_sneaked_in_after_an_approval_can_be_read_and_approved(house: House) -> None:
    written(house)
    Path(house.of("t1").worktree or "", "README").write_text("sneaked\n")
    house.act("approve", "t1")
    task = house.settle().tasks["t1"]
    assert (task.state, task.offered) == (TaskState.REVIEW, house.of("t1").commit)
    house.act("approve", "t1")
    assert house.settle().tasks["t1"].state is TaskState.LANDED
    assert house.shown("README") == "sneaked"
