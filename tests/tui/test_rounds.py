"""A reading of a change by keys: real git, a real runner, and the built-in agent."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from conductor import events as e
from conductor.journal import Journal
from conductor.review.address import Spot
from conductor.rounds.said import said
from conductor.state import TaskState
from conductor.tui.app import Conductor
from conductor.tui.git_changes import GitChanges
from conductor.tui.screens.review import Review
from conductor.tui.widgets.diff_view import DiffView
from conductor.tui.world import World
from tests.runner.house import House
from tests.tui.conftest import Person

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

TEN = "".join(f"line {n}\\n" for n in range(1, 31))
WRITE = ["$ sed -i 's/^line 3$/third/; s/^line 20$/twentieth/' long; echo new > new", "Done."]
ANSWER = ["$ sed -i 's/third/3rd/' long", "I changed it."]


@pytest.fixture
def house() -> Iterator[House]:
    made = House()
    made.commit("Begin long", long=TEN.replace("\\n", "\n"))
    yield made
    made.close()


@contextlib.asynccontextmanager
async def reading(house: House, size: tuple[int, int] = (160, 45)) -> AsyncIterator[Person]:
    """Sit down in front of the review of what the house's agents do."""
    with Journal(house.places.journal) as journal:
        world = World(journal, house.places, changes=GitChanges())
        world.runner = True
        app = Conductor(world, live=False)
        async with app.run_test(size=size, notifications=True) as pilot:
            person = Person(app, pilot)
            await person.settled()
            await person.press("r")
            yield person


async def become(person: Person, state: TaskState, task: str = "t1") -> None:
    """Wait until a task has come to a state, as the screen sees it."""

    await came(person, lambda: person.world.state.tasks[task].state is state)


async def came(person: Person, seen: Callable[[], bool]) -> None:
    """Wait until something is so, as the review sees it."""
    review = person.app.screen
    assert isinstance(review, Review)

    def looked() -> bool:
        person.world.catch_up()
        review.follow()
        return seen()

    await person.until(looked)
    await person.settled()


@pytest.mark.long
async def test_a_reading_from_the_first_comment_to_a_landing_in_parts(house: House) -> None:
    house.task("Write", WRITE, by_word={"answer each of these": ANSWER})
    with house.running():
        house.until_task("t1", TaskState.REVIEW)
        async with reading(house) as person:
            person.sees("third", "twentieth", "new")
            await person.press("right_square_bracket", "down", "c")
            await person.type("Why not in figures?")
            await person.press("ctrl+s")
            person.sees("c1 draft", "Why not in figures?", "1 draft")
            await person.press("right_square_bracket", "down", "V", "down", "c")
            await person.type("And here?")
            await person.press("ctrl+s")
            comments = [one for one in person.written if isinstance(one, e.CommentDrafted)]
            assert [(one.path, one.side, one.first, one.last) for one in comments] == [
                ("long", "new", 3, 3), ("long", "new", 20, 21),
            ]  # fmt: skip
            assert comments[1].quoted == "twentieth\nline 21"

            await person.press("b")
            person.sees("2 comments with it", "1. long:3", "Why not in figures?")
            await person.press("ctrl+s")
            await become(person, TaskState.REVIEW)
            await person.comes("answered · round 1", "○ open · round 1", "3rd")
            diff = person.app.screen.query_one(DiffView)
            assert diff.spot == Spot("long", "new", 21), "the person was moved"
            person.sees("d: what is new")

            await person.press("b", "ctrl+o")
            person.sees("1 of an earlier round again", "I see no answer yet")
            await person.press("escape")

            await person.press("home", "right_square_bracket", "right_square_bracket", "space")
            person.sees("1 part left out")
            await person.press("s")  # only its removed line, which is taken again
            (left,) = said(person.world.journal, "t1").left["long"]
            assert left.endswith("/+0:1")
            await person.press("R")
            assert said(person.world.journal, "t1").left["long"] == (left.partition("/")[0],)
            await person.press("right", "space")
            person.sees("○ left out")
            await person.press("y")
            await came(person, lambda: "this is what you left out" in person.drawn)
            assert person.world.state.tasks["t1"].state is TaskState.REVIEW
            await person.comes("twentieth")
            await person.until(lambda: "3rd" not in person.drawn)
    landed = house.git("show", "main:long").splitlines()
    assert (landed[2], landed[19], len(landed)) == ("3rd", "line 20", 30)
    assert "new" not in house.git("ls-tree", "--name-only", "main").split()
    assert house.log() == ["Write", "Begin long", "Begin"]


@pytest.mark.long
async def test_a_question_an_edit_and_a_suggestion(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.task("Write", WRITE, by_word={"A question about": ["Because I like words."]})
    with house.running():
        house.until_task("t1", TaskState.REVIEW)
        async with reading(house, (100, 30)) as person:
            await person.press("right_square_bracket", "down", "a")
            await person.type("Why words?")
            await person.press("ctrl+s")
            person.sees("Why words?")

            await came(person, lambda: "Because I like words." in person.drawn)
            assert person.world.state.tasks["t1"].rounds == 0

            await person.press("right_square_bracket", "down", "p")
            assert "Go to a comment first" in person.told
            await person.press("S", "ctrl+s")
            assert "There is nothing to say" in person.told
            await person.type(" one")
            await person.press("ctrl+s")
            person.sees("c1 draft")
            (drafted,) = [one for one in person.written if isinstance(one, e.CommentDrafted)]
            assert (drafted.text, drafted.suggestion) == ("", "twentieth one\n")
            await person.press("y")
            assert "1 comment of yours would stay unsent" in person.told
            assert person.world.state.tasks["t1"].state is TaskState.REVIEW
            await person.press("right_curly_bracket", "enter")
            person.sees("Write what it suggests")
            await person.press("escape", "m")
            viewed = [one for one in person.written if isinstance(one, e.FileViewed)]
            assert viewed[0].path == "long"
            person.sees("✓ viewed")
            monkeypatch.setenv("EDITOR", "true")
            await person.press("e")
            assert not any(isinstance(one, e.ChangeEdited) for one in person.written)
