"""One evening at the screens, in a real terminal: agents, git and tmux are all real."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conductor.state import TaskState
from tests.tui.seat import Seat

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCRIPT = """
[[turn]]
[[turn.reply]]
text = "I look around first."
command = "ls"
[[turn.reply]]
question = "Blue or green?"
[[turn.reply]]
text = "So be it."
command = "echo green >> colour.txt"
[[turn.reply]]
text = "It is painted."
"""


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[Seat]:
    made = Seat(tmp_path, SCRIPT)
    (made.repo / "README").write_text("To be painted.\n")
    (made.repo / "conductor.toml").write_text('verify = "test -s colour.txt"\n')
    made.git("add", "-A")
    made.git("commit", "-q", "-m", "begin")
    yield made
    made.stand_up()


@pytest.mark.slow
def test_one_evening_from_the_first_task_to_leaving(evening: Seat) -> None:
    evening.sit_down()
    evening.sees("No agent is at work", "New task")

    evening.press("n")
    evening.sees("What is to be done?")
    evening.type("Paint it")
    evening.press("C-s")
    evening.sees("Inbox 1")
    evening.press("i")
    evening.sees("Do you trust what is in")
    evening.press("y")
    evening.press("f")
    evening.sees("t1 Paint it", "waits for you", "Blue or green?")

    evening.press("Enter")
    evening.sees("F12 leaves")
    evening.type("quinine")  # keys that mean other things outside
    evening.sees("quinine")
    evening.press("C-u")
    evening.sees(gone=("quinine",))
    evening.press("F12")
    evening.sees("Step in", gone=("You type to",))

    evening.press("v")
    evening.sees("s1 · Paint it", "I look around first.", "Search")
    evening.press("Escape")
    evening.sees("Step in", gone=("Search",))

    evening.press("i")
    evening.sees("answer", "Blue or green?")
    evening.press("Enter")
    evening.sees("⏎ answer")
    evening.type("green")
    evening.press("C-s")
    evening.become("t1", TaskState.REVIEW)

    evening.press("r")
    evening.sees("colour.txt", "+green", "Approve", "verified in")
    evening.press("y")
    evening.sees("landed", "Undo")
    evening.become("t1", TaskState.LANDED)
    assert "green" in evening.git("show", "main:colour.txt")

    evening.press("f")
    evening.press("n")
    evening.sees("What is to be done?")
    evening.type("Paint again")
    evening.press("C-s")
    evening.sees("t2 Paint again", "waits for you", gone=("is in the queue",))
    evening.press("a")
    evening.sees("waiting for your answer", gone=("Inbox",))
    evening.press("F12")
    evening.sees("Inbox", "t2 Paint again", "Step in")

    evening.press("C-q")
    evening.sees("left with 0")
    assert evening.tmux("display-message", "-p", "#{alternate_on}#{cursor_flag}").strip() == "01"
