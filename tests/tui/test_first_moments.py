"""Keys and facts that come before a screen is there: found by killing and opening it again."""

from __future__ import annotations

from typing import Any

import pytest

from conductor.tui.app import Conductor


async def test_a_key_may_come_before_the_first_frame(
    sit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Conductor, "_begin", lambda _: None)  # which follows the first frame
    async with sit() as person:
        await person.press("q")
        assert person.app.room.NAME == "queue"


async def test_a_fact_may_come_while_a_room_is_being_laid_out(
    sit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from conductor.tui.screens.queue import Queue

    body = Queue.body

    def interrupted(room: Queue) -> Any:
        room.app.follow()  # as when the journal changes at this moment
        return body(room)

    monkeypatch.setattr(Queue, "body", interrupted)
    async with sit() as person:
        await person.press("q")
        assert person.app.room.NAME == "queue"
