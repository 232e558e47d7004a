"""Agents known by their screen alone: what of it is asked, and which keys answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from harnesses import Ask, Asked, Busy, HarnessError, Idle, Typing
from harnesses.registry import registry
from harnesses.typed import Typed

SCREENS = Path(__file__).parent / "screens"
CN = {
    "command": ["cn"],
    "ready": "Ask anything",
    "working": "esc to interrupt",
    "asks": ["Sign in?"],
    "permission": {"shows": "Would you like to continue?", "allow": ["Tab"], "deny": ["Escape"]},
}
GROK = {
    **CN,
    "permission": {
        "shows": "Do you want to proceed",
        "allow": ["Enter"],
        "deny": ["Down", "Enter"],
    },
}


def typed(table: object) -> Typed:
    found = registry({"it": table})["it"]  # type: ignore[dict-item]
    assert isinstance(found, Typed)
    return found


def asked(agent: Typed, screen: str) -> Asked:
    found = agent.read_screen("", screen, 0.0, 0.1)
    assert isinstance(found, Asked)
    return found


def test_what_is_asked_stands_in_a_frame_about_its_words() -> None:
    screen = (SCREENS / "cn-permission.txt").read_text()
    found = asked(typed(CN), screen)
    assert (found.kind, found.text.splitlines()[:3]) == (
        "permission",
        [
            "Bash(sleep 6; touch made-cn)",
            "⎿ Will run: sleep 6; touch made-cn",
            "Would you like to continue?",
        ],
    )
    assert "Ask anything" not in found.text


def test_without_a_frame_it_is_the_paragraphs_about_its_words() -> None:
    found = asked(typed(GROK), (SCREENS / "grok-permission.txt").read_text())
    lines = found.text.splitlines()
    assert lines[0] == "⏺ Run bash command(sleep 6; touch made-grok)"
    assert lines[-1] == "4. No, with feedback"


def test_a_clock_that_goes_on_makes_no_other_question_of_it() -> None:
    agent = typed({**CN, "asks": ["Continue?"]})
    told = "Run make now?\nContinue?  [waiting {}s {}]\n"
    first, later = (asked(agent, told.format(*one)) for one in ((9, "⠋"), (10, "⠙")))
    assert first.ask == later.ask
    assert asked(agent, told.format(9, "⠋").replace("make", "rm")).ask != first.ask


def test_its_keys_answer_only_while_it_shows_the_very_lines_that_were_asked_about() -> None:
    agent = typed(CN)
    found = asked(agent, (SCREENS / "cn-permission.txt").read_text())
    ask = Ask(found.ask, found.kind, found.text)
    allow, deny = agent.answer(ask, "allow"), agent.answer(ask, "deny: use make instead")
    assert (allow.clear, allow.submit, allow.then) == (("Tab",), (), "")
    assert (deny.clear, deny.submit, deny.then) == (("Escape",), (), "use make instead")
    assert "⎿ Will run: sleep 6; touch made-cn" in allow.needs
    assert deny.needs == allow.needs
    assert (allow.paste, deny.paste) == ("", "")


def test_what_has_no_keys_in_the_table_is_for_its_own_terminal() -> None:
    agent = typed(CN)
    found = asked(agent, "Welcome\nSign in? [y]\n")
    assert (found.kind, found.text) == ("screen", "Welcome\nSign in? [y]")
    with pytest.raises(HarnessError, match="own terminal"):
        agent.answer(Ask(found.ask, found.kind, found.text), "allow")


def test_words_that_its_terminal_has_wrapped_are_found() -> None:
    narrow = "│ Bash(touch it)   │\n│ Would you like   │\n│ to continue?     │\n"
    assert asked(typed(CN), narrow).kind == "permission"


def test_it_works_while_it_says_so_and_is_idle_once_it_stands() -> None:
    agent = typed(CN)
    assert agent.read_screen("", "⠋ (5s • esc to interrupt)\n> Ask anything", 0.0, 9.0) == Busy()
    assert agent.read_screen("", "> Ask anything", 0.0, 0.5) is None
    assert agent.read_screen("", "> Ask anything", 0.0, 2.0) == Idle()


def test_what_was_typed_counts_once_its_composer_is_empty_again() -> None:
    said = typed(CN).say("hello")
    assert isinstance(said, Typing)
    assert said.needs == ("Ask anything",)
    assert {"esc to interrupt", "Ask anything", "Sign in?"} < set(said.taken)
    assert typed({"command": ["a"], "ready": ">"}).say("hello").taken == ()
