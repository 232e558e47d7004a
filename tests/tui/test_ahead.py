"""Keys pressed faster than the screens follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from textual import events
from textual.widgets import TextArea

from conductor import events as e
from conductor.tui.screens.help import Help
from conductor.tui.screens.new_task import NewTask

if TYPE_CHECKING:
    from tests.tui.conftest import Person


def _at_once(person: Person, *keys: str) -> None:
    for key in keys:
        person.app.post_message(events.Key(key, key if len(key) == 1 else None))


@pytest.mark.parametrize("before", [(), ("q",), ("i",)])
async def test_what_is_typed_ahead_of_a_dialog_stands_in_it(
    sit: Any, before: tuple[str, ...]
) -> None:
    async with sit() as person:
        if before:
            await person.press(*before)
        _at_once(person, "n", *"shiXpsnqzU")
        await person.until(lambda: isinstance(person.app.screen, NewTask))
        await person.settled()
        assert isinstance(person.app.screen, NewTask)
        assert person.app.screen.query_one(TextArea).text == "shiXpsnqzU"
        assert person.written == []


async def test_a_dialog_is_left_by_a_key_that_was_pressed_ahead_of_it(sit: Any) -> None:
    async with sit() as person:
        shown: list[Any] = []
        person.app.screen_change_signal.subscribe(person.app.screen, shown.append)
        _at_once(person, "question_mark", "escape")
        await person.until(lambda: any(isinstance(one, Help) for one in shown))
        await person.until(lambda: len(person.app.screen_stack) == 1)


async def test_what_is_pasted_right_after_the_key_arrives(sit: Any) -> None:
    async with sit() as person:
        _at_once(person, "n")
        person.app.post_message(events.Paste("one\ntwo"))
        _at_once(person, "!")
        await person.until(lambda: isinstance(person.app.screen, NewTask))
        await person.settled()
        assert person.app.screen.query_one(TextArea).text == "one\ntwo!"


async def test_what_is_pressed_behind_the_words_is_for_the_room(sit: Any) -> None:
    async with sit() as person:
        _at_once(person, "3", "m", *"go on", "enter", "enter", "q")
        await person.stands_in("queue")
        (sent,) = person.written
        assert isinstance(sent, e.MessageQueued)
        assert sent.text == "go on", "sent once, and without the key behind it"
        _at_once(person, "n", *"later", "escape", "i")
        await person.stands_in("inbox")
        assert NewTask.draft["text"] == "later"
        _at_once(person, "m", "escape", "f")
        await person.stands_in("fleet")


async def test_what_is_pressed_behind_refused_words_stays_in_the_dialog(sit: Any) -> None:
    async with sit() as person:
        _at_once(person, "n", "ctrl+s", *"fix it")
        await person.until(lambda: isinstance(person.app.screen, NewTask))
        area = person.app.screen.query_one(TextArea)
        await person.until(lambda: area.text == "fix it")
        assert person.written == []


async def test_what_is_typed_right_behind_a_slash_is_looked_for(sit: Any) -> None:
    async with sit() as person:
        _at_once(person, "slash", *"sXdy")
        await person.until(lambda: person.world.view.words == "sXdy")
        await person.press("escape", "escape", "r")
        _at_once(person, "slash", *"yes/y")
        search = person.app.room.reading.search
        await person.until(lambda: search.value == "yes/y")
        assert not any(isinstance(one, e.ChangeApproved) for one in person.written)
