"""The person's own keys: they work, they are told everywhere, and what is wrong is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conductor.tui import keymap

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_key_of_ones_own_works_and_is_shown(sit: Any, tmp_path: Path) -> None:
    async with sit(config='[keys]\n"app.queue" = "ctrl+t"\n"queue.hold" = "H"\n') as person:
        await person.press("q")
        assert person.app.room.NAME == "fleet"
        await person.press("ctrl+t")
        assert person.app.room.NAME == "queue"
        person.sees("H Hold/release")
        await person.press("question_mark")
        person.sees("│ H ", "Keep a task from starting", "queue.hold")


async def test_ids_and_keys_that_are_none_are_told(sit: Any) -> None:
    config = '[keys]\n"app.queu" = "t"\n"app.inbox" = "ctrl+nothing"\n'
    async with sit(config=config) as person:
        await person.until(lambda: len(_told(person)) == 2)
        assert "app.queue was perhaps meant" in _told(person)[0]
        assert "is no key" in _told(person)[1]
        await person.press("i")
        assert person.app.room.NAME == "inbox"


async def test_a_key_taken_from_another_is_told(sit: Any) -> None:
    async with sit(config='[keys]\n"queue.hold" = "e"\n') as person:
        await person.until(lambda: bool(_told(person)))
        assert "queue.hold takes" in _told(person)[0]
        assert "from queue.edit" in _told(person)[0]


def _told(person: Any) -> list[str]:
    """What the app has notified of; on the screen it breaks where the path is long."""
    return [str(one.message) for one in person.app._notifications]


@pytest.mark.parametrize("keys", ["", "ctrl+", "ctrl+nothing", "two words", "a,,b", "\x1b"])
def test_what_no_terminal_sends_is_no_key(keys: str) -> None:
    usable, wrong = keymap.checked({"app.new_task": keys})
    assert usable == {}
    assert len(wrong) == 1


@pytest.mark.parametrize("keys", ["t", "T", "f5", "ctrl+t", "k,up", "?", "slash", "pagedown"])
def test_what_a_terminal_sends_is_a_key(keys: str) -> None:
    assert keymap.checked({"app.new_task": keys}) == ({"app.new_task": keys}, [])


def test_every_binding_has_an_id_of_its_own() -> None:
    known = keymap.known()
    assert len(known) > 60
    assert {"app.new_task", "fleet.step_in", "review.approve", "list.up"} <= set(known)
