"""The built-in agent in a real terminal, its model rehearsed."""

from __future__ import annotations

import json
import os
import termios
import time
from typing import Any

from harnesses import (
    Ask,
    Asked,
    Busy,
    Context,
    Idle,
    Limited,
    Named,
    Prompted,
    Ran,
    TurnFailed,
    Used,
)
from harnesses.builtin.harness import Builtin
from harnesses.builtin.rehearsal import ROOM
from tests.harnesses.seat import Seat, Seats, until

SIMPLE = """
[[turn]]
[[turn.reply]]
text = "I write it."
command = "echo hello > made.txt; echo spoken; exit 3"
tokens = { input = 100, cached = 50, output = 9 }
[[turn.reply]]
text = "All done."
tokens = { input = 200, output = 5 }
"""


def sightings(seat: Seat) -> list[Any]:
    text = (seat.folder / "conversation.jsonl").read_text("utf-8")
    return [sighting for line in text.splitlines() for sighting in Builtin().read(line)]


def test_a_turn_runs_commands_and_ends(seats: Seats) -> None:
    seat = seats(seats.script(SIMPLE))
    seat.say("make it")
    assert seat.wait("end")["last"] == "All done."
    assert (seats.worktree / "made.txt").read_text() == "hello\n"
    result = seat.wait("result")
    assert (result["exit"], result["output"]) == (3, "spoken\n")
    named, *rest = sightings(seat)
    assert isinstance(named, Named)
    name = named.vendor_session
    assert rest == [
        Idle(),
        Prompted("make it"),
        Busy(),
        Used(f"{name}/1/rehearsal-1-1", "rehearsal", 100, 50, 9, None),
        Context(159, ROOM),
        Ran("echo hello > made.txt; echo spoken; exit 3"),
        Used(f"{name}/2/rehearsal-1-2", "rehearsal", 200, 0, 5, None),
        Context(205, ROOM),
        Idle("All done."),
    ]
    for shown in ("make it", "I write it.", "$ echo hello", "spoken", "exit 3", "All done."):
        seat.sees(shown)


def test_a_question_waits_and_its_answer_goes_on_below(seats: Seats) -> None:
    seat = seats(
        seats.script("""
[[turn]]
[[turn.reply]]
text = "Hm."
question = "Left or right?"
[[turn.reply]]
text = "As you say."
[[turn]]
when = "left"
[[turn.reply]]
text = "Not this one."
""")
    )
    seat.say("go")
    question = seat.wait("question")
    assert sightings(seat)[-1] == Asked(question["ask"], "question", "Left or right?")
    seat.sees("waiting for your answer")
    seat.say(Builtin().answer(Ask("q1", "question"), "left, please").paste)
    assert seat.wait("end")["last"] == "As you say."
    assert seat.wait("answer")["ask"] == question["ask"]


def test_a_limit_holds_until_prompted_again(seats: Seats) -> None:
    seat = seats(
        seats.script("""
[[turn]]
[[turn.reply]]
text = "So far"
limit = 60000
[[turn.reply]]
text = "And on."
""")
    )
    before = time.time()
    seat.say("go")
    limit = seat.wait("limit")
    assert 59 < limit["until"] - before < 80  # a thousand times faster
    assert isinstance(sightings(seat)[-1], Limited)
    seat.sees("limited until")
    seat.say("Continue.")
    assert seat.wait("end")["last"] == "And on."


def test_what_comes_while_busy_is_queued(seats: Seats) -> None:
    seat = seats(
        seats.script("""
[[turn]]
[[turn.reply]]
command = "until test -e go; do sleep 0.02; done"
[[turn.reply]]
text = "First."
[[turn]]
[[turn.reply]]
text = "Second."
""")
    )
    seat.say("one")
    seat.wait("prompt")
    seat.say("two")
    seat.wait("arrival", 2)
    seat.sees("1 queued")
    assert [s.text for s in sightings(seat) if isinstance(s, Prompted)] == ["one", "two"]
    (seats.worktree / "go").touch()
    assert seat.wait("end", 2)["last"] == "Second."


