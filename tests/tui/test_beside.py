"""Programs of the person's own as tiles beside agents, in real terminals and in pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conductor import events as e
from conductor.journal import Journal
from conductor.places import Places
from conductor.terminals.server import Tmux
from conductor.tui.app import Conductor
from conductor.tui.live import LiveScreens
from conductor.tui.world import World
from tests.tui.conftest import Person

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PATIENCE = 20.0


@pytest.fixture
async def person(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Person]:
    """Somebody before two agents whose terminals are real."""
    folder = tmp_path_factory.mktemp("b")
    monkeypatch.setenv("SHELL", "/bin/sh")
    monkeypatch.setenv("PS1", "mine> ")
    places = Places(str(folder), str(folder))
    places.make()
    tmux = Tmux(Path(places.terminals))
    with Journal(places.journal) as journal:
        for number in ("1", "2"):
            journal.append(
                e.TaskAdded(f"t{number}", f"Task {number}", "Do it.", str(folder)),
                e.SessionClaimed(f"s{number}", f"t{number}", "shell", "local"),
                e.WorktreeCreated(f"s{number}", str(folder), "b", "c" * 40),
                e.SessionBusy(f"s{number}", "record"),
            )
            words = ["sh", "-c", f"echo agent {number}; exec cat"]
            tmux.start(f"s{number}", words, cwd=folder, env={}, size=(80, 24))
        app = Conductor(World(journal, places, screens=LiveScreens(places)), live=False)
        try:
            async with app.run_test(size=(160, 45)) as pilot:
                app.run_worker(app.lookout.terminals(), name="terminals")
                yield Person(app, pilot)
        finally:
            tmux.stop_server()


async def test_a_shell_is_a_tile_that_is_typed_into_pinned_and_closed(person: Person) -> None:
    wall = person.app.room.wall
    await person.until(lambda: "agent 1" in person.drawn and "agent 2" in person.drawn)
    await person.pilot.press("s")
    await person.until(lambda: wall.inside == "s1-shell" and "mine>" in person.drawn)
    person.sees("» t1 shell", "You type to the shell beside t1")
    assert [face.task for face in wall.faces] == ["t1", "s1-shell", "t2"]
    assert [face.key for face in wall.faces] == ["1", "", "2"], "a program moves no number"
    await person.pilot.press(*"echo one$((1+1))", "enter")
    await person.until(lambda: "one2" in person.drawn)
    await person.pilot.press("f12")
    await person.until(lambda: wall.inside is None)
    assert wall.chosen == "s1-shell"
    await person.pilot.press("p")
    await person.until(lambda: "stays" in person.drawn)
    await person.pilot.press("s")  # the same once more, not a second one
    await person.until(lambda: wall.inside == "s1-shell")
    await person.pilot.press("f12", "X")
    await person.until(lambda: "Close the shell beside t1?" in person.drawn)
    await person.pilot.press("enter")
    await person.until(lambda: [face.task for face in wall.faces] == ["t1", "t2"])
    person.sees("agent 1", "agent 2")
    await person.pilot.press("right", "s")
    await person.until(lambda: wall.inside == "s2-shell")
    await person.pilot.press(*"exit", "enter")
    await person.until(lambda: len(wall.faces) == 2)
    assert wall.chosen == "t2", "beside which it stood"


async def test_who_steps_into_a_small_tile_gets_the_wall_until_they_leave(person: Person) -> None:
    wall = person.app.room.wall
    await person.until(lambda: "agent 1" in person.drawn and "agent 2" in person.drawn)

    def size() -> tuple[int, int]:
        screen = person.world.screens.screen("s1")
        return screen.size if screen else (0, 0)

    await person.pilot.resize_terminal(70, 20)
    await person.pilot.press("enter")
    await person.until(lambda: size() == (68, 16))
    person.sees("agent 1").misses("agent 2")
    await person.pilot.resize_terminal(100, 30)
    await person.until(lambda: size() == (98, 26))
    await person.pilot.press("f12")
    person.sees("agent 1", "agent 2")
    await person.until(lambda: size() == (80, 24))
    assert not wall.zoomed
    await person.pilot.press("z", "enter")
    await person.until(lambda: size() == (98, 26))
    await person.pilot.press("f12")
    assert wall.zoomed, "what the person zoomed stays so"
    person.app.exit()
    tmux = Tmux(Path(person.world.places.terminals))
    asked = ("display-message", "-p", "-t", "=s1:", "#{window_width}x#{window_height}")
    await person.until(lambda: tmux.run(*asked).strip() == "80x24")  # as before they came


async def test_programs_are_pictured_by_the_names_of_their_terminals(sit: Any) -> None:
    async with sit(story=str(Path(__file__).with_name("beside.jsonl"))) as person:
        person.sees("» t1 tests", "beside", "3 passed")
        await person.press("right", "x")
        person.misses("3 passed")
        await person.press("escape", "j", "s")
        assert person.app.room.wall.chosen == "s1-tests"
        assert person.app.room.why_not("say") is None, "its agent is meant"
        await person.press("t", "tab", "s")
        person.sees("only told in a story")
        assert person.world.view.whole
