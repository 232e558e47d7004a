"""What real agents' screens mean, each taken from the program itself while it stood so."""

from __future__ import annotations

import calendar
from pathlib import Path

import pytest

from harnesses import SHOWN, Ask, Asked, Busy, HarnessError, Idle, Limited, Typing
from harnesses.gemini import Gemini

SCREENS = Path(__file__).parent / "screens"
GEMINI = Gemini()
NOON = calendar.timegm((2026, 11, 21, 12, 0, 0))
WORKING, READY, ASKING = "✦  Working… (project)", "◇  Ready (project)", "✋  Action Required (x)"


def screen(name: str) -> str:
    return (SCREENS / f"{name}.txt").read_text()


def test_a_used_up_quota_of_gemini_is_a_limit() -> None:
    told = "Usage limit reached for all Pro models."
    seen = GEMINI.read_screen(WORKING, screen("gemini-quota"), NOON, 1.0)
    assert seen == Limited(None, told)
    seen = GEMINI.read_screen(WORKING, screen("gemini-quota-until"), NOON, 1.0)
    assert isinstance(seen, Limited)
    assert seen.text.startswith(f"{told} Access resets at ")


@pytest.mark.parametrize(
    ("told", "hours"),
    [
        ("3:45 PM UTC", 3.75),
        ("3:45\u202fPM GMT", 3.75),
        ("3:45 PM GMT-8", 11.75),
        ("12:15 AM GMT+5:30", 6.75),
        ("11:59 AM UTC", 24 - 1 / 60),
    ],
)
def test_the_time_of_its_return_is_the_end_of_the_minute_it_names(told: str, hours: float) -> None:
    box = screen("gemini-quota").replace(
        "/stats model for usage details", f"Access resets at {told}."
    )
    seen = GEMINI.read_screen(WORKING, box, NOON, 1.0)
    assert isinstance(seen, Limited)
    assert seen.until == NOON + hours * 3600 + 60


def test_a_wrong_model_of_gemini_is_a_question_that_a_key_answers() -> None:
    seen = GEMINI.read_screen(WORKING, screen("gemini-model"), NOON, 1.0)
    assert isinstance(seen, Asked)
    assert seen.kind == "question"
    assert seen.text.splitlines() == [
        'Model "unknown-9" was not found or is invalid.',
        "/model to switch models.",
        "1. Keep trying",
        "2. Stop",
    ]
    ask = Ask(seen.ask, seen.kind, seen.text)
    assert GEMINI.answer(ask, "1") == Typing((), "", ("1",), needs=("1. Keep trying",))
    said = GEMINI.answer(ask, "Use what there is")
    assert said == Typing(("2",), "Use what there is", pause=1.0, needs=("2. Stop",))
    with pytest.raises(HarnessError, match="own terminal"):
        GEMINI.answer(Ask(SHOWN, "question", "nothing to choose from"), "1")


def test_a_permission_of_gemini_is_its_hook_s_to_tell_unless_that_fails() -> None:
    shown = screen("gemini-permission")
    assert GEMINI.read_screen(ASKING, shown, NOON, 4.0) is None
    seen = GEMINI.read_screen(ASKING, shown, NOON, 6.0)
    assert isinstance(seen, Asked)
    assert (seen.kind, "sleep 30" in seen.text) == ("permission", True)
    ask = Ask(seen.ask, seen.kind, seen.text)
    assert GEMINI.answer(ask, "allow") == Typing((), "", ("1",), needs=("1. Allow once",))


def test_without_a_dialog_the_title_tells() -> None:
    assert GEMINI.read_screen(READY, "> \n", NOON, 1.0) == Idle(ready=False)
    assert GEMINI.read_screen(WORKING, "⠦ Thinking... (esc to cancel, 2s)\n", NOON, 1.0) == Busy()
    assert GEMINI.read_screen(WORKING, "drawn by half", NOON, 1.0) is None
    assert GEMINI.read_title(ASKING) != GEMINI.read_title(WORKING) == Busy()
    assert GEMINI.read_title(READY) == Idle()


def test_what_is_said_to_a_limited_gemini_ends_its_dialog_first() -> None:
    over = GEMINI.say_over(screen("gemini-quota"), "Continue.")
    assert over == Typing(("2",), "Continue.", pause=1.0, needs=("2. Stop",))
    assert GEMINI.say_over("> ", "Continue.") == GEMINI.say("Continue.")