def test_an_interrupt_ends_the_command_whole_and_the_next_prompt_works(seats: Seats) -> None:
    seat = seats(
        seats.script("""
[[turn]]
[[turn.reply]]
command = "sleep 300 & echo $! > child; wait"
[[turn.reply]]
text = "On again."
""")
    )
    seat.say("go")
    child = seats.worktree / "child"
    until(lambda: child.exists() and child.read_text().strip(), "the command's child")
    seat.type(b"\x03")
    assert seat.wait("end")["how"] == "interrupted"
    assert "interrupted" in seat.wait("result")["note"]
    with_pid = int(child.read_text())
    until(lambda: not _alive(with_pid), "the child's end")
    seat.say("again")
    assert seat.wait("end", 2)["last"] == "On again."
    seat.rests()
    seat.type(b"\x03")
    assert seat.ends() == 0


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_step_limit_and_failure_are_told(seats: Seats) -> None:
    reply = '[[turn.reply]]\ncommand = "true"\n'
    script = f'[[turn]]\n{reply * 3}[[turn.reply]]\nerror = "out of breath"\n'
    seat = seats(seats.script(script) + "?steps=2")
    seat.say("go")
    assert "step limit of 2" in seat.wait("failure")["why"]
    seat.say("on")
    seat.wait("failure", 2)
    assert sightings(seat)[-1] == TurnFailed("out of breath")
    assert len(seat.lines("result")) == 3


def test_cost_limit_stops_before_the_next_request(seats: Seats) -> None:
    seat = seats(seats.script(SIMPLE) + "?price=10000/0/0&cost=0.5")
    seat.say("go")
    assert "cost limit of $0.5" in seat.wait("failure")["why"]
    assert seat.wait("usage")["cost"] == 1.0
    assert len(seat.lines("usage")) == 1


def test_beyond_the_script_it_says_so(seats: Seats) -> None:
    seat = seats(seats.script('[[turn]]\n[[turn.reply]]\ntext = "Only this."'))
    seat.say("one")
    seat.wait("end")
    seat.say("two")
    assert seat.wait("end", 2)["last"] == "The rehearsal has no more lines for this."


def test_a_prompt_finds_its_turn(seats: Seats) -> None:
    seat = seats(
        seats.script("""
[[turn]]
when = "conflict"
[[turn.reply]]
text = "I repair it."
[[turn]]
[[turn.reply]]
text = "I begin."
""")
    )
    for number, (prompt, said) in enumerate(
        [("start", "I begin."), ("a conflict", "I repair it."), ("conflict 2", "I repair it.")], 1
    ):
        seat.say(prompt)
        assert seat.wait("end", number)["last"] == said


def test_resume_goes_on_in_the_same_place(seats: Seats) -> None:
    model = seats.script("""
[[turn]]
[[turn.reply]]
command = "mkdir begun && sleep 30"
[[turn.reply]]
question = "Sure?"
[[turn.reply]]
text = "Then so."
""")
    seat = seats(model)
    seat.say("begin")
    until((seats.worktree / "begun").exists, "its command begun")
    seat.process.kill()
    seat.ends()
    name = seat.wait("header")["id"]
    with (seat.folder / "conversation.jsonl").open("a") as file:
        file.write('{"type": "result", "torn')

    again = seats(model, resume=name)
    again.sees("earlier in this conversation")
    again.sees("$ mkdir begun && sleep 30")
    again.say("Continue.")
    question = again.wait("question")
    assert len(again.lines("reply")) == 3  # the command that was lost is run once more
    assert again.wait("result")["exit"] == 1
    again.type(b"\x04")
    assert again.ends() == 0

    third = seats(model, resume=name)
    ready = third.wait("ready", 3)
    assert (ready["ask"], ready["text"]) == (question["ask"], "Sure?")
    assert sightings(third)[-1] == Asked(question["ask"], "question", "Sure?")
    third.say("yes")
    assert third.wait("end")["last"] == "Then so."


def test_a_new_session_carries_the_conversation_over(seats: Seats) -> None:
    model = seats.script(SIMPLE + '[[turn]]\n[[turn.reply]]\ntext = "Second turn."')
    first = seats(model)
    first.say("begin")
    first.wait("end")
    first.type("/quit\r")
    assert first.ends() == 0
    name = first.wait("header")["id"]
    other = seats(model, session="s2", resume=name)
    other.say("go on")
    assert other.wait("end")["last"] == "Second turn."
    assert sightings(other)[:3] == [Named(name), Idle(), Prompted("go on")]


def test_prompts_left_in_the_queue_survive_a_kill(seats: Seats) -> None:
    model = seats.script("""
[[turn]]
[[turn.reply]]
command = "mkdir begun && sleep 30"
[[turn.reply]]
text = "First."
""")
    seat = seats(model)
    seat.say("one")
    seat.wait("prompt")
    seat.say("two")
    seat.wait("arrival", 2)
    until((seats.worktree / "begun").exists, "its command begun")
    seat.process.kill()
    seat.ends()
    again = seats(model, resume=seat.wait("header")["id"])
    assert again.wait("prompt", 2)["number"] == 2
    assert again.wait("end")["last"] == "First."


