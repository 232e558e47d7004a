"""A task's whole life with one agent: asked, limited, checked, sent back, landed, undone."""

from __future__ import annotations

from conductor import events as e
from conductor.fold import fold
from conductor.slots import used_slots
from conductor.state import EMPTY, SessionState, TaskState
from tests.runner.house import House, waiting

WRITE = ["I write it.", "$ echo b > b.txt", "Done."]


def test_a_change_is_made_reviewed_landed_and_taken_back(house: House) -> None:
    before = house.git("rev-parse", "main")
    house.task("Write b\n\nPlease write 'b' into $(b.txt) — é.", ["$ echo b > b.txt", "Done."])
    task = house.settle().tasks["t1"]
    assert (task.state, house.of("t1").files) == (TaskState.REVIEW, ("b.txt",))
    assert house.prompts("s1") == ["Write b\n\nPlease write 'b' into $(b.txt) — é."]
    house.act("approve", "t1")
    assert house.settle().tasks["t1"].state is TaskState.LANDED
    assert house.log() == ["Write b", "Begin"]
    assert (house.repo / "b.txt").read_text() == "b\n"
    assert house.git("status", "--porcelain") == ""
    assert not house.left()
    house.act("undo")
    assert house.settle().tasks["t1"].state is TaskState.REVIEW
    assert house.git("rev-parse", "main") == before
    assert not (house.repo / "b.txt").exists()


def test_a_question_waits_for_its_answer_and_the_agent_goes_on(house: House) -> None:
    house.task("Name it", ["? Which name?", "$ echo ok > named", "Done."])
    state = house.settle()
    assert state.tasks["t1"].state is TaskState.WAITING
    session = house.of("t1")
    assert (session.state, session.ask_text) == (SessionState.WAITING, "Which name?")
    house.act("answer", "s1", "Blue;\n\ngreen")
    assert house.settle().tasks["t1"].state is TaskState.REVIEW
    assert house.prompts("s1") == ["Name it", "Blue;\n\ngreen"]
    assert house.of("t1").files == ("named",)


def test_a_limit_is_waited_out_and_the_agent_told_to_go_on(house: House) -> None:
    house.task("Work", [{"limit": 60}, "Done."])
    house.settle()
    limited = house.facts(e.SessionLimited)
    assert len(limited) == 1
    assert house.prompts("s1") == ["Work", "Continue."]
    task = house.state.tasks["t1"]
    assert (task.state, task.why) == (TaskState.REVIEW, "It changed nothing.")
    arrived = house.said("s1", "arrival")[1]["at"]
    assert arrived >= limited[0].until


def test_words_said_during_a_limit_go_instead_of_the_runners_own(house: House) -> None:
    house.task("Work", [{"limit": 100}, "Done."])
    with house.running():
        house.until(lambda s: s.live and s.live["s1"].state is SessionState.LIMITED)
        house.act("say", "s1", "And mind the tests.")
        house.until_task("t1", TaskState.REVIEW)
    assert house.prompts("s1") == ["Work", "And mind the tests."]


def test_a_failed_check_goes_back_by_itself_and_is_repaired(house: House) -> None:
    house.wishes(verify="test -f b.txt || { echo no b; exit 3; }")
    house.task("Write b", ["$ echo a > a.txt", "Done."], ["$ echo b > b.txt", "Repaired."])
    task = house.settle().tasks["t1"]
    assert (task.state, task.why, task.rounds) == (TaskState.REVIEW, None, 1)
    assert "`test -f b.txt" in house.prompts("s1")[1]
    assert "ended with 3" in house.prompts("s1")[1]
    assert "no b" in house.prompts("s1")[1]
    assert task.checked is not None
    assert task.checked.ok


def test_a_check_that_keeps_failing_is_shown_to_the_person(house: House) -> None:
    house.wishes(verify="kill -9 $$")
    house.task("Try", *[[f"$ echo {n} > a.txt", "Done."] for n in range(5)])
    task = house.settle().tasks["t1"]
    assert task.state is TaskState.REVIEW
    killed = "killed as the system does where memory runs out"
    assert task.why in (f"Its check fails (exit code {code}, {killed})." for code in (-9, 137))
    assert len(house.prompts("s1")) == 3
    assert len(house.facts(e.ReviewReady)) == 1


def test_words_from_the_person_go_to_the_same_conversation(house: House) -> None:
    house.task("Write a", ["$ echo a > a.txt", "Done."], ["$ echo more >> a.txt", "Done."])
    house.settle()
    house.act("send_back", "t1", "More, please.")
    house.settle()
    assert house.prompts("s1") == ["Write a", "More, please."]
    assert house.of("t1").launches == 1
    house.act("approve", "t1")
    house.settle()
    assert house.shown("a.txt") == "a\nmore"
    assert house.log() == ["Write a", "Begin"]


def test_after_an_undo_the_agent_goes_on_where_it_was(house: House) -> None:
    house.task("Write a", ["$ echo a > a.txt", "Done."], ["$ echo more >> a.txt", "Done."])
    house.settle()
    for act in ("approve", "undo"):
        house.act(act, "t1")
        house.settle()
    vendor = house.of("t1").vendor_session
    house.act("send_back", "t1", "More, please.")
    house.settle()
    assert house.of("t1").launches == 2
    assert house.of("t1").vendor_session == vendor
    assert [one["id"] for one in house.said("s1", "resumed")] == [vendor]
    assert house.prompts("s1") == ["Write a", "More, please."]
    house.act("approve", "t1")
    house.settle()
    assert house.shown("a.txt") == "a\nmore"
    assert house.log() == ["Write a", "Begin"]


def test_a_turn_that_fails_tells_why_and_words_resume_it(house: House) -> None:
    house.task("Try", [{"error": "the model is overloaded"}, "$ echo a > a", "Done."])
    task = house.settle().tasks["t1"]
    assert (task.state, task.why) == (TaskState.FAILED, "the model is overloaded")
    house.act("say", "t1", "Again, please.")
    task = house.settle().tasks["t1"]
    assert (task.state, task.why) == (TaskState.REVIEW, None)
    assert house.prompts("s1") == ["Try", "Again, please."]


def test_what_follows_waits_for_the_landing_of_what_it_follows(house: House) -> None:
    house.task("First", ["$ echo 1 > one", "Done."])
    house.task("Second", ["$ cp one two", "Done."], after=("t1",))
    house.settle()
    assert house.state.tasks["t2"].state is TaskState.BLOCKED
    house.act("approve", "t1")
    house.settle()
    house.act("approve", "t2")
    house.settle()
    assert house.log() == ["Second", "First", "Begin"]
    assert house.shown("two") == "1"


def test_slots_are_never_overspent(house: House) -> None:
    house.configure(slots=2)
    house.wishes(review_limit=9)
    gate = house.gate()
    for n in range(6):
        house.task(f"Work {n}", [f"$ {waiting(gate)}", f"$ echo {n} > f{n}", "Done."])
    with house.running():
        house.until(lambda s: sum(x.state is SessionState.BUSY for x in s.live.values()) == 2)
        gate.touch()
        house.until(lambda s: all(t.state is TaskState.REVIEW for t in s.tasks.values()))
    state, most = EMPTY, 0
    for record in house.journal.since(0):
        state = fold(state, [record])
        most = max(most, *used_slots(state).values(), 0)
    assert most == 2