def test_the_terminal_is_given_back(seats: Seats) -> None:
    for number, leave in enumerate((b"\x04", b"\x03", b"/quit\r", None)):
        seat = seats(seats.script(SIMPLE), session=f"s{number}")
        assert not termios.tcgetattr(seat.slave)[3] & termios.ICANON
        if leave is None:
            seat.process.terminate()
        else:
            seat.type(leave)
        assert seat.ends() == 0
        assert termios.tcgetattr(seat.slave) == seat.before
        seat.sees("\x1b[?2004l")
        assert seat.lines()[-1]["type"] == "left"


def test_mistakes_at_the_start_are_told_and_recorded(seats: Seats) -> None:
    seat = seats(seats.script("[[turn]]\nreplies = 1"), ready=False)
    assert seat.ends() == 2
    seat.sees("unknown key replies")
    assert "unknown key replies" in seat.wait("failure")["why"]
    lost = seats(seats.script(SIMPLE), session="s9", resume="nobody", ready=False)
    assert lost.ends() == 2
    assert "no conversation 'nobody'" in lost.wait("failure")["why"]


def test_nothing_said_or_printed_reaches_the_terminal_raw(seats: Seats) -> None:
    bad = r"\u001b]52;c;aGk=\u0007 \u009b2J \u202e \u200b x"
    seat = seats(
        seats.script(f"""
[[turn]]
[[turn.reply]]
text = "{bad}"
command = "printf '\\\\033]0;title\\\\007\\\\033[31mred\\\\n'"
[[turn.reply]]
error = "{bad}"
""")
    )
    prompt = "go \x1b]52;c;aGk=\x07 now"
    seat.say(prompt)
    seat.wait("failure")
    seat.sees("stopped:")
    seat.type(b"\x04")
    seat.ends()
    assert seat.wait("result")["output"] == "\x1b]0;title\x07\x1b[31mred\n"
    shown = seat.seen.decode()
    for raw in ("\x1b]", "\x1b[31mred", "\x9b", "\u202e", "\u200b", "\x07"):
        assert raw not in shown
    assert "␛]52" in shown
    assert json.loads((seat.folder / "conversation.jsonl").read_text().splitlines()[2])["text"] == (
        prompt
    )


def test_what_a_command_prints_is_seen_while_it_runs(seats: Seats) -> None:
    seat = seats(
        seats.script("""
[[turn]]
[[turn.reply]]
command = "echo under way; until test -e go; do sleep 0.02; done"
[[turn.reply]]
text = "Over."
""")
    )
    seat.say("go")
    seat.sees("  under way")
    assert not seat.lines("result")
    (seats.worktree / "go").touch()
    assert seat.wait("end")["last"] == "Over."


def test_a_bug_ends_the_agent_with_its_traceback_and_the_terminal_back(seats: Seats) -> None:
    seat = seats(seats.script(SIMPLE), bug=True)
    seat.say("go")
    assert seat.ends() == 1
    seat.sees("ZeroDivisionError")
    assert termios.tcgetattr(seat.slave) == seat.before


def test_a_limit_holds_what_is_queued_until_prompted_again(seats: Seats) -> None:
    model = seats.script("""
[[turn]]
[[turn.reply]]
command = "until test -e go; do sleep 0.02; done"
[[turn.reply]]
limit = 60000
[[turn.reply]]
text = "First."
[[turn]]
[[turn.reply]]
text = "Second."
""")
    seat = seats(model)
    seat.say("one")
    seat.wait("prompt")
    seat.say("two")
    seat.wait("arrival", 2)
    (seats.worktree / "go").touch()
    seat.wait("limit")
    seat.sees("limited until")
    seat.type("x")
    seat.sees("> x")
    assert len(seat.lines("prompt")) == 1
    seat.process.kill()
    seat.ends()
    again = seats(model, resume=seat.wait("header")["id"])
    assert "until" in again.wait("ready", 2)
    again.sees("1 queued")
    assert len(again.lines("prompt")) == 1
    again.say("Continue.")
    assert again.wait("end", 2)["last"] == "Second."
    assert [entry["number"] for entry in again.lines("prompt")] == [1, 2, 3]
